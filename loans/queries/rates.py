"""Rates of floating loans as people read them: the rate in effect, the next fixing, those set."""

from dataclasses import dataclass
from datetime import date

from loans.formats.floating import percent
from loans.models import Event, Loan
from loans.queries.lives import life_of
from loans.rules.exact import Fraction
from loans.rules.floating import Floating
from loans.rules.replay.events import FIXING
from loans.rules.replay.fixings import fixing_day, rate_in_effect, spread_on, unset_on
from loans.rules.replay.life import Life


@dataclass(frozen=True, slots=True)
class RateNow:
    """
    What a drawn floating loan earns on a day; rates are fractions a year.

    ``spread`` is what is added on the day. ``rate`` is all that the day earns, interest on interest
    of compounded fixings included; before the first fixing it is the rate of the plan, and
    ``fixing`` None. ``next_on`` is the first day whose rate is not set yet, ``next_fixing_on`` the
    day of its fixing; None if none is to come.
    """

    agreed: Floating
    spread: Fraction
    rate: Fraction
    since: date | None
    fixing: Fraction | None
    fixing_on: date | None
    next_on: date | None
    next_fixing_on: date | None

    @property
    def words(self) -> str:
        """Write the rate, and what it is made of."""
        if self.fixing is None:
            return f"{percent(self.rate)}, as planned: no fixing is set yet"
        bounded = self.agreed.bounded(self.fixing)
        made_of = f"{self.agreed.index} {percent(self.fixing)}"
        if bounded != self.fixing:
            made_of += f", held at {percent(bounded)}"
        return f"{percent(self.rate)} = {made_of} {percent(self.spread, sign=True)}"


def rate_now(loan: Loan, today: date, life: Life | None = None) -> RateNow | None:
    """Give the rate of a day; None for a loan that is not drawn or whose rate does not float."""
    if not loan.terms.get("floating"):
        return None
    life = life or life_of(loan)
    agreed = life.terms.floating if life else None
    if life is None or agreed is None:
        return None
    known, coming = rate_in_effect(life, today), unset_on(life)
    return RateNow(
        agreed=agreed,
        spread=spread_on(life, today),
        rate=life.book.rate_on(today),
        since=known[0] if known else None,
        fixing=known[1].value if known else None,
        fixing_on=known[1].fixing_on if known else None,
        next_on=coming,
        next_fixing_on=fixing_day(life, coming) if coming else None,
    )


@dataclass(frozen=True, slots=True)
class FixingSet:
    """A fixing as it was set: its event, its value, and whether another one took its place."""

    event: Event
    value: Fraction
    fixing_on: date
    is_fallback: bool
    corrected_by: int | None


def fixings_set(loan: Loan, most: int = 20) -> list[FixingSet]:
    """Give the newest fixings of a loan; one query."""
    found = loan.events.filter(type=FIXING).order_by("-on", "-sequence")
    rows = list(found.select_related("target", "recorded_by")[: most + 1])
    corrected = {one.target_id: one.sequence for one in rows if one.target_id}
    return [
        FixingSet(
            event=one,
            value=Fraction(one.further["value"]),
            fixing_on=date.fromisoformat(one.further["fixing_on"]),
            is_fallback=bool(one.further.get("fallback")),
            corrected_by=corrected.get(one.pk),
        )
        for one in rows[:most]
    ]
