"""
Fixings: setting the rate of a floating loan, period by period or day by day.

Note [fixings are events]: what a rate is on a day is never looked up. It is an event in the loan's
life with the value in it, recorded when it is set; a correction is another event in its place. So
an old day is computed today as it was then, whatever became of the market data since.

Note [rates of single days]: a day earns balance x rate x part of a year, compounded or not, so that
everything that follows a balance from day to day holds for floating loans too.
"""

from datetime import date

from loans.rules.exact import Fraction
from loans.rules.faults import bad_event
from loans.rules.floating import BASES, COMPOUNDED, IN_ADVANCE, Compounding, Fixed, Floating
from loans.rules.replay.events import Placed
from loans.rules.replay.life import Life
from loans.rules.replay.payments import follow_charges
from loans.rules.schedule.levels import relevel
from loans.rules.schedule.periods import Period


def fix(life: Life, placed: Placed) -> None:
    """
    Let a fixing set the rate from a day on; level payments of periods set in advance follow it.

    What was set for a day that never came - the loan was written off, called or moved before it -
    has no effect.

    :raises Fault: ``invalid_event`` if the loan does not float on it, or the day is fixed already
    """
    event, agreed = placed.event, life.terms.floating
    path = f"events[{placed.index}]"
    assert event.fixed is not None, "a fixing has a value"
    if agreed is None or agreed.index != event.fixed.index:
        follows = "has a fixed rate" if agreed is None else f"follows {agreed.index}"
        raise bad_event(f"{path}.index", f"{event.fixed.index} sets nothing: the loan {follows}")
    if life.fixed and event.on <= life.fixed[-1][0]:
        raise bad_event(f"{path}.date", f"the rate of {event.on} is fixed already")
    life.fixed.append((event.on, event.fixed))
    if life.seen_at is not None or not _place(life, agreed, event.on, event.fixed.value):
        return
    if agreed.convention == IN_ADVANCE and life.book.terms.method == "level_payment":
        relevel(life.book, life.book.row_due_after(event.on))
        follow_charges(life, event.on)


def place_again(life: Life) -> None:
    """Set the rates of a floating loan anew: a change of its plan may have moved its periods."""
    agreed = life.terms.floating
    if agreed is None:
        return
    stopped = [rate for rate in life.book.rates if rate[0] == life.default_until]
    life.book.rates, life.compounding = [], None
    for day, fixed in life.fixed:
        _place(life, agreed, day, fixed.value)
    _respread(life)
    life.book.rates += stopped


def change_spread(life: Life, placed: Placed) -> None:
    """
    Let an agreed new spread be added from a day on; level payments set in advance follow it.

    The fixings stay as they were set, floor and cap bound them as before. Within a period that was
    set in advance the days from the change on earn the new rate. Example: SOFR at 4 % plus 2 %,
    then plus 1.5 % from a day on: that day earns 5.5 %. Source: LMA, Margin.

    :raises Fault: ``invalid_event`` if the rate of the loan does not float
    """
    event, agreed = placed.event, life.terms.floating
    if agreed is None or event.spread is None:
        raise bad_event(f"events[{placed.index}].type", "the rate of this loan is fixed: change it")
    life.spreads.append((event.on, event.spread))
    place_again(life)
    if agreed.convention == IN_ADVANCE and life.book.terms.method == "level_payment":
        relevel(life.book, life.book.row_due_after(event.on))
    follow_charges(life, event.on)


def spread_on(life: Life, day: date) -> Fraction:
    """Give the spread that is added on a day: the agreed one, or the last that was agreed since."""
    agreed = life.terms.floating
    assert agreed is not None, "only floating loans have a spread"
    return next((s for on, s in reversed(life.spreads) if on <= day), agreed.spread)


def _respread(life: Life) -> None:
    """Let the rate in effect when a spread was changed go on with the new one from that day."""
    rates = life.book.rates
    for on in sorted({day for day, _ in life.spreads}):
        before = [rate for rate in rates if rate[0] < on]
        stops = life.default_until is not None and on >= life.default_until
        if not before or stops or any(day == on for day, _ in rates):
            continue
        since, rate = before[-1]
        more = spread_on(life, on) - spread_on(life, since)
        rates.insert(len(before), (on, rate + more))


def go_on(life: Life, on: date) -> None:
    """
    Let the rate in effect go on in the periods that a re-age begins on a day.

    A fixing of its own is taken by the first of them only where a business day takes one anyway.
    """
    agreed = life.terms.floating
    if agreed is None:
        return
    takes_one = agreed.convention != IN_ADVANCE and agreed.calendar.is_business_day(on)
    if life.fixed and life.fixed[-1][0] < on and not takes_one:
        life.fixed.append((on, life.fixed[-1][1]))
    place_again(life)


def _place(life: Life, agreed: Floating, day: date, value: Fraction) -> bool:
    """Put the rate that a fixing makes into the book; says whether it has an effect."""
    period = _period_of(life, day)
    is_first = life.fixed[0][0] == day
    if period is None or (life.default_until is not None and day >= life.default_until):
        return False
    if not (agreed.convention == IN_ADVANCE or is_first or agreed.is_step(day, period.start)):
        return False
    value = agreed.bounded(value)
    spread = spread_on(life, day)
    if agreed.convention != COMPOUNDED:
        life.book.rates.append((day, value + spread))
        return True
    one = life.compounding
    if one is None or (one.start, one.end) != (period.start, period.end):
        one = life.compounding = Compounding(
            agreed, BASES[life.book.terms.day_count], period.start, period.end
        )
    rates = life.book.rates
    # What comes after the last fixing is expected to earn it, without interest on interest.
    while rates and rates[-1][0] >= day:
        rates.pop()
    rates.append((day, one.rate(day, value) + spread))
    later = agreed.step_after(day, period.end)
    rates.append((later, value + spread_on(life, later)))
    return True


def _period_of(life: Life, day: date) -> Period | None:
    """Give the period that holds a day; none after the last one."""
    book = life.book
    for row in book.rows():
        period = book.period(row)
        if day < period.end:
            return period
    return None


def unset_on(life: Life) -> date | None:
    """
    Give the first day whose rate is not set; None if none is to be set any more.

    Up to and including that day the interest of a floating loan is known: a day earns its night.
    """
    agreed, book = life.terms.floating, life.book
    is_over = life.seen_at is not None or life.default_until is not None
    if agreed is None or is_over or life.principal_outstanding <= 0:
        return None
    if not life.fixed:
        return max(book.period(0).start, book.drawn[0][0])
    last = life.fixed[-1][0]
    for row in book.rows():
        period = book.period(row)
        if period.start > last:
            return period.start
        if last < period.end and (day := agreed.step_after(last, period.end)) < period.end:
            return day
    return None


def fixing_day(life: Life, day: date) -> date:
    """Give the day of the fixing that a day of the life takes."""
    agreed, period = life.terms.floating, _period_of(life, day)
    assert agreed is not None, "only floating loans take fixings"
    if period is None:
        return agreed.observed_for(day)
    return agreed.fixing_day(day, period.start, period.end)


def takes_fixing(life: Life, day: date) -> bool:
    """Say whether a day of the life takes a fixing of its own, set already or not."""
    agreed, period = life.terms.floating, _period_of(life, day)
    if agreed is None or period is None:
        return False
    is_set = any(on == day for on, _ in life.fixed)
    return is_set or agreed.is_step(day, period.start)


def rate_in_effect(life: Life, day: date) -> tuple[date, Fixed] | None:
    """Give the fixing that a day earns, with the day from which it counts, if one is set."""
    return next((one for one in reversed(life.fixed) if one[0] <= day), None)
