"""Bank files: by the schema of the standard, to the cent, never a name changed or cut."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from together.ledger.rules.money import Money, parse
from together.treasury.formats.pain001 import (
    VERSIONS,
    Message,
    NotByTheSchema,
    NotForABank,
    Party,
    Transfer,
    read,
    validate,
    whole_cents,
    write,
)
from together.treasury.rules.latin import ALLOWED, fault_of_text

POOL = Party("Together Initiative", "000555111222", False, "CHASUS33", "021000021", "US")
SWISS = Party("Lagoon Digital Liquidity AG", "CH9300762011623852957", True, "UBSWCHZH80A")
AMERICAN = Party("Perihel Trading Ltd", "12345678", False, routing_number="026009593", country="US")
FAR = Party("Orthogonal Arbitrage LP", "1234567", False, bic="DBSSSGSG", country="SG")


def transfer(n=1, units="1234.56", creditor=SWISS, **changes):
    values = {"reference": f"L-{n:04d}-DRAWDOWN", "amount": parse(units, "USD")}
    return Transfer(**{**values, "creditor": creditor, "text": f"Loan L-{n:04d}", **changes})


def message(*transfers, **changes):
    values = {
        "message_id": "D-00001-0001-1",
        "created_at": datetime(2025, 10, 14, 12, 30, 15, tzinfo=UTC),
        "execute_on": date(2025, 10, 15),
        "debtor": POOL,
        "transfers": transfers
        or (transfer(1), transfer(2, creditor=AMERICAN), transfer(3, creditor=FAR)),
    }
    return Message(**{**values, **changes})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_keeps_the_schema_of_its_version(version):
    validate(write(message(version=version)), version)


def test_a_file_of_one_version_breaks_the_schema_of_the_other():
    with pytest.raises(NotByTheSchema, match=r"pain.001.001.03"):
        validate(write(message()), VERSIONS[1])


def test_a_schema_that_is_not_known_is_named():
    with pytest.raises(NotByTheSchema, match="not one of"):
        validate(write(message()), "pain.001.001.12")


def test_a_changed_file_breaks_the_schema():
    data = write(message()).replace(b"<NbOfTxs>3</NbOfTxs>", b"<NbOfTxs>three</NbOfTxs>")
    with pytest.raises(NotByTheSchema, match="NbOfTxs"):
        validate(data, VERSIONS[0])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_thousand_payments_keep_the_schema_and_their_totals(version):
    rows = tuple(
        transfer(n, f"{n}.{n % 100:02d}", (SWISS, AMERICAN, FAR)[n % 3]) for n in range(1, 1001)
    )
    data = write(message(*rows, version=version))
    validate(data, version)
    found = read(data)
    assert found.count == len(found.transfers) == 1000
    assert found.total == Money(sum(row.amount.minor_units for row in rows), "USD")
    assert [row[0] for row in found.transfers] == [row.reference for row in rows]


def test_the_same_message_is_the_same_bytes():
    assert write(message()) == write(message())


def test_banks_are_named_by_bic_and_by_aba_number():
    text = write(message()).decode()
    assert "<BICFI>UBSWCHZH80A</BICFI>" in text
    assert "<Cd>USABA</Cd>" in text
    assert "<MmbId>026009593</MmbId>" in text
    assert '<InstdAmt Ccy="USD">1234.56</InstdAmt>' in text
    assert "<EndToEndId>L-0001-DRAWDOWN</EndToEndId>" in text
    assert "<Dt>2025-10-15</Dt>" in text
    assert "<CreDtTm>2025-10-14T12:30:15Z</CreDtTm>" in text


names = st.text(alphabet=sorted(ALLOWED), min_size=1, max_size=70).filter(
    lambda text: not fault_of_text(text, 70)
)


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.tuples(names, st.integers(1, 10**14)), min_size=1, max_size=5))
def test_names_and_amounts_come_back_as_they_were(names):
    rows = tuple(
        Transfer(f"REF-{n}", Money(cents, "USD"), replace(SWISS, name=name))
        for n, (name, cents) in enumerate(names)
    )
    data = write(message(*rows))
    validate(data, VERSIONS[0])
    found = read(data)
    assert [(row[2], row[1]) for row in found.transfers] == [
        (row.creditor.name, row.amount) for row in rows
    ]


@given(st.text(max_size=90))
def test_a_name_is_written_whole_or_refused(name):
    row = transfer(creditor=replace(SWISS, name=name))
    try:
        assert read(write(message(row))).transfers[0][2] == name
    except NotForABank as refused:
        assert fault_of_text(name, 70)
        assert row.reference in str(refused)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": "Ümlaut"}, "L-0001-DRAWDOWN: text"),
        ({"text": "x" * 141}, "banks carry 140"),
        ({"reference": "R" * 36}, "banks carry 35"),
        ({"amount": Money(0, "USD")}, "above zero"),
        ({"amount": Money(10**6, "USDC")}, "no amount of USD"),
        ({"creditor": replace(SWISS, bic="")}, "neither BIC nor ABA"),
    ],
)
def test_a_payment_that_a_bank_cannot_carry_is_refused_by_name(changes, says):
    with pytest.raises(NotForABank, match=says):
        write(message(transfer(**changes)))


def test_an_empty_file_is_refused():
    with pytest.raises(NotForABank, match="no payment"):
        write(replace(message(), transfers=()))


def test_what_is_no_whole_cent_is_refused_by_name():
    assert whole_cents("P-1", parse("10.25", "USDC")) == parse("10.25", "USD")
    with pytest.raises(NotForABank, match=r"P-2: 10\.250001 USDC is not a whole number of cents"):
        whole_cents("P-2", parse("10.250001", "USDC"))
