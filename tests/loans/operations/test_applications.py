"""Applications: what is refused, what approval binds, and limits that are never passed."""

import copy

import pytest
from django.db import DatabaseError, transaction

from loans.models import Application, Loan
from loans.operations import applications, drawdowns
from loans.operations.applications import (
    BadTerms,
    LimitExceeded,
)
from loans.operations.verifications import NotVerified
from loans.queries import proofs_of_books
from loans.queries.limits import limits_of
from loans.rules.products import terms_of
from tests.at_once import at_once
from tests.factories import NOW, TODAY, approve, person, usdc
from tests.loans.credit import underwritten
from tests.loans.factories import GOOD, application, approved, balance, committed_loan, loans_pool
from tests.loans.parties import institution
from together.controls.models import Approval, AuditRecord, Decision
from together.controls.operations import approvals
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.rules.money import parse

M = 10**6


def figures(**changed):
    return {**copy.deepcopy(GOOD), **changed}


def test_an_approved_application_becomes_a_committed_loan(pool):
    loan = committed_loan(pool, amount="3000000")
    assert (loan.number, loan.state) == ("L-0001", "committed")
    assert balance("fund.committed", loan.number) == 3_000_000 * M
    assert balance("fund.available", pool.code) == 17_000_000 * M
    assert AuditRecord.objects.filter(what="loan.committed", subject=loan.number).count() == 1
    assert all(check.holds for check in proofs_of_books.checks())


def test_numbers_follow_one_another(pool):
    first, second = application(pool), application(pool)
    assert (first.number, second.number) == ("A-0001", "A-0002")


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("terms.rate", {"rate": "4%"}),
        ("terms.colour", {"colour": "red"}),
        ("terms.instalments", {"instalments": None}),
        ("terms.interest_on", {"interest": "flat"}),
        ("terms.unit", {"unit": "0.0000001"}),
    ],
)
def test_bad_terms_are_refused_by_field(pool, field, change):
    terms = {**terms_of("level_monthly", rate="0.04", instalments=12), **change}
    with pytest.raises(BadTerms, match=field):
        application(pool, terms=terms)
    assert Application.objects.count() == 0


def test_bad_figures_are_refused_by_field(pool):
    with pytest.raises(BadTerms, match=r"figures\.equity_ratio\.value"):
        application(pool, figures=figures(equity_ratio={"value": "much", "evidenced": True}))
    with pytest.raises(BadTerms, match=r"figures\.charm"):
        application(pool, figures=figures(charm={"value": "1", "evidenced": True}))


def test_an_amount_of_another_asset_is_refused(pool):
    with pytest.raises(BadTerms, match="amount"):
        applications.submit(
            institution=institution(),
            pool=pool,
            amount=parse("1", "USD"),
            purpose="Working capital",
            terms=terms_of("bullet", rate="0.04", instalments=1),
            figures=GOOD,
            by=person("loan_officer"),
            at=NOW,
        )


def test_an_institutions_own_people_may_apply_and_a_stranger_may_not(pool):
    borrower, other = institution(), institution()
    own = person("institution_manager", scope=borrower.number)
    assert application(pool, borrower=borrower, by=own).submitted_by == own
    for stranger in (
        person("institution_admin", scope=other.number),
        person("institution_viewer", scope=borrower.number),
        person("claims_officer"),
    ):
        with pytest.raises(NotAllowed):
            application(pool, borrower=borrower, by=stranger)


def test_who_is_not_verified_is_not_proposed(pool):
    asked = underwritten(application(pool, borrower=institution(is_verified=False)))
    with pytest.raises(NotVerified, match=r"not verified \(KYB\): it never was"):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)


def test_more_than_the_institutions_limit_is_not_proposed(pool):
    asked = underwritten(application(pool, amount="1000001", borrower=institution(limit="1000000")))
    with pytest.raises(LimitExceeded, match="limit of"):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)


def test_more_than_the_pool_has_is_not_proposed(pool):
    borrower = institution(limit="90000000")
    asked = underwritten(application(pool, amount="20000001", borrower=borrower))
    with pytest.raises(LimitExceeded, match="pool"):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)


def test_a_loan_is_not_made_before_four_eyes_agree(pool):
    asked = underwritten(application(pool))
    officer = person("loan_officer")
    applications.propose(application=asked, by=officer, at=NOW)
    with pytest.raises(NotApproved):
        applications.approve(application=asked, on=TODAY, by=officer, at=NOW)
    assert Loan.objects.count() == 0
    assert balance("fund.available", pool.code) == 20_000_000 * M


def test_a_loan_cannot_be_approved_by_who_proposed_it(pool):
    both = person("loan_officer", "credit_checker")
    asked = applications.propose(application=underwritten(application(pool)), by=both, at=NOW)
    with pytest.raises(MayNotDecide):
        approvals.decide(approval=asked, verdict=Decision.Verdict.APPROVED, by=both, at=NOW)


def test_more_than_two_million_needs_the_committee_as_well(pool):
    asked = applications.propose(
        application=underwritten(application(pool, amount="2000001")),
        by=person("loan_officer"),
        at=NOW,
    )
    assert asked.roles == ["credit_checker", "committee"]


