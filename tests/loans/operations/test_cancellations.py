"""Commitments are cancelled by who may, under four eyes where the lender acts; the pool has it back."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, connection, transaction

from loans.models import Cancellation, Loan
from loans.operations import (
    applications,
    cancellation_bookings,
    cancellations,
    drawdowns,
)
from loans.operations.cancellations import BadCancellation, Paper
from loans.operations.soundness import CancellationWaits
from loans.queries.lent import lent
from loans.queries.limits import used
from loans.rules.cancellations import Side
from tests.factories import NOW, TODAY, approve, person, usdc
from tests.loans.factories import (
    application,
    approved,
    at,
    balance,
    committed_loan,
    release,
    settle,
    unproven,
)
from tests.loans.operations.test_commitment_fees import end_of_day, terms
from together.console.queries.approvals import withdrawn
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Entry

DAY = timedelta(days=1)
M = 10**6
PAPER = Paper("notice.pdf", b"%PDF-1.7 we cancel")


def admin_of(loan):
    return person("institution_admin", scope=loan.institution.number)


def notice(loan, amount="", *, on=TODAY, when=NOW, by=None):
    return cancellations.ask(
        loan=loan,
        amount=usdc(amount) if amount else None,
        on=on,
        reason="We sold the position",
        by=by or admin_of(loan),
        at=when,
    )


def entered(loan, amount="", *, side=Side.LENDER, paper=None, reason="Event of default", by=None):
    asked = cancellations.enter(
        loan=loan,
        side=side,
        amount=usdc(amount) if amount else None,
        reason=reason,
        paper=paper,
        by=by or person("loan_officer"),
        at=NOW,
    )
    return Cancellation.objects.get(number=asked.subject), asked


def booked(cancellation, *, when=NOW):
    cancellation_bookings.book(cancellation=cancellation, by=person("loan_officer"), at=when)
    cancellation.refresh_from_db()


def fresh(loan):
    loan.refresh_from_db()
    return loan


def committed(loan):
    return balance("fund.committed", loan.number)


def at_the_end():
    """Ask what the database asks when a transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# --- by the borrower ------------------------------------------------------------------------------
def test_a_notice_takes_effect_at_the_end_of_its_day_and_stops_the_fee(pool):
    loan = committed_loan(pool, terms=terms())
    free = balance("fund.available", pool.code)
    made = notice(loan, "400000", on=TODAY + 2 * DAY)
    end_of_day(TODAY + DAY)
    assert fresh(made).state == "proposed"
    assert balance("loan.charges", loan.number) == 10 * M
    end_of_day(TODAY + 5 * DAY)
    assert (fresh(made).state, made.booked_on) == ("booked", TODAY + 2 * DAY)
    assert (fresh(loan).state, loan.commitment) == ("committed", 600_000 * M)
    assert committed(loan) == 600_000 * M
    assert balance("fund.available", pool.code) == free + 400_000 * M
    # 10.00 a day for two days, 6.00 for three.
    assert balance("loan.charges", loan.number) == 38 * M
    entry = Entry.objects.get(kind="LOAN_CANCELLED")
    assert (entry.key, entry.happened_on) == (f"cancellation:{made.number}", TODAY + 2 * DAY)
    assert used([loan.institution])[loan.institution.pk] == 600_000 * M
    assert unproven() == []
    end_of_day(TODAY + 5 * DAY)
    assert Entry.objects.filter(kind="LOAN_CANCELLED").count() == 1


def test_what_is_left_is_drawn_with_its_fee(pool, pay):
    loan = committed_loan(pool, terms=terms())
    notice(loan, "400000")
    end_of_day(TODAY)
    release(fresh(loan))
    settle(fresh(loan), pay)
    drawdowns.record_drawn(on=TODAY + 5 * DAY, at=at(TODAY + 5 * DAY))
    drawn, fee = fresh(loan).events.order_by("sequence")
    assert (drawn.amount, fee.amount) == (600_000 * M, 30 * M)
    assert balance("loan.principal", loan.number) == 600_000 * M
    assert committed(loan) == 0
    assert unproven() == []


