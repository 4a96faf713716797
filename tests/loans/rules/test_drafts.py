"""Drafts: what an institution typed becomes exactly what it asks for, or every fault is named."""

import pytest

from loans.rules import drafts
from loans.rules.drafts import fraction, kept, quantity_fault, read

POOLS = {"loans": "USDC"}
KNOWN = {"BTC": 8}
WHOLE = {
    "pool": "loans",
    "amount": "1,250,000.50",
    "purpose": "Working capital",
    "product": "bullet",
    "rate": "6.5",
    "instalments": "8",
    "most_ltv": "65",
    "equity_ratio": "0.45",
    "instrument_1": "BTC",
    "quantity_1": "1,025.5",
    "kept_by_1": "Harbour Custody",
}


def faults(**changed: str) -> dict[str, str]:
    found, wrong = read({**WHOLE, **changed}, POOLS, KNOWN)
    assert (found is None) == bool(wrong)
    return dict(wrong)


def test_a_complete_draft_is_read_to_the_last_unit():
    found, wrong = read(WHOLE, POOLS, KNOWN)
    assert found is not None
    assert wrong == []
    assert str(found.amount) == "1,250,000.50 USDC"
    assert (found.terms["rate"], found.terms["instalments"]) == ("0.065", 8)
    assert found.terms["secured"] == {"most_ltv": "0.65"}
    assert found.figures == {"equity_ratio": {"value": "0.45"}}
    assert found.offers == (drafts.Offer("BTC", "1025.5", "Harbour Custody"),)


def test_an_empty_draft_names_everything_that_is_missing():
    _, wrong = read({}, POOLS, KNOWN)
    assert {field for field, _ in wrong} == {"pool", "purpose", "product", "rate", "instalments"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pool", "retail"),
        ("amount", "1e6"),
        ("amount", "-5"),
        ("amount", "0"),
        ("amount", "NaN"),
        ("amount", "\uff11\uff10\uff10"),
        ("amount", "1.1234567"),
        ("purpose", ""),
        ("purpose", "x" * 201),
        ("product", "balloon"),
        ("rate", "six"),
        ("rate", "101"),
        ("rate", "6,5"),
        ("instalments", "0"),
        ("instalments", "361"),
        ("instalments", "2.5"),
        ("most_ltv", "0"),
        ("most_ltv", "100.1"),
        ("most_ltv", ""),
        ("equity_ratio", "much"),
        ("instrument_1", "DOGE"),
        ("quantity_1", "0"),
        ("quantity_1", "1.123456789"),
        ("kept_by_1", ""),
        ("kept_by_2", "somebody"),
    ],
)
def test_each_fault_is_named_by_its_field(field, value):
    found = faults(**{field: value})
    named = "instrument_2" if field == "kept_by_2" else field
    assert list(found) == [named]


def test_percentages_become_fractions_exactly():
    assert [fraction(one) for one in ("0", "0.0001", "6.5", "72", "100")] == [
        "0",
        "0.000001",
        "0.065",
        "0.72",
        "1",
    ]


def test_what_is_typed_is_kept_and_nothing_else():
    assert kept({"amount": " 5 ", "purpose": "", "state": "approved"}) == {"amount": "5"}
    with pytest.raises(ValueError, match="purpose: "):
        kept({"purpose": "x" * 401})
    with pytest.raises(ValueError, match="amount: "):
        kept({"amount": "1\x00"})


def test_a_quantity_has_no_more_decimals_than_its_instrument():
    assert quantity_fault("1.10", 1) == ""
    assert "more than 1 decimals" in quantity_fault("1.11", 1)
