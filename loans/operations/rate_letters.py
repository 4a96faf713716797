"""Notices of rate: what a floating loan earns from a day on, told as it is set or corrected."""

from datetime import datetime

from loans.formats.floating import in_words, percent
from loans.models import Event
from loans.operations.letter_mail import keep
from loans.operations.letter_papers import day_text, notice_paper
from loans.queries.lives import floating_life
from loans.queries.sayings import Known
from loans.rules.exact import Fraction
from loans.rules.floating import IN_ADVANCE, Floating
from loans.rules.replay.events import FIXING
from loans.rules.replay.fixings import spread_on
from together.controls.formats.papers import Paper, Section
from together.notices.models import Notice


def say(known: Known, at: datetime) -> list[Notice]:
    """
    Tell each rate that was set for a period in advance, and each that was corrected.

    Of daily fixings the invoice tells what they came to: a letter for each day would tell nothing.
    """
    news = [event for event in known.news if event.type == FIXING]
    found = floating_life(known.loan) if news else None
    if found is None:
        return []
    life, agreed = found
    return [
        keep(
            known,
            kind="rate",
            key=f"rate:{known.loan.number}:{event.sequence}",
            title=f"Rate of loan {known.loan.number} from {day_text(event.on)}:"
            f" {percent(life.book.rate_on(event.on))} a year",
            paper=paper(
                known, event, agreed, life.book.rate_on(event.on), spread_on(life, event.on)
            ),
            at=at,
        )
        for event in news
        if agreed.convention == IN_ADVANCE or event.target_id
    ]


def paper(known: Known, event: Event, agreed: Floating, rate: Fraction, spread: Fraction) -> Paper:
    """Write a notice of rate: the fixing, what bounds it, what is added, what comes of it."""
    value = Fraction(event.further["value"])
    bounded = agreed.bounded(value)
    said = [
        ("Agreed", in_words(agreed)),
        ("Fixing", f"{percent(value)}, of {event.further['fixing_on']}"),
    ]
    if event.further.get("fallback"):
        said.append(
            ("Fallback", "the fixing of the day was missing: the last one before it counts")
        )
    if bounded != value:
        said.append(("Held by floor or cap at", percent(bounded)))
    said += [("Spread", percent(spread)), ("Rate a year", percent(rate))]
    words: tuple[str, ...] = ()
    if event.target_id:
        words = ("It takes the place of the rate that was told before; what it changes is booked.",)
    return notice_paper(
        known,
        "Notice of rate",
        f"{percent(rate)} a year from {day_text(event.on)}",
        (("Counts from", day_text(event.on)),),
        [Section("How the rate is made", words, tuple(said))],
    )
