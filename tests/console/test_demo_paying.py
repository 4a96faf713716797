"""How the borrowers of the demo pay: each habit by its days, its amounts and its references."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from loans.queries.standing import Standing, planned
from together.console.operations.demo import funds, paying
from together.console.operations.demo.borrowers import BORROWERS
from together.ledger.rules.money import Money, parse

DRAWN = date(2026, 1, 1)
NOTHING = Money(0, "USDC")
pytestmark = pytest.mark.fast


def sent(monkeypatch, habit):
    """Give what a borrower of a habit sends by day if nothing that it sent was allocated."""
    borrower = next(one for one in BORROWERS if one.habit == habit)
    rows = planned(borrower.terms, parse(borrower.amount, "USDC"), DRAWN)

    def standing(_, day):
        due = sum((row.due for row in rows if row.due_on <= day), NOTHING)
        owed = parse(borrower.amount, "USDC")
        return Standing(day, owed, NOTHING, due, None, NOTHING, NOTHING, 0, "current", rows)

    found = []
    world = SimpleNamespace(
        receive=lambda **said: found.append((day, said["amount"], said["reference"]))
    )
    monkeypatch.setattr(paying, "standing", standing)
    monkeypatch.setattr(paying, "drawn", lambda _: DRAWN)
    monkeypatch.setattr(funds, "world", lambda: world)
    loan = SimpleNamespace(
        number="L-0001",
        institution=SimpleNamespace(lei=borrower.lei, legal_name=borrower.legal_name),
    )
    pool = SimpleNamespace(main_account=SimpleNamespace(identifier="wallet"))
    for day in sorted(paying.days(loan)):
        paying.send(loan, day, pool)
    return rows, found


@pytest.mark.parametrize("habit", ["on time", "margin-called", "restructured"])
def test_what_is_due_is_paid_on_its_day(monkeypatch, habit):
    rows, found = sent(monkeypatch, habit)
    assert found == [(row.due_on, row.due.minor_units, "L-0001") for row in rows]


def test_who_pays_late_pays_nothing_on_the_day_and_all_that_is_due_twelve_days_after(monkeypatch):
    rows, found = sent(monkeypatch, "late")
    assert found[0] == (rows[0].due_on + timedelta(days=12), rows[0].due.minor_units, "L-0001")
    assert not {day for day, *_ in found} & {row.due_on for row in rows}


def test_who_pays_early_sends_it_five_days_before(monkeypatch):
    rows, found = sent(monkeypatch, "early")
    assert found[0] == (rows[0].due_on - timedelta(days=5), rows[0].due.minor_units, "L-0001")


def test_who_pays_in_part_pays_three_fifths_and_the_rest_twenty_days_later(monkeypatch):
    rows, found = sent(monkeypatch, "partial")
    assert found[0] == (rows[0].due_on, rows[0].due.minor_units * 3 // 5, "L-0001")
    assert found[1][0] == rows[0].due_on + timedelta(days=20)


def test_who_pays_too_much_pays_250_more(monkeypatch):
    rows, found = sent(monkeypatch, "over-paid")
    assert [amount for _, amount, _ in found] == [row.due.minor_units + 250 * 10**6 for row in rows]


def test_two_payments_name_another_loan_or_none(monkeypatch):
    rows, found = sent(monkeypatch, "mis-referenced")
    named = [reference for _, _, reference in found]
    assert len(found) == len(rows)
    assert (named[2], named[5]) == ("ALDGATE INVOICE 2291", "L-9999 ALDGATE")
    assert set(named) - set(paying.MISNAMED.values()) == {"L-0001"}


def test_who_prepays_pays_everything_on_one_day_and_nothing_after(monkeypatch):
    _, found = sent(monkeypatch, "prepaid")
    assert found[-1] == (DRAWN + timedelta(days=130), 2_000_000 * 10**6, "L-0001")
    assert len(found) == 2


def test_who_is_silent_pays_nothing(monkeypatch):
    assert sent(monkeypatch, "silent")[1] == []
