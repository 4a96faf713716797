"""Replays: the whole life of a long loan folded anew."""

from datetime import date, timedelta
from fractions import Fraction

from loans.formats.agreed import read_agreed
from loans.rules.replay.events import Event
from loans.rules.replay.fold import checkpoint, lived
from loans.rules.schedule.changes import RateChange
from tests.benchmarks.measuring import Line, measured

YEARS, DRAWN_ON = 10, date(2024, 1, 15)


def events() -> list[Event]:
    """Make 200 events in ten years: payments, some dated back, fees and resets of the rate."""
    found = [Event("drawdown", DRAWN_ON, Fraction(1_000_000), 0)]
    for month in range(1, YEARS * 12 + 1):
        day = date(2024 + month // 12, month % 12 + 1, 15)
        found.append(Event("repayment", day, Fraction("11102.05"), len(found)))
        if month % 3 == 0:
            found.append(Event("charge", day + timedelta(days=5), Fraction(25), len(found)))
        if month % 6 == 0:
            rate = Fraction(month % 5 + 4, 100)
            on = day + timedelta(days=7)
            found.append(Event("rate_change", on, None, len(found), change=RateChange(on, rate)))
        if month % 6 == 1:
            day -= timedelta(days=40 if month > 1 else 0)
            found.append(Event("repayment", day, Fraction(500), len(found)))
    return found[:200]


def lines(*, is_small: bool) -> list[Line]:
    """Measure a replay to the end of the loan; nobody else has one to compare with."""
    terms = read_agreed(
        {
            "method": "level_payment",
            "rate": "0.06",
            "day_count": "ACT/360",
            "instalments": YEARS * 12,
        }
    )
    happened = events()

    def replayed() -> object:
        return checkpoint(lived(terms, happened), "end", date(2034, 6, 1))

    size = f"{YEARS} years, {len(happened)} events"
    return [Line("replay of a loan", size, measured(replayed, repeats=1 if is_small else 5))]
