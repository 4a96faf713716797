"""Profiles: what cannot be so of an institution, and how much a change of it weighs."""

import pytest

from loans.rules.countries import COUNTRIES
from loans.rules.profiles import Profile, changed, faults, fold, weight
from together.ledger.rules.money import parse

OWN, OTHER = "5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394"


def profile(**named) -> Profile:
    given = {
        "legal_name": "Northgate Ltd",
        "jurisdiction": "KY",
        "sector": "broker",
        "limit": parse("10", "USDC"),
    }
    return Profile(**{**given, **named})


def test_a_whole_profile_has_no_fault():
    assert faults(profile(), OWN) == []
    whole = profile(
        aliases=("Northgate Trading",),
        parent_name="Holding SA",
        parent_lei=OTHER,
        affiliation="shareholder",
        exchange="Example Exchange",
    )
    assert faults(whole, OWN) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"legal_name": " . "}, "legal_name: ' . ' must be stated"),
        ({"legal_name": "x" * 121}, "up to 120 letters"),
        ({"aliases": ("NORTHGATE, Ltd.",)}, "aliases: one name stands twice, or is the legal name"),
        ({"aliases": ("A b", "a B")}, "aliases: one name stands twice"),
        ({"aliases": ("-",)}, "aliases: '-' is no name"),
        ({"aliases": tuple(map(str, range(21)))}, "aliases: 21 names; at most 20 are kept"),
        ({"jurisdiction": "ky"}, "jurisdiction: 'ky' is no country of ISO 3166"),
        ({"jurisdiction": "XX"}, "jurisdiction: 'XX' is no country of ISO 3166"),
        ({"sector": "bank"}, "sector: 'bank' is none of market_maker"),
        ({"parent": "I-0002", "parent_name": "P", "parent_lei": OTHER}, "are named: state one"),
        ({"parent_name": "Holding SA"}, "a parent is named with its LEI, or not at all"),
        ({"parent_lei": OTHER}, "a parent is named with its LEI, or not at all"),
        ({"parent_name": "P", "parent_lei": OTHER.lower()}, "is no LEI"),
        ({"parent_name": "P", "parent_lei": OTHER[:-1] + "5"}, "is no LEI"),
        ({"parent_name": "P", "parent_lei": OWN}, f"parent_lei: {OWN} is its own"),
        ({"affiliation": "friend", "exchange": "X"}, "affiliation: 'friend' is none of none,"),
        ({"exchange": "X"}, "exchange: 'X' is named, but the affiliation is none"),
        ({"affiliation": "key_management"}, "exchange: '' must be named for key management"),
        ({"affiliation": "subsidiary", "exchange": "x" * 81}, "in up to 80 letters"),
        ({"limit": parse("0", "USDC")}, "limit: 0.00 USDC is not above zero"),
    ],
)
def test_what_cannot_be_so_is_told_by_field_value_and_rule(wrong, said):
    assert any(said in fault for fault in faults(profile(**wrong), OWN))


def test_the_countries_are_those_of_the_standard():
    assert len(COUNTRIES) == 249
    assert COUNTRIES["KY"] == "Cayman Islands"
    assert "UK" not in COUNTRIES
    assert "EU" not in COUNTRIES


def test_two_spellings_of_a_name_are_the_same_folded():
    assert fold("Example  Exchange Ltd.") == fold("EXAMPLE EXCHANGE LTD")
    assert fold("Example") != fold("Examples")


def test_a_change_of_names_weighs_nothing_and_any_other_the_larger_limit():
    before = profile().document
    assert weight(before, profile(legal_name="Else", aliases=("A",)).document) == 0
    for moved in (
        {"group": "G-0001"},
        {"parent": "I-0002"},
        {"sector": "miner"},
        {"affiliation": "subsidiary", "exchange": "X"},
    ):
        assert weight(before, profile(**moved).document) == 10_000_000
    for limit, weighs in (("5", 10_000_000), ("20", 20_000_000)):
        assert weight(before, profile(limit=parse(limit, "USDC")).document) == weighs


def test_what_changed_is_named_in_the_order_of_the_page():
    after = profile(limit=parse("20", "USDC"), legal_name="Else").document
    assert changed(profile().document, after) == ["legal_name", "limit"]
