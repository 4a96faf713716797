"""A drawdown is tested again when it is released: what stands against it by then stops it."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, transaction

from loans.models import DrawdownTest
from loans.operations import drawdown_releases, drawdowns, verifications
from loans.operations.drawdown_releases import Stopped
from tests.factories import NOW, TODAY, approve, person
from tests.loans.factories import committed_loan, unproven
from tests.loans.operations.test_cancellations import at_the_end
from tests.loans.operations.test_commitment_fees import terms
from tests.loans.parties import listed, screened, verified
from together.controls.models import Approval, Hit
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Entry
from together.treasury.models import Disbursement
from together.treasury.operations import disbursements
from together.treasury.operations.disbursements import ReleasedByItsProgramme

DAY = timedelta(days=1)


def asked(loan):
    order = drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    approve(Approval.objects.get(kind="loan.drawdown", subject=order.number))
    return order


def release(order, *, at=NOW, by=None):
    officer = by or person("treasury_officer")
    return drawdown_releases.release(disbursement=order, on=at.date(), by=officer, at=at)


def stands(order):
    """Say whether nothing of a release is left."""
    order.refresh_from_db()
    assert order.state == "prepared"
    assert not DrawdownTest.objects.exists()
    assert not Entry.objects.filter(kind="BATCH_FUNDED").exists()


def hit(institution):
    """Let an institution be like an entry of a list that came after its commitment."""
    name = institution.legal_name
    listed("E-1,entity,Imaginary Airlines,,,test\n", f"E-2,entity,{name},,,test\n", at=NOW)
    screened(institution)
    assert Hit.objects.filter(subject=institution.number, state="open").exists()


def test_what_passes_is_released_with_what_it_rests_on(pool):
    loan = committed_loan(pool)
    order = asked(loan)
    assert drawdown_releases.stops(order, NOW) == []
    (batch,) = release(order)
    order.refresh_from_db()
    assert (order.state, batch) == ("released", order.batches.get().number)
    test = DrawdownTest.objects.get(disbursement=order)
    assert (test.loan, test.amount) == (loan, loan.amount)
    assert test.found["term_sheet"] == loan.term_sheets.get().number
    assert test.found["verification"] == loan.institution.verifications.get().number
    own = test.found["limits"][0]
    assert own["used"] == loan.amount
    assert own["limit"] == loan.institution.limit
    assert unproven() == []
    with pytest.raises(NotPossibleNow):
        release(order)


def test_the_treasury_does_not_release_a_drawdown_past_its_loan(pool):
    order = asked(committed_loan(pool))
    with pytest.raises(ReleasedByItsProgramme, match="is tested again by its programme"):
        disbursements.release(disbursement=order, on=TODAY, by=person("treasury_officer"), at=NOW)
    stands(order)


def test_it_goes_on_once_the_reason_is_gone(pool):
    loan = committed_loan(pool)
    order = asked(loan)
    held = loan.institution.verifications.get()
    verifications.revoke(verification=held, reason="x", by=person("compliance"), at=NOW)
    with pytest.raises(Stopped, match=r"not verified .* withdraw it, and it may be asked for anew"):
        release(order)
    stands(order)
    verified(loan.institution)
    screened(loan.institution)
    release(order)
    order.refresh_from_db()
    assert order.state == "released"


def test_a_hit_that_came_after_the_approval_stops_it(pool):
    loan = committed_loan(pool)
    order = asked(loan)
    hit(loan.institution)
    with pytest.raises(Stopped, match=r"H-0001"):
        release(order)
    stands(order)


def test_a_stopped_drawdown_may_be_withdrawn(pool):
    loan = committed_loan(pool)
    order = asked(loan)
    held = loan.institution.verifications.get()
    verifications.revoke(verification=held, reason="x", by=person("compliance"), at=NOW)
    disbursements.withdraw(disbursement=order, by=person("treasury_officer"), at=NOW)
    assert drawdowns.take_back(at=NOW) == [loan]
    loan.refresh_from_db()
    assert loan.state == "committed"
    with pytest.raises(NotPossibleNow, match="no loan waits for it"):
        release(order)


def test_everything_against_it_is_said_at_once(pool):
    loan = committed_loan(pool, terms=terms(days=5))
    order = asked(loan)
    held = loan.institution.verifications.get()
    verifications.revoke(verification=held, reason="x", by=person("compliance"), at=NOW)
    after = NOW + 30 * DAY
    found = drawdown_releases.stops(order, after)
    assert len(found) == 2
    assert "its availability period is over" in found[0]
    assert "is not verified" in found[1]
    with pytest.raises(Stopped, match=r"availability period is over.*not verified"):
        release(order, at=after)
    stands(order)


def test_a_limit_that_was_passed_meanwhile_stops_it(pool):
    loan = committed_loan(pool)
    order = asked(loan)
    with (
        mock.patch.object(
            drawdown_releases.soundness.limits,
            "used",
            lambda ones, asset: {one.pk: 10**18 for one in ones},
        ),
        pytest.raises(Stopped, match="limit of"),
    ):
        release(order)
    stands(order)


def test_only_the_treasury_releases_and_only_what_was_approved(pool):
    loan = committed_loan(pool)
    order = drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotApproved):
        release(order)
    approve(Approval.objects.get(kind="loan.drawdown", subject=order.number))
    with pytest.raises(NotAllowed):
        release(order, by=person("loan_officer"))
    stands(order)


def test_a_failure_half_way_leaves_nothing(pool):
    order = asked(committed_loan(pool))
    with (
        mock.patch.object(disbursements.posting, "post_all", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        release(order)
    stands(order)


# --- the database alone ---------------------------------------------------------------------------
def written(order, loan, **named):
    """Write a test down past the operation, and release its order."""
    said = {
        "loan": loan,
        "disbursement": order,
        "amount": loan.amount,
        "found": {},
        "tested_by": person("treasury_officer"),
        "tested_at": NOW,
    }
    with transaction.atomic():
        DrawdownTest.objects.create(**{**said, **named})
        Disbursement.objects.filter(pk=order.pk).update(state="released", released_at=NOW)


def test_the_database_releases_no_drawdown_without_a_test_of_the_moment(pool):
    loan = committed_loan(pool)
    order = asked(loan)
    with pytest.raises(DatabaseError, match="tested again"), transaction.atomic():
        Disbursement.objects.filter(pk=order.pk).update(state="released", released_at=NOW)
    said = {"loan": loan, "disbursement": order, "amount": loan.amount, "found": {}}
    said |= {"tested_by": person("treasury_officer"), "tested_at": NOW}
    with transaction.atomic():
        DrawdownTest.objects.create(**said)
        with pytest.raises(DatabaseError, match="tested and not released"):
            at_the_end()
        transaction.set_rollback(True)
    stands(order)


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        (lambda loan: hit(loan.institution), "a hit of its institution is not cleared"),
        (
            lambda loan: verifications.revoke(
                verification=loan.institution.verifications.get(),
                reason="x",
                by=person("compliance"),
                at=NOW,
            ),
            "its institution is not verified",
        ),
    ],
)
def test_the_database_knows_what_stands_against_it(pool, break_it, why):
    loan = committed_loan(pool)
    order = asked(loan)
    break_it(loan)
    with pytest.raises(DatabaseError, match=why):
        written(order, loan)
    stands(order)


def test_the_database_knows_the_end_of_the_availability_period(pool):
    loan = committed_loan(pool, terms=terms(days=5))
    order = asked(loan)
    with pytest.raises(DatabaseError, match="its availability period is over"):
        written(order, loan, tested_at=NOW + 5 * DAY)
    with pytest.raises(DatabaseError, match="does not wait for this order"):
        written(order, loan, amount=loan.amount - 1)
    with pytest.raises(DatabaseError, match="does not wait for this order"):
        written(order, loan, tested_at=NOW - DAY)
    stands(order)
