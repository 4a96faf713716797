"""The account statement: what is owed is what the books and the payoff quote say."""

from datetime import timedelta

from loans.queries.account_statement import account_statement
from loans.queries.standing import payoff
from loans.rules.replay.events import BEYOND, FIXING, TYPES
from tests.factories import TODAY, usdc
from tests.loans.factories import active_loan, committed_loan, paid


def test_nothing_stands_there_before_the_drawdown(pool):
    found = account_statement(committed_loan(pool), TODAY)
    assert found.lines == ()
    assert found.owed == usdc("0")


def test_the_statement_ends_with_what_pays_the_loan_off(pool, pay):
    loan = active_loan(pool, pay)
    paid(loan, "1000", TODAY + timedelta(days=10))
    loan.refresh_from_db()
    day = TODAY + timedelta(days=40)
    found = account_statement(loan, day)
    assert [line.what for line in found.lines] == ["Drawdown", "Payment received"]
    assert found.owed == payoff(loan, day)
    last = found.lines[-1]
    assert last.principal + last.interest + last.charges + last.overpaid == last.amount
    assert last.balance == found.principal


def test_every_kind_of_event_has_its_words():
    from loans.queries.account_statement import WORDS

    # Fixings of rates have a list of their own.
    silent = {"charge", "reversal", "end_of_day", "checkpoint", FIXING}
    assert set(WORDS) == {*TYPES, *BEYOND} - silent