def test_all_of_it_ends_the_loan_and_its_fee_stays_due(pool):
    loan = committed_loan(pool, terms=terms())
    notice(loan, on=TODAY + 3 * DAY)
    end_of_day(TODAY + 10 * DAY)
    assert (fresh(loan).state, loan.commitment, committed(loan)) == ("cancelled", 0, 0)
    assert balance("loan.charges", loan.number) == 30 * M
    assert unproven() == []
    [before] = lent(TODAY + DAY)
    [after] = lent(TODAY + 4 * DAY)
    assert (before.state, before.undrawn) == ("committed", usdc("1000000"))
    assert (after.state, after.undrawn, after.exposure) == ("cancelled", usdc("0"), usdc("0"))
    with pytest.raises(NotPossibleNow):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)


def test_fee_of_days_that_were_closed_before_the_notice_counted_is_taken_back(pool):
    loan = committed_loan(pool, terms=terms())
    end_of_day(TODAY + 5 * DAY)
    assert balance("loan.charges", loan.number) == 50 * M
    # Given on the day, and closed late.
    notice(loan, on=TODAY + 2 * DAY, when=NOW + 2 * DAY)
    end_of_day(TODAY + 6 * DAY)
    assert fresh(loan).state == "cancelled"
    assert balance("loan.charges", loan.number) == 20 * M
    assert unproven() == []


def test_a_notice_may_be_taken_back_and_meanwhile_nothing_is_drawn(pool):
    loan = committed_loan(pool)
    made = notice(loan, on=TODAY + 3 * DAY)
    with pytest.raises(CancellationWaits, match=made.number):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotPossibleNow, match="waits already"):
        notice(loan)
    for somebody in (person("loan_officer"), person("institution_admin", scope="I-9999")):
        with pytest.raises(NotAllowed):
            cancellations.withdraw(cancellation=made, by=somebody, at=NOW)
    cancellations.withdraw(cancellation=made, by=admin_of(loan), at=NOW)
    end_of_day(TODAY + 4 * DAY)
    assert (fresh(made).state, fresh(loan).cancelled) == ("withdrawn", 0)
    assert drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)


@pytest.mark.parametrize(
    ("amount", "on", "why"),
    [
        ("1000000.01", TODAY, r"amount: 1,000,000.01 USDC is not above zero and at most"),
        ("0", TODAY, "amount"),
        ("1", TODAY - DAY, "on: 2025-10-13 is not between"),
        ("1", TODAY + 400 * DAY, "on: "),
    ],
)
def test_a_notice_that_makes_no_sense_is_refused(pool, amount, on, why):
    loan = committed_loan(pool)
    with pytest.raises(BadCancellation, match=why):
        notice(loan, amount, on=on)
    assert not Cancellation.objects.exists()


def test_only_the_institutions_own_people_give_notice(pool):
    loan = committed_loan(pool)
    for somebody in (
        person("loan_officer"),
        person("institution_admin", scope="I-9999"),
        person("institution_viewer", scope=loan.institution.number),
    ):
        with pytest.raises(NotAllowed):
            notice(loan, by=somebody)


def test_what_is_being_drawn_is_not_cancelled(pool, pay):
    loan = committed_loan(pool)
    release(loan)
    with pytest.raises(NotPossibleNow, match="is drawing, not committed"):
        notice(loan)
    with pytest.raises(NotPossibleNow):
        entered(loan)
    settle(fresh(loan), pay)
    drawdowns.record_drawn(on=TODAY, at=NOW)
    with pytest.raises(NotPossibleNow, match="is active"):
        notice(loan)


# --- by the lender, or on paper -------------------------------------------------------------------
def test_the_lender_cancels_under_four_eyes(pool):
    loan = committed_loan(pool, amount="3000000")
    officer = person("loan_officer")
    made, asked = entered(loan, by=officer)
    assert asked.roles == ["credit_checker", "committee"]
    assert asked.effect["amount"] == 3_000_000 * M
    with pytest.raises(NotApproved):
        booked(made)
    approve(asked)
    booked(made)
    assert (made.state, made.booked_on, fresh(loan).state) == ("booked", TODAY, "cancelled")
    assert committed(loan) == 0
    assert unproven() == []
    told = AuditRecord.objects.filter(subject=loan.number, what__contains="cancellation")
    assert [one.what for one in told.order_by("id")] == [
        "loan.cancellation_proposed",
        "loan.cancellation_booked",
    ]
    with pytest.raises(NotPossibleNow):
        booked(made)