def test_terms_changed_after_the_approval_make_no_loan(pool):
    asked = approved(application(pool))
    changed = {**asked.terms, "rate": "0.01"}
    with pytest.raises(DatabaseError, match="what it asks for"), transaction.atomic():
        Application.objects.filter(pk=asked.pk).update(terms=changed)
    # Were the database to let it pass, the digest of the effect would be another one.
    asked.terms = changed
    assert not approvals.is_approved(
        kind=applications.KIND, subject=asked.number, effect=applications.effect(asked)
    )


@pytest.mark.parametrize(
    "change",
    [{"state": "approved"}, {"amount": 1}, {"purpose": "x"}, {"assessment": {}}, {"figures": {}}],
)
def test_the_database_keeps_what_was_proposed(pool, change):
    asked = approved(application(pool))
    Application.objects.filter(pk=asked.pk).update(decline_reason="")
    if "state" in change:
        Application.objects.filter(pk=asked.pk).update(state="declined", decline_reason="No")
    with pytest.raises(DatabaseError), transaction.atomic():
        Application.objects.filter(pk=asked.pk).update(**change)


def test_the_database_refuses_a_loan_of_other_terms(pool):
    asked = approved(application(pool))
    with pytest.raises(DatabaseError, match="not approved"), transaction.atomic():
        Loan.objects.create(
            number="L-0666",
            application=asked,
            institution=asked.institution,
            pool=pool,
            amount=asked.amount + 1,
            terms=asked.terms,
            terms_digest=approvals.digest(asked.terms),
            approved_at=NOW,
        )


def test_an_application_makes_one_loan(pool):
    asked = approved(application(pool))
    officer = person("loan_officer")
    applications.approve(application=asked, on=TODAY, by=officer, at=NOW)
    with pytest.raises(NotPossibleNow):
        applications.approve(application=asked, on=TODAY, by=officer, at=NOW)
    assert balance("fund.available", pool.code) == 19_000_000 * M


def test_a_declined_application_says_why_and_stays_declined(pool):
    asked, officer = application(pool), person("loan_officer")
    with pytest.raises(BadTerms, match="reason"):
        applications.decline(application=asked, reason=" ", by=officer, at=NOW)
    applications.decline(application=asked, reason="No audited accounts", by=officer, at=NOW)
    asked.refresh_from_db()
    assert (asked.state, asked.decline_reason) == ("declined", "No audited accounts")
    with pytest.raises(NotPossibleNow):
        applications.propose(application=asked, by=officer, at=NOW)


def test_halfway_failure_of_an_approval_leaves_nothing(pool, monkeypatch):
    asked = approved(application(pool))
    monkeypatch.setattr(applications, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        applications.approve(application=asked, on=TODAY, by=person("loan_officer"), at=NOW)
    asked.refresh_from_db()
    assert asked.state == "proposed"
    assert Loan.objects.count() == 0
    assert balance("fund.available", pool.code) == 20_000_000 * M


def test_the_limit_of_an_institution_shows_what_is_promised(pool):
    borrower = institution(limit="5000000")
    loan = committed_loan(pool, borrower=borrower, amount="2000000")
    found = limits_of(borrower)
    assert (found.used.minor_units, found.before.minor_units) == (2_000_000 * M, 3_000_000 * M)
    drawdowns.ask(loan=loan, by=person("institution_admin", scope=borrower.number), at=NOW)
    assert limits_of(borrower).used.minor_units == 2_000_000 * M


def test_a_drawdown_is_asked_for_by_the_institution_or_an_officer_only(pool):
    loan = committed_loan(pool)
    with pytest.raises(NotAllowed):
        drawdowns.ask(loan=loan, by=person("institution_admin", scope="I-9999"), at=NOW)
    loan.refresh_from_db()
    assert loan.state == "committed"


def test_a_drawdown_goes_on_where_a_crash_left_it(pool, monkeypatch):
    loan, officer = committed_loan(pool), person("loan_officer")
    with monkeypatch.context() as broken:
        broken.setattr(drawdowns, "_bind", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            drawdowns.ask(loan=loan, by=officer, at=NOW)
    assert drawdowns.ask(loan=loan, by=officer, at=NOW).number == "D-00001"
    loan.refresh_from_db()
    assert loan.state == "drawing"
    approve(Approval.objects.get(kind="loan.drawdown"))


def committing(asked: Application):
    """Give the step that commits the loan of an application."""
    officer = person("loan_officer")
    return lambda: applications.approve(application=asked, on=TODAY, by=officer, at=NOW)


def test_32_approvals_at_once_never_commit_more_than_the_pool_has(own_database):
    # Ten of 32 loans of 1m fit into 10m.
    pool = loans_pool("10000000")
    ready = [approved(application(pool, amount="1000000")) for _ in range(32)]
    answers = at_once(*[committing(asked) for asked in ready], refusals=(LimitExceeded,))
    outcomes = ["exceeded" if one is LimitExceeded else "approved" for one in answers]
    assert sorted(outcomes) == ["approved"] * 10 + ["exceeded"] * 22
    assert balance("fund.available", pool.code) == 0
    assert Loan.objects.count() == 10
    assert all(check.holds for check in proofs_of_books.checks())


def test_parallel_approvals_never_pass_the_limit_of_an_institution(own_database):
    pool = loans_pool("10000000")
    borrower = institution(limit="3000000")
    ready = [approved(application(pool, borrower=borrower)) for _ in range(8)]
    at_once(*[committing(asked) for asked in ready], refusals=(LimitExceeded,))
    assert limits_of(borrower).before == usdc("0")
