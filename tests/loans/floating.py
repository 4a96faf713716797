"""Floating loans and the fixings that they follow; a test names only what matters to it."""

from datetime import UTC, date, datetime, time, timedelta

from loans.models import Instrument, Loan, Observation
from loans.operations import market_entries
from loans.rules.calendars import Calendar
from loans.rules.products import terms_of
from tests.factories import person
from tests.loans import market
from tests.loans.factories import active_loan, at

DAY = timedelta(days=1)
SOFR = Calendar("us_sofr")
IN_ADVANCE = {
    "index": "SOFR",
    "convention": "in_advance",
    "calendar": "us_sofr",
    "spread": "0.02",
    "lookback_days": 2,
}
COMPOUNDED = {**IN_ADVANCE, "convention": "compounded", "lookback_days": 5, "fallback_days": 2}


def terms(floating: dict | None = None, *, product: str = "bullet_360", n: int = 4, **more) -> dict:
    """Give the terms of a floating loan, planned at 6 %."""
    agreed = IN_ADVANCE if floating is None else floating
    return {**terms_of(product, rate="0.06", instalments=n), "floating": agreed, **more}


def sofr() -> Instrument:
    """Give the rate that loans follow, with a policy in force."""
    known = Instrument.objects.filter(pk="SOFR").first()
    return known or market.instrument("SOFR", kind="fixing")


def fixing(day: date, value: str, *, known_at: datetime | None = None) -> Observation:
    """Let a feed send a fixing, known as its day ends or when a test says."""
    moment = datetime.combine(day, time(), UTC)
    taken = market.fed(
        market.row("SOFR", day.isoformat(), value), at=known_at or moment + timedelta(hours=23)
    )
    assert not taken.held, "the fixing moved too far"
    return Observation.objects.get(instrument="SOFR", observed_at=moment, supersedes=None)


def fixings(since: date, until: date, value: str = "0.04") -> None:
    """Let a feed send the fixings of all business days of a time, the last day included."""
    day = since
    while day <= until:
        if SOFR.is_business_day(day):
            fixing(day, value)
        day += DAY


def corrected(found: Observation, value: str, on: date) -> Observation:
    """Correct a fixing under four eyes, on a day."""
    officer = person("treasury_officer")
    market_entries.correct(
        observation=found, value=value, reason="Published anew", by=officer, at=at(on)
    )
    entry = found.corrections.get()
    return market.booked(entry, at=at(on))


def floating_loan(pool, pay, floating: dict | None = None, **named) -> Loan:
    """Make a loan of one million that was drawn and whose rate floats."""
    sofr()
    given = {key: named.pop(key) for key in ("product", "n", "more") if key in named}
    more = given.pop("more", {})
    return active_loan(pool, pay, terms=terms(floating, **given, **more), **named)