def test_a_borrower_that_asked_on_paper_is_shown_by_it(pool):
    loan = committed_loan(pool)
    with pytest.raises(BadCancellation, match="paper: it must show"):
        entered(loan, side=Side.BORROWER)
    with pytest.raises(BadCancellation, match="nobody enters"):
        entered(loan, side=Side.LAPSE)
    with pytest.raises(BadCancellation, match="reason"):
        entered(loan, reason=" ")
    made, asked = entered(loan, "250000", side=Side.BORROWER, paper=PAPER)
    assert made.document.subject == loan.number
    assert asked.effect["document_digest"] == made.document.content_id
    approve(asked)
    booked(made)
    assert fresh(loan).commitment == 750_000 * M


def test_what_was_withdrawn_is_nothing_to_decide(pool):
    made, asked = entered(committed_loan(pool))
    cancellations.withdraw(cancellation=made, by=person("loan_officer"), at=NOW)
    assert list(withdrawn([asked])) == [asked]
    approve(asked)
    with pytest.raises(NotPossibleNow):
        booked(made)


def test_a_failure_half_way_leaves_nothing(pool):
    loan = committed_loan(pool)
    made, asked = entered(loan)
    approve(asked)
    with (
        mock.patch.object(
            cancellation_bookings.commitment_fees, "settle", side_effect=RuntimeError
        ),
        pytest.raises(RuntimeError),
    ):
        booked(made)
    assert (fresh(made).state, fresh(loan).cancelled) == ("proposed", 0)
    assert not Entry.objects.filter(kind="LOAN_CANCELLED").exists()


# --- by the end of the availability period --------------------------------------------------------
def test_what_is_not_available_any_more_lapses_at_the_end_of_the_day(pool):
    loan = committed_loan(pool, terms=terms(days=3))
    waiting = notice(loan, "1", on=TODAY + 30 * DAY)
    end_of_day(TODAY + 2 * DAY)
    assert fresh(loan).state == "committed"
    end_of_day(TODAY + 3 * DAY)
    made = loan.cancellations.get(side="lapse")
    assert (fresh(loan).state, made.state, made.asked_by) == ("cancelled", "booked", None)
    assert made.reason == f"It was to be drawn before {TODAY + 3 * DAY}"
    assert fresh(waiting).state == "withdrawn"
    assert balance("loan.charges", loan.number) == 30 * M
    assert unproven() == []


def test_a_drawdown_under_way_does_not_lapse_until_it_is_given_up(pool):
    from together.treasury.operations import disbursements

    loan = committed_loan(pool, terms=terms(days=3))
    order = drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    assert not end_of_day(TODAY + 5 * DAY).failed
    assert fresh(loan).state == "drawing"
    disbursements.withdraw(disbursement=order, by=person("treasury_officer"), at=NOW)
    drawdowns.take_back(at=NOW)
    end_of_day(TODAY + 6 * DAY)
    assert fresh(loan).state == "cancelled"
    assert balance("loan.charges", loan.number) == 30 * M
    assert unproven() == []


# --- the database alone ---------------------------------------------------------------------------
def test_the_database_cancels_nothing_by_itself(pool):
    loan = committed_loan(pool)
    for change in (
        {"cancelled": 5},
        {"cancelled": loan.amount, "state": "cancelled"},
        {"state": "cancelled"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Loan.objects.filter(pk=loan.pk).update(**change)
    made, asked = entered(loan, "5")
    for change in ({"amount": 7}, {"state": "booked", "booked_on": TODAY}, {"side": "borrower"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Cancellation.objects.filter(pk=made.pk).update(**change)
    approve(asked)
    # Approved, but neither the loan nor the books follow.
    with transaction.atomic():
        Cancellation.objects.filter(pk=made.pk).update(state="booked", booked_on=TODAY)
        with pytest.raises(DatabaseError, match="not in the books"):
            at_the_end()
        transaction.set_rollback(True)
    with pytest.raises(DatabaseError, match="a cancellation of it waits"), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).update(state="drawing")
    assert Approval.objects.filter(kind="loan.cancellation").count() == 1


def test_another_loan_may_use_what_was_given_back(pool):
    loan = committed_loan(pool, amount="9000000")
    made, asked = entered(loan)
    approve(asked)
    booked(made)
    again = approved(application(pool, amount="9000000", borrower=loan.institution))
    assert (
        applications.approve(
            application=again, on=TODAY, by=person("loan_officer"), at=NOW
        ).commitment
        == 9_000_000 * M
    )
