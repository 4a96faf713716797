"""Spreads: accounts that tie are entered once, with evidence; what was wrong is replaced."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Spread
from loans.operations.spreads import NotSpreadable
from loans.queries.underwriting import spreads_of
from tests.factories import NOW, person
from tests.loans.credit import LAST_QUARTER, LAST_YEAR, SOUND, shown, spread, spread_twice
from tests.loans.parties import institution
from together.controls.models import AuditRecord
from together.controls.operations import documents
from together.controls.operations.people import NotAllowed


@pytest.fixture
def borrower(pool):
    return institution(is_verified=False)


def test_accounts_are_entered_and_written_down(borrower):
    made = spread(borrower)
    assert (made.number, made.amounts["cash"]) == ("S-0001", SOUND["cash"])
    assert AuditRecord.objects.filter(what="spread.entered", subject="S-0001").count() == 1


def test_the_newest_stand_first_and_what_was_replaced_stands_no_more(borrower):
    last_year, last_quarter = spread_twice(borrower)
    assert spreads_of(borrower) == [last_quarter, last_year]
    right = spread(
        borrower, ends_on=LAST_YEAR, replaces=last_year, note="The auditor corrected the tax"
    )
    assert spreads_of(borrower) == [last_quarter, right]


@pytest.mark.parametrize(
    ("named", "fault"),
    [
        ({"amounts": {**SOUND, "tax": "6"}}, "tax: '6' is no whole number"),
        ({"basis": "hearsay"}, "basis: 'hearsay' is none of audited, reviewed, management"),
        ({"evidence": {"colour": "D-0001"}}, "evidence.colour: is no section"),
        ({"evidence": {"balance": "D-0666"}}, "evidence.balance: D-0666 is no document of it"),
        ({"note": "x" * 401}, "note: must have up to 400"),
        ({"ends_on": (NOW + timedelta(days=1)).date()}, "ends_on: 2025-10-15 is after"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_kept(borrower, named, fault):
    with pytest.raises(NotSpreadable, match=fault):
        spread(borrower, **named)
    assert Spread.objects.count() == 0


def test_another_institutions_document_is_no_evidence(borrower):
    paper = shown(institution(is_verified=False))
    with pytest.raises(NotSpreadable, match=f"{paper.number} is no document of it"):
        spread(borrower, evidence={"balance": paper.number})


def test_a_withdrawn_document_is_no_evidence(borrower):
    paper = shown(borrower)
    documents.withdraw(document=paper, reason="Of another year", by=paper.filed_by, at=NOW)
    with pytest.raises(NotSpreadable, match=f"{paper.number} is no document of it that is in"):
        spread(borrower, evidence={"balance": paper.number})


def test_the_same_months_are_entered_once(borrower):
    first = spread(borrower)
    with pytest.raises(NotSpreadable, match=f"{first.number} has these months already"):
        spread(borrower)
    with pytest.raises(NotSpreadable, match="must say why"):
        spread(borrower, replaces=first)
    second = spread(borrower, replaces=first, note="Restated")
    with pytest.raises(NotSpreadable, match=f"{first.number} is not of it, or was replaced"):
        spread(borrower, replaces=first, note="Restated again")
    with pytest.raises(NotSpreadable, match=f"{second.number} has these months already"):
        spread(borrower)


def test_only_a_loan_officer_enters_accounts(borrower):
    for stranger in ("credit_checker", "compliance", "claims_officer"):
        with pytest.raises(NotAllowed):
            spread(borrower, by=person(stranger))


def test_the_database_keeps_accounts_as_they_were_entered(borrower):
    made = spread(borrower)
    for change in (
        lambda: Spread.objects.filter(pk=made.pk).update(note="x"),
        lambda: Spread.objects.filter(pk=made.pk).delete(),
        lambda: Spread.objects.create(
            number="S-0666",
            institution=borrower,
            ends_on=LAST_QUARTER,
            months=12,
            basis="audited",
            amounts={},
            evidence={},
            entered_by=made.entered_by,
            entered_at=NOW,
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
