"""Matching of names: what is the same however it is written, and what is somebody else."""

import time

import pytest

from together.controls.rules.fuzzy import ByLikeness
from together.controls.rules.names import address_key, key, tokens
from together.controls.rules.screening import Listed, Subject, policy_faults


def subject(*names: str, addresses: tuple[str, ...] = ()) -> Subject:
    return Subject("loans", "I-0001", "x", tuple(("legal name", n) for n in names), addresses)


def score(ours: str, theirs: str, threshold: int = 85) -> int:
    found = ByLikeness().matches([subject(ours)], [Listed(1, [theirs], [])], threshold)
    return found[0].score if found else 0


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Müller & Søn, L.L.C.", ("muller", "and", "son")),
        ("  ACME   Holdings (Cayman) Ltd. ", ("acme", "holdings", "cayman")),
        ("Société d'Études S.A.R.L.", ("societe", "detudes")),
        ("Straße AG", ("strasse",)),
        ("Ｆｕｌｌｗｉｄｔｈ Co", ("fullwidth",)),
        ("Pe\u200btrov", ("petrov",)),
        ("Limited Company", ("limited", "company")),
        ("Петров", ("петров",)),
        ("...", ()),
    ],
)
def test_a_name_is_read_without_accents_signs_and_legal_forms(written, words):
    assert tokens(written) == words


def test_the_order_of_words_says_nothing():
    assert key(tokens("Falk, Ines")) == key(tokens("INES FALK"))


@pytest.mark.parametrize(
    ("ours", "theirs", "least"),
    [
        ("Northgate Trading Ltd", "NORTHGATE TRADING L.L.C.", 100),
        ("Falk Ines", "Ines FALK", 100),
        ("Northgate Tradng", "Northgate Trading", 95),
        ("Aerocaribe", "Aero Caribe", 85),
        ("Ines Maria Falk", "Ines Falk", 95),
    ],
)
def test_one_name_written_in_two_ways_is_found(ours, theirs, least):
    assert score(ours, theirs) >= least


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Northgate Trading Ltd", "Southbank Mining Ltd"),
        ("Lagoon Digital AG", "Lagoon"),
        ("...", "!!!"),
        ("", "Falk"),
    ],
)
def test_somebody_else_is_not_found(ours, theirs):
    assert score(ours, theirs) == 0


def test_the_threshold_decides_and_the_best_name_is_told():
    listed = [Listed(7, ["Northgate Trading", "Northgat Tradng"], [])]
    ours = [subject("Northgate Tradng", "Something else")]
    [found] = ByLikeness().matches(ours, listed, 85)
    assert (found.subject, found.entry, found.listed) == (0, 7, "Northgate Trading")
    assert found.score == 97
    assert ByLikeness().matches(ours, listed, 98) == []


def test_an_address_is_the_same_or_it_is_not():
    listed = [Listed(1, ["Somebody listed"], ["0xABCDEF", "bc1Qabc"])]
    for mine, hits in (("0xabcdef", 1), ("0xabcdee", 0), ("bc1Qabc", 1), ("bc1qabc", 0)):
        found = ByLikeness().matches([subject("Else", addresses=(mine,))], listed, 100)
        assert [(m.role, m.score) for m in found] == [("address", 100)] * hits
    assert address_key(" 0XAb ") == "0xab"


def test_a_policy_keeps_within_its_bounds():
    assert policy_faults(85, 1) == []
    assert policy_faults(60, 8) == [
        "threshold: 60 is not from 70 to 100",
        "most_days: 8 is not from 1 to 7",
    ]


def test_two_thousand_subjects_against_twenty_thousand_entries_take_seconds():
    ours = [subject(f"Company {n * 7919:x} Trading", f"Alias {n * 104729:x}") for n in range(2000)]
    listed = [Listed(n, [f"Listed {n * 15485863:x} Person"], []) for n in range(20_000)]
    begin = time.perf_counter()
    ByLikeness().matches(ours, listed, 90)
    assert time.perf_counter() - begin < 60
