"""A loan from its approval to its end: the books follow the replay, cent by cent."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Event, Loan
from loans.operations import closing, drawdowns, receipts
from loans.queries import proofs_of_books
from loans.queries.standing import payoff, standing
from tests.factories import NOW, TODAY, person
from tests.loans.factories import (
    active_loan,
    at,
    balance,
    close,
    committed_loan,
    late_receipt,
    paid,
    receipt,
    release,
)
from together.controls.rules.lifecycle import NotPossibleNow

M = 10**6


def demand_proven() -> None:
    broken = [check for check in proofs_of_books.checks() if not check.holds]
    assert not broken, broken


def test_a_drawn_loan_stands_in_the_books_as_lent(pool, pay):
    loan = active_loan(pool, pay)
    assert loan.state == "active"
    assert balance("loan.principal", loan.number) == 1_000_000 * M
    assert balance("fund.lent", pool.code) == 1_000_000 * M
    assert balance("fund.committed", loan.number) == 0
    assert balance("fund.available", pool.code) == 19_000_000 * M
    demand_proven()


def test_a_drawdown_is_recorded_once(pool, pay):
    loan = active_loan(pool, pay)
    assert drawdowns.record_drawn(on=TODAY, at=NOW) == []
    assert loan.events.count() == 1
    demand_proven()


def test_a_drawdown_that_was_asked_for_cannot_be_asked_for_again(pool):
    loan = committed_loan(pool)
    release(loan)
    with pytest.raises(NotPossibleNow):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)


def test_nothing_is_recorded_before_the_rail_has_paid(pool):
    loan = committed_loan(pool)
    release(loan)
    assert drawdowns.record_drawn(on=TODAY, at=NOW) == []
    loan.refresh_from_db()
    assert loan.state == "drawing"
    demand_proven()


def test_interest_accrues_day_by_day_to_what_the_engine_says(pool, pay):
    # 1,000,000.00 x 12 % x 30 / 360 = 10,000.00
    loan = active_loan(pool, pay)
    close(loan, TODAY + timedelta(days=30))
    assert balance("loan.interest", loan.number) == 10_000 * M
    assert balance("income.interest", pool.code) == 10_000 * M
    demand_proven()


def test_closing_a_day_twice_changes_nothing(pool, pay):
    loan = active_loan(pool, pay)
    day = TODAY + timedelta(days=10)
    assert close(loan, day).loans == 1
    again = close(loan, day)
    assert (again.loans, again.accrued, again.failed) == (0, 0, {})
    demand_proven()


def test_catching_up_many_days_gives_the_books_of_closing_each(pool, pay):
    daily = active_loan(pool, pay)
    late = active_loan(pool, pay)
    for n in range(1, 16):
        closing.close_loan(loan=daily, on=TODAY + timedelta(days=n), at=NOW)
    closing.close_loan(loan=late, on=TODAY + timedelta(days=15), at=NOW)
    entries = [_entries(loan) for loan in (daily, late)]
    assert entries[0] == entries[1]
    assert len(entries[0]) > 15
    demand_proven()


def _entries(loan: Loan):
    from together.ledger.models import Line

    lines = Line.objects.filter(entry__key__startswith=f"loan:{loan.number}:closed")
    return sorted(
        (line.entry.happened_on, line.account.chart_id, line.amount)
        for line in lines.select_related("entry", "account")
    )


def test_a_payment_on_time_settles_the_instalment(pool, pay):
    loan = active_loan(pool, pay)
    first = standing(loan, TODAY).instalments[0]
    close(loan, first.due_on)
    (done,) = paid(loan, str(first.due.decimal), first.due_on)
    assert (done.split.principal, done.split.interest) == (first.principal, first.interest)
    now = standing(loan, first.due_on)
    assert (now.due_now.minor_units, now.days_past_due, now.bucket) == (0, 0, "current")
    assert balance("receipts.unallocated", pool.code) == 0
    assert balance("fund.available", pool.code) == 19_000_000 * M + first.principal.minor_units
    demand_proven()


def test_a_part_payment_leaves_the_rest_past_due(pool, pay):
    loan = active_loan(pool, pay)
    first = standing(loan, TODAY).instalments[0]
    close(loan, first.due_on)
    paid(loan, "1000", first.due_on)
    late = standing(loan, first.due_on + timedelta(days=40))
    assert late.days_past_due == 40
    assert late.bucket == "31-60"
    demand_proven()


def test_a_receipt_is_booked_once_however_often_receipts_are_allocated(pool, pay):
    loan = active_loan(pool, pay)
    paid(loan, "5000", TODAY + timedelta(days=5))
    assert receipts.allocate(pool=pool, at=NOW) == []
    assert loan.events.count() == 2
    demand_proven()


def test_a_receipt_that_names_no_loan_waits_with_a_reason(pool, pay):
    loan = active_loan(pool, pay)
    line = receipt(pool, "77", TODAY, reference="many thanks")
    other = receipt(pool, "78", TODAY, reference="L-9999")
    assert receipts.allocate(pool=pool, at=NOW) == []
    reasons = {one.line.pk: one.reason for one in receipts.waiting(pool)}
    assert reasons[line.pk] == "its reference does not name one loan"
    assert "no loan L-9999" in reasons[other.pk]
    assert balance("receipts.unallocated", pool.code) == 155 * M
    receipts.assign(line=line, loan=loan, by=person("loan_officer"), at=NOW)
    assert balance("receipts.unallocated", pool.code) == 78 * M
    demand_proven()


def test_an_assigned_receipt_cannot_be_assigned_again(pool, pay):
    loan = active_loan(pool, pay)
    line = receipt(pool, "77", TODAY, reference="many thanks")
    officer = person("loan_officer")
    receipts.assign(line=line, loan=loan, by=officer, at=NOW)
    with pytest.raises(receipts.NotAllocatable, match="allocated already"):
        receipts.assign(line=line, loan=loan, by=officer, at=NOW)


def test_the_split_is_shown_before_it_is_booked(pool, pay):
    loan = active_loan(pool, pay)
    day = TODAY + timedelta(days=30)
    close(loan, day)
    line = receipt(loan, "50000", day)
    shown = receipts.preview(line)
    (done,) = receipts.allocate(pool=pool, at=at(day))
    assert done.split == shown
    assert shown.interest.minor_units == 10_000 * M
    assert receipts.preview(receipt(pool, "1", day, reference="?")) is None


def test_a_receipt_of_a_closed_day_waits_for_a_person(pool, pay):
    loan = active_loan(pool, pay)
    close(loan, TODAY + timedelta(days=20))
    line = receipt(loan, "5000", TODAY + timedelta(days=19))
    assert receipts.allocate(pool=pool, at=NOW) == []
    (waits,) = receipts.waiting(pool)
    assert f"closed up to {TODAY + timedelta(days=20)}: propose it" in waits.reason
    with pytest.raises(receipts.NotAllocatable, match="propose it as an adjustment"):
        receipts.assign(line=line, loan=loan, by=person("loan_officer"), at=NOW)
    assert balance("receipts.unallocated", pool.code) == 5_000 * M
    demand_proven()


def test_a_backdated_receipt_gives_the_books_of_one_on_time(pool, pay):
    on_time = active_loan(pool, pay)
    backdated = active_loan(pool, pay)
    day, later = TODAY + timedelta(days=20), TODAY + timedelta(days=75)
    paid(on_time, "300000", day)
    close(on_time, later)
    backdated.refresh_from_db()
    done = late_receipt(backdated, "300000", day, later)
    assert done.event.on == day
    assert done.as_of == later
    moved = {code: amount for code, _, amount in done.difference["entry"]}
    assert moved["income.interest"] > 0, "less was earned since"
    for code in ("loan.principal", "loan.interest", "loan.overpaid"):
        assert balance(code, on_time.number) == balance(code, backdated.number)
    assert receipts.waiting(pool) == []
    demand_proven()


def test_paying_the_quoted_payoff_closes_the_loan(pool, pay):
    loan = active_loan(pool, pay)
    day = TODAY + timedelta(days=45)
    close(loan, day - timedelta(days=1))
    paid(loan, str(payoff(loan, day).decimal), day)
    close(loan, day)
    assert loan.state == "closed"
    assert balance("loan.principal", loan.number) == 0
    assert balance("loan.interest", loan.number) == 0
    assert balance("fund.available", pool.code) == 20_000_000 * M
    demand_proven()


def test_what_is_overpaid_stays_the_borrowers(pool, pay):
    loan = active_loan(pool, pay)
    day = TODAY + timedelta(days=45)
    owed = payoff(loan, day).decimal
    paid(loan, str(owed + 5), day)
    close(loan, day)
    assert loan.state == "closed"
    assert balance("loan.overpaid", loan.number) == 5 * M
    assert standing(loan, day).overpaid.minor_units == 5 * M
    demand_proven()


def test_money_for_a_closed_loan_is_overpaid(pool, pay):
    loan = active_loan(pool, pay)
    day = TODAY + timedelta(days=45)
    paid(loan, str(payoff(loan, day).decimal), day)
    close(loan, day)
    paid(loan, "12", day + timedelta(days=3))
    assert balance("loan.overpaid", loan.number) == 12 * M
    demand_proven()


def test_a_whole_life_of_each_product_ends_with_everything_repaid(pool, pay):
    from loans.rules.products import PRODUCTS, terms_of

    for product in PRODUCTS:
        terms = terms_of(product.code, rate="0.04", instalments=4)
        loan = active_loan(pool, pay, terms=terms, amount="250000")
        for row in standing(loan, TODAY).instalments:
            now = standing(loan, row.due_on)
            paid(loan, str(now.due_now.decimal), row.due_on)
            close(loan, row.due_on)
        assert loan.state == "closed", product.code
        assert balance("loan.overpaid", loan.number) == 0
        demand_proven()


def test_halfway_failure_of_an_allocation_leaves_nothing(pool, pay, monkeypatch):
    loan = active_loan(pool, pay)
    day = date(2025, 11, 14)
    receipt(loan, "50000", day)
    monkeypatch.setattr(receipts, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        receipts.allocate(pool=pool, at=at(day))
    assert loan.events.count() == 1
    assert balance("receipts.unallocated", pool.code) == 50_000 * M


def test_the_database_refuses_a_repayment_that_never_came_in(pool, pay):
    loan = active_loan(pool, pay)
    day = TODAY + timedelta(days=3)
    line = receipt(loan, "50", day)
    for amount, when, named in (
        (50 * M, day, None),
        (51 * M, day, line),
        (50 * M, TODAY, line),
    ):
        with pytest.raises(DatabaseError, match="no receipt"), transaction.atomic():
            Event.objects.create(
                loan=loan,
                sequence=2,
                type="repayment",
                on=when,
                amount=amount,
                line=named,
                recorded_at=NOW,
            )


def test_two_runs_at_once_allocate_and_record_everything_once(own_database):
    import threading

    from django.db import connection

    from tests.loans.conftest import CALM
    from tests.loans.factories import loans_pool
    from together.treasury.operations import payouts
    from together.treasury.operations.rails import rail

    rail().set_conditions(CALM)
    pool = loans_pool()
    loan = committed_loan(pool)
    release(loan)
    loan.refresh_from_db()
    payouts.work(batch=loan.disbursement.batches.get().number, worker="w", rail=rail(), seconds=20)
    recorded: list[Loan] = []
    allocated: list[receipts.Allocated] = []

    def together(work) -> None:
        def run() -> None:
            try:
                work()
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    together(lambda: recorded.extend(drawdowns.record_drawn(on=TODAY, at=NOW)))
    for n in range(1, 4):
        receipt(loan, "1000", TODAY + timedelta(days=n))
    together(lambda: allocated.extend(receipts.allocate(pool=pool, at=NOW)))
    loan.refresh_from_db()
    assert [one.number for one in recorded] == [loan.number]
    assert len(allocated) == 3
    assert loan.events.count() == 4
    demand_proven()
