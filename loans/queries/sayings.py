"""
What is to be said of loans: which ones to look at, and what was known at the end of a day.

Note [known at the end of a day]: a notice of a day says what the events show that were recorded
before that day ended, whenever it is made. So many days made at once say what day by day would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import F, Max, Min, OuterRef, Prefetch, Q, Subquery

from loans.formats.agreed import read_agreed, timing_of
from loans.models import Agenda, Event, Loan
from loans.queries.lives import life_of
from loans.queries.standing import Row, Standing, standing
from loans.rules.floating import IN_ADVANCE
from loans.rules.notices import Open, Timing, next_day
from loans.rules.replay.fixings import unset_on
from loans.rules.states import LoanState
from together.ledger.rules.money import Money

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """
    A loan as it was known at the end of a day: its events up to the number ``events``.

    Everything was said before from the first ``said`` of them. ``unset`` is the first day whose
    rate is not set, where one is to come.
    """

    loan: Loan
    day: date
    events: int
    said: int
    standing: Standing
    timing: Timing
    grace_days: int
    unset: date | None = None

    @property
    def open_rows(self) -> list[Row]:
        """Give the instalments of which something is open."""
        return [row for row in self.standing.instalments if row.outstanding.minor_units > 0]

    @property
    def news(self) -> list[Event]:
        """Give the events that nothing was said of yet."""
        return [event for event in self.loan.events.all() if event.sequence > self.said]

    @property
    def is_owed(self) -> bool:
        """Say whether anything is owed."""
        now = self.standing
        parts = (now.principal_outstanding, now.interest_accrued, now.due_now)
        return any(part.minor_units > 0 for part in parts)

    def is_known(self, row: Row) -> bool:
        """
        Say whether the interest of an instalment is known, as far as it ever is before it is due.

        While daily fixings still come in, each of them would make a corrected invoice.
        """
        is_set = self.unset is None or self.unset >= row.due_on
        return is_set or self.day >= row.due_on - DAY

    @property
    def next_on(self) -> date | None:
        """Give the next day on which something is to be said if nothing happens."""
        still_open = [Open(row.number, row.due_on) for row in self.open_rows]
        found = next_day(self.timing, still_open, self.day, self.grace_days, is_owed=self.is_owed)
        eves = [row.due_on - DAY for row in self.open_rows if not self.is_known(row)]
        return min([one for one in (found, *eves) if one and one > self.day], default=None)

    def money(self, minor_units: int) -> Money:
        """Give an amount of the loan's asset."""
        return Money(minor_units, self.loan.pool.asset)


def known(loan: Loan, day: date, said: int) -> Known:
    """Read a loan as it was known at the end of a day."""
    events = _known_events(loan, day)
    stored = Prefetch("events", Event.objects.filter(sequence__lte=events).order_by("sequence"))
    read = (
        Loan.objects.select_related("institution", "pool").prefetch_related(stored).get(pk=loan.pk)
    )
    return Known(
        loan=read,
        day=day,
        events=events,
        said=said,
        standing=standing(read, day),
        timing=timing_of(read.terms),
        grace_days=read_agreed(read.terms).grace_days,
        unset=_unset(read),
    )


def _unset(loan: Loan) -> date | None:
    """Give the first day whose rate is not set, of a loan with daily fixings."""
    if (loan.terms.get("floating") or {}).get("convention") in (None, IN_ADVANCE):
        return None
    life = life_of(loan)
    return unset_on(life) if life else None


def _known_events(loan: Loan, day: date) -> int:
    """
    Count the events that were recorded before a day ended.

    They are recorded one after the other: what stands before one of them was recorded by then,
    even if the clock that dated it was ahead.
    """
    recorded = loan.events.order_by().filter(recorded_at__lt=end_of(day))
    newest: int = recorded.aggregate(last=Max("sequence"))["last"] or 0
    return newest


def end_of(day: date) -> datetime:
    """Give the moment at which a day is over."""
    return datetime.combine(day + DAY, time(), UTC)


def to_look_at(on: date, after: str, most: int) -> Sequence[Loan]:
    """
    Give drawn loans with something to say by a day, in the order of their numbers.

    An active loan waits until its day is closed. One query, whatever their number.
    """
    news = Q(agenda=None) | Q(agenda__next_on__lte=on) | Q(agenda__events__lt=F("newest"))
    is_closed = ~Q(state=LoanState.ACTIVE) | Q(agenda=None)
    is_closed |= Q(business_date__gt=F("agenda__through"))
    last = Event.objects.filter(loan=OuterRef("pk")).order_by("-sequence").values("sequence")[:1]
    found = Loan.objects.annotate(newest=Subquery(last)).filter(
        news, is_closed, newest__isnull=False, number__gt=after
    )
    return list(found.select_related("agenda").order_by("number")[:most])


def next_to_say(loan: Loan, agenda: Agenda | None, on: date) -> date | None:
    """
    Give the next day up to one on which something is to be said of a loan, or None.

    What was recorded on a day that was said already is said on the day after it.
    """
    said = agenda.events if agenda else 0
    days = [agenda.next_on] if agenda and agenda.next_on else []
    news = loan.events.order_by().filter(sequence__gt=said)
    first = news.aggregate(at=Min("recorded_at"))["at"]
    if first is not None:
        recorded_on = first.astimezone(UTC).date()
        days.append(max(recorded_on, agenda.through + DAY) if agenda else recorded_on)
    if loan.state == LoanState.ACTIVE:
        on = min(on, loan.business_date or on)
    return min((day for day in days if day <= on), default=None)
