"""Standing and portfolio: what people see is what the engine says, at a constant cost."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.operations import closing
from loans.queries import proofs_of_books
from loans.queries.portfolio import portfolio
from loans.queries.standing import payoff, planned, standing
from loans.rules.products import PRODUCTS, terms_of
from tests.factories import TODAY, usdc
from tests.loans.factories import active_loan, close, committed_loan, paid
from together.ledger.operations import posting
from together.ledger.rules.movements import Posting, credit, debit

M = 10**6


def test_nothing_is_owed_before_the_drawdown(pool):
    loan = committed_loan(pool)
    found = standing(loan, TODAY)
    assert found.principal_outstanding == payoff(loan, TODAY) == usdc("0")
    assert (found.instalments, found.next_due_on, found.bucket) == ((), None, "current")


def test_the_plan_is_shown_before_the_drawdown():
    for product in PRODUCTS:
        terms = terms_of(product.code, rate="0.04", instalments=4)
        rows = planned(terms, usdc("1000000"), date(2025, 11, 3))
        assert sum(row.principal.minor_units for row in rows) == 1_000_000 * M
        assert rows[-1].balance == usdc("0")


def test_standing_says_what_is_due_when(pool, pay):
    # 1,000,000.00 at 12 %, ACT/360, bullet by quarters: 92 days earn 30,666.67.
    terms = terms_of("bullet", rate="0.12", instalments=2) | {"day_count": "ACT/360"}
    loan = active_loan(pool, pay, terms=terms)
    first = date(2026, 1, 14)
    before = standing(loan, first - timedelta(days=1))
    assert (before.next_due_on, before.next_due) == (first, usdc("30666.67"))
    assert before.due_now == usdc("0")
    due = standing(loan, first)
    assert (due.due_now, due.interest_accrued) == (usdc("30666.67"), usdc("30666.67"))
    late = standing(loan, first + timedelta(days=5))
    assert (late.days_past_due, late.bucket) == (5, "1-30")


def test_terms_without_buckets_get_the_usual_ones(pool, pay):
    terms = terms_of("bullet", rate="0.12", instalments=1)
    del terms["delinquency"]
    loan = active_loan(pool, pay, terms=terms)
    due = standing(loan, TODAY).instalments[0].due_on
    assert standing(loan, due + timedelta(days=61)).bucket == "61-90"


def test_the_portfolio_adds_up_and_sorts_arrears(pool, pay):
    punctual, late = active_loan(pool, pay), active_loan(pool, pay, amount="500000")
    committed_loan(pool, amount="250000")
    first = standing(punctual, TODAY).instalments[0]
    paid(punctual, str(first.due.decimal), first.due_on)
    found = portfolio(pool, first.due_on + timedelta(days=20))
    arrears = {one.bucket: (one.count, one.principal) for one in found.arrears}
    assert arrears["current"][0] == 1
    assert arrears["1-30"] == (1, usdc("500000"))
    assert found.undrawn == usdc("250000")
    assert found.principal.minor_units == sum(
        one.standing.principal_outstanding.minor_units for one in found.holdings
    )
    assert late.number in {one.loan.number for one in found.holdings}


def test_more_loans_ask_no_more_questions(pool, pay):
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            portfolio(pool, TODAY)
        return len(asked)

    active_loan(pool, pay)
    few = questions()
    for _ in range(3):
        active_loan(pool, pay)
    assert questions() == few


def test_a_wrong_entry_is_found_by_the_proof(pool, pay):
    loan = active_loan(pool, pay)
    assert all(check.holds for check in proofs_of_books.checks())
    cent = usdc("0.01")
    posting.post(
        Posting(
            key="wrong",
            kind="WRONG",
            on=TODAY,
            movements=(
                debit("loan.interest", loan.number, cent),
                credit("income.interest", pool.code, cent),
            ),
        )
    )
    broken = {check.name for check in proofs_of_books.checks() if not check.holds}
    assert broken == {
        f"Loan {loan.number}: books = replay",
        f"Loans of {pool.code}: interest income = accrued",
    }


def test_the_command_closes_a_day_and_refuses_one_that_is_not_over(pool, pay, capsys):
    loan = active_loan(pool, pay)
    day = TODAY + timedelta(days=2)
    call_command("close_day", "--date", day.isoformat())
    assert "1 loans closed" in capsys.readouterr().out
    loan.refresh_from_db()
    assert loan.business_date == day
    with pytest.raises(CommandError, match="not over"):
        call_command("close_day", "--date", "2999-01-01")


def test_the_command_names_a_loan_that_cannot_be_closed(pool, pay, monkeypatch):
    loan = active_loan(pool, pay)
    monkeypatch.setattr(closing.postings, "accrual", lambda: 1 / 0)
    monkeypatch.setattr(closing, "life_of", lambda _: 1 / 0)
    with pytest.raises(CommandError, match=loan.number):
        call_command("close_day", "--date", (TODAY + timedelta(days=2)).isoformat())


def test_the_payoff_grows_by_a_day_of_interest(pool, pay):
    # 1,000,000.00 x 12 % / 360 = 333.33 a day.
    loan = active_loan(pool, pay)
    close(loan, TODAY + timedelta(days=3))
    quotes = [payoff(loan, TODAY + timedelta(days=n)).decimal for n in (0, 3)]
    assert [str(quote.quantize(quote)) for quote in quotes] == [
        "1000000.000000",
        "1001000.000000",
    ]
