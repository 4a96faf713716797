"""The end of day: loans are closed in shards by their projections, or each by its replay."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from loans.models import Event, Loan, Projection
from loans.operations import books, closing
from loans.queries import proofs_of_books
from loans.queries.standing import payoff
from loans.rules.products import terms_of
from loans.rules.target import Target
from tests.at_once import at_once
from tests.factories import NOW, TODAY
from tests.loans.conftest import CALM
from tests.loans.factories import (
    active_loan,
    at,
    balance,
    close,
    late_receipt,
    loans_pool,
    paid,
    receipt,
)
from together.controls.models import AuditRecord
from together.ledger.models import Entry, Line
from together.treasury.operations import payouts
from together.treasury.operations.rails import rail

M = 10**6
DAY = timedelta(days=1)
NEXT = TODAY + DAY


def demand_proven() -> None:
    broken = [check for check in proofs_of_books.checks() if not check.holds]
    assert not broken, broken


def entries(loan: Loan):
    """Give what was booked for closed days: key within the loan, kind, day, account and amount."""
    lines = Line.objects.filter(entry__key__startswith=f"loan:{loan.number}:closed")
    return sorted(
        (
            line.entry.key.removeprefix(f"loan:{loan.number}:"),
            line.entry.kind,
            line.entry.happened_on,
            line.account.chart_id,
            line.amount,
        )
        for line in lines.select_related("entry", "account")
    )


def without_projection(loan: Loan) -> None:
    Projection.objects.filter(loan=loan).delete()


def replayed(monkeypatch) -> list[str]:
    """Watch which loans are closed by their replay."""
    found: list[str] = []
    real = closing.close_loan

    def close_loan(**named):
        found.append(named["loan"].number)
        return real(**named)

    monkeypatch.setattr(closing, "close_loan", close_loan)
    return found


@pytest.mark.parametrize("product", ["level_monthly", "equal_quarterly", "bullet"])
def test_a_projected_loan_gets_the_entries_of_a_replayed_one(pool, pay, product):
    terms = terms_of(product, rate="0.1", instalments=4)
    by_projection = active_loan(pool, pay, terms=terms)
    by_replay = active_loan(pool, pay, terms=terms)
    days = [TODAY + n * DAY for n in range(1, 100)]
    for day in days:
        closing.close_shard(loans=[by_projection.pk], day=day, at=at(day))
        closing.close_loan(loan=by_replay, on=day, at=at(day))
    assert entries(by_projection) == entries(by_replay)
    assert len(entries(by_projection)) > 180
    by_projection.refresh_from_db()
    assert by_projection.business_date == days[-1]
    demand_proven()


def test_every_event_stores_a_projection_of_all_events(pool, pay):
    loan = active_loan(pool, pay)
    assert Projection.objects.get(loan=loan).events == 1
    paid(loan, "20000", TODAY + 5 * DAY)
    stored = Projection.objects.get(loan=loan)
    assert (stored.events, stored.days[0]) == (2, TODAY + 5 * DAY)


def test_a_fresh_projection_closes_without_a_replay_and_a_stale_one_with_it(pool, pay, monkeypatch):
    fresh, stale, missing = (active_loan(pool, pay) for _ in range(3))
    without_projection(missing)
    # An event that nobody booked: its loan has more events than its projection knows.
    line = receipt(stale, "1", TODAY)
    Event.objects.create(
        **{"loan": stale, "sequence": 2, "type": "repayment", "on": TODAY, "amount": M},
        line=line,
        recorded_at=NOW,
    )
    closed_by_replay = replayed(monkeypatch)
    closed = closing.close_day(on=NEXT, at=at(NEXT))
    assert closed_by_replay == [stale.number, missing.number]
    assert (closed.loans, closed.failed) == (3, {})
    assert balance("loan.principal", stale.number) == 999_999 * M
    # What was replayed is projected anew, so that the next day is closed without a replay.
    closed_by_replay.clear()
    assert closing.close_day(on=NEXT + DAY, at=at(NEXT + DAY)).loans == 3
    assert closed_by_replay == []
    for loan in (fresh, stale, missing):
        loan.refresh_from_db()
        assert loan.business_date == NEXT + DAY
    demand_proven()


def test_closing_a_shard_twice_changes_nothing(pool, pay):
    loan = active_loan(pool, pay)
    assert closing.close_shard(loans=[loan.pk], day=NEXT, at=NOW).accrued > 0
    before = Entry.objects.count(), AuditRecord.objects.count()
    assert closing.close_shard(loans=[loan.pk], day=NEXT, at=NOW) == closing.Closed()
    assert (Entry.objects.count(), AuditRecord.objects.count()) == before


def test_a_projection_that_ends_on_the_way_is_taken_up_by_the_replay(pool, pay):
    loan = active_loan(pool, pay)
    until = Projection.objects.get(loan=loan).until
    closed = close(loan, until + 3 * DAY)
    assert (closed.loans, closed.failed) == (1, {})
    assert loan.business_date == until + 3 * DAY
    assert Projection.objects.get(loan=loan).days[0] == until + 3 * DAY
    demand_proven()


def test_closing_that_was_stopped_goes_on_where_it_was(pool, pay):
    loan = active_loan(pool, pay)
    reference = active_loan(pool, pay)
    days = [TODAY + n * DAY for n in range(1, 6)]
    for day in days[:2]:
        closing.close_shard(loans=[loan.pk], day=day, at=at(day))
    close(loan, days[-1])
    closing.close_loan(loan=reference, on=days[-1], at=NOW)
    assert entries(loan) == entries(reference)


def test_a_shard_that_fails_is_closed_loan_by_loan_and_names_who_cannot(pool, pay, monkeypatch):
    broken, sound = active_loan(pool, pay), active_loan(pool, pay)
    real = closing.life_of
    monkeypatch.setattr(closing.postings, "accrued", lambda *_: 1 / 0)
    monkeypatch.setattr(
        closing,
        "life_of",
        lambda loan: 1 / 0 if loan.number == broken.number else real(loan),
    )
    day = TODAY + 3 * DAY
    closed = closing.close_day(on=day, at=at(day))
    assert list(closed.failed) == [broken.number]
    assert closed.loans == 1
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.business_date, sound.business_date) == (TODAY, day)
    monkeypatch.undo()
    assert close(broken, day).loans == 1
    demand_proven()


def test_a_shard_that_fails_halfway_leaves_nothing(pool, pay, monkeypatch):
    loan = active_loan(pool, pay)
    # What is written down last cannot be: its subject is longer than the trail takes.
    broken = closing.CLOSE.replace("'loan.day_closed', number", "repeat('x', 61), number")
    assert broken != closing.CLOSE
    monkeypatch.setattr(closing, "CLOSE", broken)
    with pytest.raises(DatabaseError, match="too long"):
        closing.close_shard(loans=[loan.pk], day=NEXT, at=NOW)
    loan.refresh_from_db()
    assert loan.business_date == TODAY
    assert entries(loan) == []


def test_a_projection_that_cannot_be_worked_out_stops_nobody(pool, pay):
    poisoned, sound = active_loan(pool, pay), active_loan(pool, pay)
    stored = Projection.objects.get(loan=poisoned)
    stored.slopes = [2**62 for _ in stored.slopes]
    stored.save()
    day = TODAY + 3 * DAY
    closed = closing.close_day(on=day, at=at(day))
    assert (closed.loans, closed.failed) == (2, {})
    assert entries(poisoned) != []
    assert [row[1:] for row in entries(poisoned)] == [row[1:] for row in entries(sound)]
    demand_proven()


def test_of_a_shard_with_a_bad_loan_only_that_one_is_replayed(pool, pay, monkeypatch):
    loans = [active_loan(pool, pay) for _ in range(5)]
    poisoned = loans[3]
    stored = Projection.objects.get(loan=poisoned)
    stored.slopes = [2**62 for _ in stored.slopes]
    stored.save()
    closed_by_replay = replayed(monkeypatch)
    day = TODAY + 3 * DAY
    closed = closing.close_day(on=day, at=at(day))
    assert (closed.loans, closed.failed) == (5, {})
    assert closed_by_replay == [poisoned.number]
    books_of = {tuple(row[1:] for row in entries(loan)) for loan in loans}
    assert len(books_of) == 1
    assert closed.accrued == balance("income.interest", pool.code)
    # Run twice it does nothing.
    before = Entry.objects.count(), AuditRecord.objects.count()
    assert closing.close_day(on=day, at=at(day)) == closing.Closed()
    assert (Entry.objects.count(), AuditRecord.objects.count()) == before
    demand_proven()


def test_a_shard_is_closed_in_one_statement_that_python_sees_nothing_of(pool, pay):
    loans = [active_loan(pool, pay).pk for _ in range(3)]
    with CaptureQueriesContext(connection) as found:
        closed = closing.close_shard(loans=loans, day=NEXT, at=NOW)
    assert closed == closing.Closed(loans=3, accrued=3 * 333_330_000)
    asked = [one["sql"].split()[0] for one in found.captured_queries]
    assert [word for word in asked if word in ("SELECT", "INSERT", "UPDATE", "WITH")] == [
        "SELECT",
        "WITH",
    ]


def test_interest_that_falls_is_taken_back(pool, pay):
    # 1,000,000.00 x 12 % x 5 / 360 = 1,666.67, then for five days 10.00 less a day.
    loan = active_loan(pool, pay)
    life = books.life_of(books.locked(loan))
    life.book.set_rate(TODAY + 5 * DAY, Fraction("-0.0036"))
    books.keep_projection(loan, life, TODAY, Target())
    booked = [
        closing.close_shard(loans=[loan.pk], day=TODAY + n * DAY, at=NOW).accrued
        for n in range(1, 11)
    ]
    assert booked[5:] == [-10 * M] * 5
    assert balance("loan.interest", loan.number) == 1_616_670_000
    assert balance("income.interest", pool.code) == 1_616_670_000


def test_a_backdated_receipt_is_followed_by_the_right_days(pool, pay):
    on_time, backdated = active_loan(pool, pay), active_loan(pool, pay)
    paid(on_time, "300000", TODAY + 20 * DAY)
    close(on_time, TODAY + 40 * DAY)
    late_receipt(backdated, "300000", TODAY + 20 * DAY, TODAY + 40 * DAY)
    close(on_time, TODAY + 60 * DAY)
    for code in ("loan.principal", "loan.interest"):
        assert balance(code, on_time.number) == balance(code, backdated.number)
    demand_proven()


def test_days_before_the_one_the_books_stand_at_are_closed_without_an_entry(pool, pay):
    ahead, reference = active_loan(pool, pay), active_loan(pool, pay)
    for loan in (ahead, reference):
        paid(loan, "1000", TODAY + 5 * DAY)
    close(ahead, TODAY + 3 * DAY)
    assert ahead.business_date == TODAY + 3 * DAY
    assert entries(ahead) == []
    close(ahead, TODAY + 8 * DAY)
    days = sorted({row[2] for row in entries(ahead)})
    assert days == [TODAY + n * DAY for n in (6, 7, 8)]
    demand_proven()


def test_a_repaid_loan_is_closed_by_its_replay(pool, pay):
    loan = active_loan(pool, pay)
    day = TODAY + 10 * DAY
    close(loan, day - DAY)
    paid(loan, str(payoff(loan, day).decimal), day)
    assert not Projection.objects.filter(loan=loan).exists()
    close(loan, day)
    assert loan.state == "closed"
    demand_proven()


def test_each_closed_day_of_each_loan_is_on_record(pool, pay):
    loan = active_loan(pool, pay)
    close(loan, TODAY + 2 * DAY)
    acts = AuditRecord.objects.filter(what="loan.day_closed", subject=loan.number).order_by("id")
    assert [act.details for act in acts] == [
        {"from": TODAY.isoformat(), "to": NEXT.isoformat(), "accrued": 333_330_000},
        {
            "from": NEXT.isoformat(),
            "to": (NEXT + DAY).isoformat(),
            "accrued": 333_340_000,
        },
    ]


def test_the_number_of_statements_does_not_depend_on_the_number_of_loans(pool, pay):
    few = [active_loan(pool, pay).pk for _ in range(2)]
    many = [active_loan(pool, pay).pk for _ in range(6)]
    counts = []
    for loans in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as found:
            closing.close_shard(loans=loans, day=NEXT, at=NOW)
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert Loan.objects.filter(business_date=NEXT).count() == 8


def test_progress_is_told_shard_by_shard(pool, pay, monkeypatch):
    monkeypatch.setattr(closing, "SHARD", 2)
    for _ in range(3):
        active_loan(pool, pay)
    told: list[tuple[int, int]] = []
    closed = closing.close_day(on=NEXT, at=NOW, progress=lambda done, of: told.append((done, of)))
    assert told == [(2, 3), (3, 3)]
    assert closed.loans == 3


def test_the_database_refuses_a_projection_of_other_events_or_out_of_order(pool, pay):
    loan = active_loan(pool, pay)
    stored = Projection.objects.get(loan=loan)
    wrong = [
        {"events": stored.events + 1},
        {"days": stored.days[::-1]},
        {"bases": stored.bases[1:]},
        {"denominators": [0 for _ in stored.denominators]},
        {"until": stored.days[0]},
        {"rounding": "by_feeling"},
        {"unit": 0},
    ]
    for said in wrong:
        with pytest.raises(DatabaseError, match="projection of loan"), transaction.atomic():
            Projection.objects.filter(loan=loan).update(**said)


def test_two_closings_at_once_close_each_day_once(own_database):
    rail().set_conditions(CALM)
    pool = loans_pool()

    def work(batch: str) -> None:
        payouts.work(batch=batch, worker="w1", rail=rail(), seconds=20)

    loans = [active_loan(pool, work) for _ in range(3)]
    day = TODAY + 4 * DAY
    found = at_once(*[lambda: closing.close_day(on=day, at=at(day))] * 3)
    assert [one.failed for one in found] == [{}, {}, {}]
    for loan in loans:
        loan.refresh_from_db()
        assert loan.business_date == day
        assert len(entries(loan)) == 8
    demand_proven()
