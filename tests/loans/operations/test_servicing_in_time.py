"""The same story booked on time, and late, shuffled and with mistakes reversed: the same books."""

import random
from datetime import timedelta

import pytest

from loans.operations import closing
from loans.operations.effects import NotAdjustable
from loans.queries.books import booked
from loans.queries.standing import standing
from tests.factories import TODAY
from tests.loans.factories import active_loan, adjusted, at, close, late_receipt, paid, unproven

END = TODAY + timedelta(days=100)
MOST_TRIES = 40


def story(seed: int) -> list[tuple]:
    """Tell what happens on which day: kind, amount and further fields, each day once."""
    chance = random.Random(seed)
    days = iter(sorted(chance.sample(range(2, 95), 8)))
    first_due = (TODAY + timedelta(days=130)).isoformat()
    kinds = [
        ("charge", str(chance.randint(1, 900)), {"kind": chance.choice(["fee", "penalty"])}),
        ("charge_waiver", "", {}),
        ("repayment", f"{chance.randint(1, 120_000)}.{chance.randint(10, 99)}", {}),
        ("rate_change", "", {"rate": chance.choice(["0", "0.04", "0.2"])}),
        ("accrual_waiver", "0.01", {}),
        ("repayment", f"{chance.randint(1, 2_000)}", {}),
        chance.choice(
            [
                ("extend", "", {"instalments": 3}),
                ("re_age", "", {"first_due_date": first_due, "instalments": 9}),
                ("charge_off", "", {"behaviour": "zero_interest"}),
            ]
        ),
        chance.choice([("goodwill_credit", "50", {}), ("repayment", "99999", {})]),
    ]
    return [(TODAY + timedelta(days=next(days)), *what) for what in kinds]


def on_time(loan, told: list[tuple]) -> list[tuple]:
    """Record each event on its day, and give those that the engine took."""
    taken = []
    for day, kind, amount, further in told:
        close(loan, day - timedelta(days=1))
        try:
            if kind == "repayment":
                assert paid(loan, amount, day)
            else:
                adjusted(loan, kind, day, amount, **further)
        except NotAdjustable:
            continue
        taken.append((day, kind, amount, further))
        loan.refresh_from_db()
    close(loan, END)
    return taken


def late(loan, told: list[tuple], chance: random.Random) -> None:
    """Record everything after the end, in any order that the engine takes."""
    close(loan, END)
    waiting = list(told)
    chance.shuffle(waiting)
    for _ in range(MOST_TRIES):
        if not waiting:
            return
        day, kind, amount, further = waiting.pop(0)
        try:
            if kind == "repayment":
                late_receipt(loan, amount, day, END)
            else:
                adjusted(loan, kind, day, amount, today=END, **further)
        except NotAdjustable:
            # What it gives up is not there yet.
            assert kind != "repayment", "money in is always taken"
            waiting.append((day, kind, amount, further))
        loan.refresh_from_db()
    raise AssertionError(f"not taken in any order: {waiting}")


@pytest.mark.parametrize("seed", range(6))
def test_booked_late_in_any_order_gives_the_books_of_on_time(pool, pay, seed):
    told = story(seed)
    punctual, tardy = active_loan(pool, pay), active_loan(pool, pay)
    taken = on_time(punctual, told)
    assert len(taken) >= 6
    late(tardy, taken, random.Random(seed))
    assert booked(tardy) == booked(punctual)
    assert standing(tardy, END) == standing(punctual, END)
    assert unproven() == []


@pytest.mark.parametrize("seed", range(6, 10))
def test_a_mistake_that_is_reversed_leaves_the_books_without_it(pool, pay, seed):
    told = story(seed)
    sound, mistaken = active_loan(pool, pay), active_loan(pool, pay)
    wrong = [
        ("charge", "77", {}),
        ("rate_change", "", {"rate": "0.3"}),
        ("repayment", "1234.56", {}),
        ("write_off", "", {}),
    ][seed % 4]
    kind, amount, further = wrong
    day = TODAY + timedelta(days=1)
    if kind == "repayment":
        paid(mistaken, amount, day)
    else:
        adjusted(mistaken, kind, day, amount, **further)
    # Days pass before anybody notices; the other loan lives its days one by one afterwards.
    noticed = day + timedelta(days=20)
    closing.close_loan(loan=mistaken, on=noticed, at=at(noticed))
    adjusted(mistaken, "reversal", noticed, target=2)
    taken = on_time(sound, told)
    late(mistaken, taken, random.Random(seed))
    assert booked(mistaken) == booked(sound)
    assert unproven() == []
