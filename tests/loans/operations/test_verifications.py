"""Verifications: approved by compliance, in force until a day; without one nothing is lent."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Institution, Verification
from loans.operations import applications, drawdowns, verifications
from loans.operations.verifications import NotVerifiable, NotVerified
from loans.queries.verifications import in_force, to_look_at_anew, with_expiry
from tests.factories import NOW, TODAY, approve, person
from tests.loans.credit import underwritten
from tests.loans.factories import application, approved, committed_loan
from tests.loans.parties import institution, papers, proposed_verification, verified
from together.controls.models import Approval, AuditRecord, Document
from together.controls.operations import approvals, documents
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow


def test_it_holds_once_compliance_approved_exactly_it(pool):
    borrower, officer = institution(is_verified=False), person("loan_officer")
    made = proposed_verification(borrower, at=NOW)
    with pytest.raises(NotApproved):
        verifications.put_in_force(verification=made, by=officer, at=NOW)
    assert in_force(borrower, TODAY) is None
    approve(Approval.objects.get(kind="institution.kyb"))
    verifications.put_in_force(verification=made, by=officer, at=NOW)
    assert in_force(borrower, TODAY) == made
    assert in_force(borrower, TODAY - timedelta(days=1)) is None
    assert in_force(borrower, made.expires_on) is None
    assert AuditRecord.objects.filter(subject=made.number).last().what == "verification.in_force"


def test_a_credit_checker_does_not_say_who_somebody_is(pool):
    proposed_verification(institution(is_verified=False))
    asked = Approval.objects.get(kind="institution.kyb")
    for role in ("credit_checker", "loan_officer"):
        with pytest.raises(MayNotDecide):
            approvals.decide(approval=asked, verdict="approved", by=person(role), at=NOW)
    with pytest.raises(NotAllowed):
        verifications.withdraw(
            verification=Verification.objects.get(), by=person("credit_checker"), at=NOW
        )


def test_papers_of_another_institution_or_withdrawn_show_nothing(pool):
    borrower, other = institution(is_verified=False), institution(is_verified=False)
    officer, mine, theirs = person("loan_officer"), papers(borrower), papers(other)
    documents.withdraw(document=mine[0], reason="of last year", by=officer, at=NOW)
    said = {"expires_on": TODAY + timedelta(days=90), "by": officer, "at": NOW}
    for shown, named in ((theirs, theirs[1]), (mine, mine[0])):
        with pytest.raises(NotVerifiable, match=f"{named.number} is not of {borrower.number}"):
            verifications.propose(institution=borrower, documents=shown, finding="ok", **said)
    with pytest.raises(NotVerifiable, match="finding: must be stated"):
        verifications.propose(institution=borrower, documents=mine, finding=" ", **said)
    assert not Verification.objects.exists()


def test_a_paper_that_is_withdrawn_meanwhile_stops_it(pool):
    borrower, officer = institution(is_verified=False), person("loan_officer")
    made = proposed_verification(borrower, at=NOW)
    approve(Approval.objects.get(kind="institution.kyb"))
    found = Document.objects.get(number=made.documents[0])
    documents.withdraw(document=found, reason="forged", by=officer, at=NOW)
    with pytest.raises(NotVerifiable, match=f"{found.number} is not of"):
        verifications.put_in_force(verification=made, by=officer, at=NOW)
    verifications.withdraw(verification=made, by=officer, at=NOW)
    made.refresh_from_db()
    assert made.state == "withdrawn"


def test_one_waits_at_a_time(pool):
    borrower = institution(is_verified=False)
    first = proposed_verification(borrower)
    with pytest.raises(NotVerifiable, match=f"{first.number} of {borrower.number} waits"):
        proposed_verification(borrower)


def test_what_expired_or_was_revoked_lets_nothing_be_proposed_or_committed(pool):
    short = institution(is_verified=False)
    made = verified(short, days=3, at=NOW - timedelta(days=3))
    with pytest.raises(NotVerified, match=f"{made.number} expired on {TODAY}"):
        applications.propose(
            application=underwritten(application(pool, borrower=short)),
            by=person("loan_officer"),
            at=NOW,
        )
    ready = approved(application(pool, borrower=institution()))
    held = ready.institution.verifications.get()
    verifications.revoke(
        verification=held, reason="An owner is on a list", by=person("compliance"), at=NOW
    )
    with pytest.raises(NotVerified, match=f"{held.number} is revoked"):
        applications.approve(application=ready, on=TODAY, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotPossibleNow):
        verifications.revoke(verification=held, reason="x", by=person("compliance"), at=NOW)


def test_nothing_is_drawn_after_it_ended(pool):
    loan = committed_loan(pool)
    held = loan.institution.verifications.get()
    verifications.revoke(verification=held, reason="closed", by=person("compliance"), at=NOW)
    with pytest.raises(NotVerified):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)


def test_the_database_puts_nothing_in_force_that_was_not_approved(pool):
    proposed_verification(institution(is_verified=False))
    for change in ({"state": "in_force"}, {"finding": "else"}, {"state": "revoked"}):
        with pytest.raises(DatabaseError, match="not approved to become"), transaction.atomic():
            Verification.objects.update(**change)


def test_who_is_to_be_looked_at_anew_is_listed_soonest_first(pool):
    long_, soon, never = (
        institution(),
        institution(is_verified=False),
        institution(is_verified=False),
    )
    verified(soon, days=20)
    known = with_expiry(Institution.objects.all())
    assert list(to_look_at_anew(known, TODAY)) == [never, soon]
    assert next(one.verified_until for one in to_look_at_anew(known, TODAY)) is None
    assert long_ in to_look_at_anew(known, TODAY + timedelta(days=690))
