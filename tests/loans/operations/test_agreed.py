"""Covenants and guarantees: agreed while an application is open, then part of its approval."""

import pytest
from django.db import DatabaseError, transaction

from loans.models import Covenant, Guarantee
from loans.operations import applications, covenants, guarantees
from loans.operations.covenants import BadCovenant
from loans.operations.guarantees import BadGuarantee
from tests.factories import NOW, person, usdc
from tests.loans.credit import shown
from tests.loans.factories import application, approved
from tests.loans.parties import institution, lei
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.rules.money import parse

FINANCIAL = {
    "kind": "financial",
    "ratio": "equity_ratio",
    "bound": "0.25",
    "every_months": 3,
    "due_days": 45,
    "cure_days": 30,
}
INFORMATION = {
    "kind": "information",
    "text": "Audited accounts",
    "every_months": 12,
    "due_days": 120,
    "cure_days": 15,
}


@pytest.fixture
def asked(pool):
    return application(pool)


def covenant(of, said=None, **named) -> Covenant:
    given = {"application": of, "said": said or FINANCIAL, "by": person("loan_officer"), "at": NOW}
    return covenants.agree(**{**given, **named})


def guarantee(of, **named) -> Guarantee:
    given = {
        "application": of,
        "guarantor": "Harbour Holdings",
        "by": person("loan_officer"),
        "at": NOW,
    }
    return guarantees.agree(**{**given, **named})


def test_what_is_agreed_is_part_of_the_approval(asked):
    kept, told = covenant(asked), covenant(asked, INFORMATION)
    paper = shown(asked.institution, "legal")
    answering = guarantee(asked, amount=usdc("500000"), document=paper.number)
    effect = applications.effect(approved(asked))
    assert [one["number"] for one in effect["covenants"]] == [kept.number, told.number]
    assert effect["covenants"][0]["bound"] == "0.25"
    assert effect["guarantees"] == [
        {
            "number": answering.number,
            "guarantor": "Harbour Holdings",
            "lei": "",
            "amount": 500_000_000_000,
            "document": paper.number,
        }
    ]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({**FINANCIAL, "kind": "moral"}, "kind: 'moral' is none of financial, information"),
        ({**FINANCIAL, "ratio": "charm"}, "ratio: 'charm' is no ratio"),
        ({**FINANCIAL, "bound": "NaN"}, "bound: 'NaN' is not a decimal number"),
        ({**FINANCIAL, "bound": "1e400"}, "bound: '1e400' is not a decimal number"),
        ({**FINANCIAL, "every_months": 2}, "every_months: 2 is none of 1, 3, 6, 12"),
        ({**FINANCIAL, "due_days": -1}, "due_days: -1 is not between 0 and 180"),
        ({**FINANCIAL, "cure_days": 181}, "cure_days: 181 is not between 0 and 180"),
        ({**FINANCIAL, "colour": "red"}, "colour: is no field of a covenant"),
        ({"kind": "financial"}, "every_months: must be given"),
        ({**INFORMATION, "text": " "}, "text: must say what is delivered"),
        ({**INFORMATION, "text": "x" * 401}, "text: must have up to 400"),
    ],
)
def test_a_covenant_that_cannot_be_is_refused_by_its_field(asked, said, fault):
    with pytest.raises(BadCovenant, match=fault):
        covenant(asked, said)
    assert Covenant.objects.count() == 0


def test_a_guarantee_that_cannot_be_is_refused_by_its_field(asked):
    stranger = shown(institution(is_verified=False), "legal")
    for named, fault in (
        ({"guarantor": " "}, "guarantor: must be named"),
        ({"lei": "5493"}, "lei: '5493' is no LEI"),
        ({"lei": asked.institution.lei}, "is the borrower itself"),
        ({"amount": parse("1", "USD")}, "must be above zero, in USDC"),
        ({"amount": usdc("0")}, "must be above zero"),
        ({"document": stranger.number}, f"{stranger.number} is no document of the application"),
    ):
        with pytest.raises(BadGuarantee, match=fault):
            guarantee(asked, **named)
    assert Guarantee.objects.count() == 0
    assert guarantee(asked, lei=lei()).amount is None


def test_what_is_taken_off_is_no_part_of_the_approval(asked):
    officer = person("loan_officer")
    one, other = covenant(asked), guarantee(asked)
    covenants.remove(covenant=one, by=officer, at=NOW)
    guarantees.remove(guarantee=other, by=officer, at=NOW)
    with pytest.raises(NotPossibleNow):
        covenants.remove(covenant=one, by=officer, at=NOW)
    effect = applications.effect(approved(asked))
    assert "covenants" not in effect
    assert "guarantees" not in effect


def test_once_proposed_what_was_agreed_stays(asked):
    one, other = covenant(asked), guarantee(asked)
    approved(asked)
    officer = person("loan_officer")
    for late in (
        lambda: covenant(asked),
        lambda: guarantee(asked),
        lambda: covenants.remove(covenant=one, by=officer, at=NOW),
        lambda: guarantees.remove(guarantee=other, by=officer, at=NOW),
    ):
        with pytest.raises(NotPossibleNow):
            late()
    for change in (
        lambda: Covenant.objects.update(state="removed"),
        lambda: Guarantee.objects.update(amount=1),
        lambda: Covenant.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_only_a_loan_officer_agrees_them(asked):
    for stranger in ("credit_checker", "compliance"):
        with pytest.raises(NotAllowed):
            covenant(asked, by=person(stranger))
        with pytest.raises(NotAllowed):
            guarantee(asked, by=person(stranger))
