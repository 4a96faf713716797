"""Amendments: what of them the borrower must accept, and where its letter stands on a day."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from loans.models import Adjustment, AmendmentLetter, Event
from loans.rules.amendments import REVERSAL, is_agreed
from loans.rules.institution_states import LetterState, PaperState
from loans.rules.states import AdjustmentState
from loans.rules.term_sheets import LAPSED, state_on

# States of an approved amendment, as its letter makes them.
TO_OFFER, OFFERED, ACCEPTED, REFUSED = "to offer", "offered", "accepted", "refused"


def needs_borrower(adjustment: Adjustment) -> bool:
    """Say whether the borrower must accept an adjustment before it is booked."""
    return is_agreed(adjustment.type, taken_back(adjustment))


def taken_back(adjustment: Adjustment) -> str:
    """Give the kind of event that a reversal takes back in the end; nothing of other kinds."""
    found: Event | None = adjustment.target if adjustment.type == REVERSAL else None
    while found is not None and found.type == REVERSAL:
        found = found.target
    return found.type if found else ""


def newest(adjustment: Adjustment) -> AmendmentLetter | None:
    """Give the newest version of an amendment's letter."""
    return adjustment.letters.order_by("-version").first()


def accepted(adjustment: Adjustment, effect_digest: str) -> AmendmentLetter | None:
    """Give the letter by which the borrower accepted just what has a digest."""
    found = adjustment.letters.filter(state=LetterState.ACCEPTED)
    return found.filter(effect_digest=effect_digest).first()


def why_not(adjustment: Adjustment, on: date) -> str:
    """Say which letter an amendment waits for, and what that one waits for."""
    letter = newest(adjustment)
    if letter is None:
        return "no amendment letter was issued: a loan officer issues one"
    state = state_on(letter.state, letter.lapses_on, on)
    if state == LAPSED:
        return f"{letter.number} lapsed on {letter.lapses_on}: a loan officer issues another one"
    if state == LetterState.DECLINED:
        return f"{letter.number} was declined by its borrower: {letter.words}"
    paper = letter.paper_acceptances.filter(state=PaperState.PROPOSED).first()
    if paper is not None:
        return f"{letter.number} was signed on paper: {paper.number} waits to be put into effect"
    return f"{letter.number} waits for {letter.loan.institution.legal_name} to accept it"


def with_letters(found: QuerySet[Adjustment]) -> QuerySet[Any]:
    """Give adjustments with state and last day of their newest letters, in the same query."""
    letters = AmendmentLetter.objects.filter(adjustment=OuterRef("pk")).order_by("-version")
    return found.annotate(
        letter_state=Coalesce(Subquery(letters.values("state")[:1]), Value("")),
        letter_lapses_on=Subquery(letters.values("lapses_on")[:1]),
    )


def with_officer(found: QuerySet[Adjustment]) -> QuerySet[Adjustment]:
    """Keep the adjustments of which no letter is with the borrower, or was declined last."""
    away = Q(letter_state__in=(LetterState.DECLINED, LetterState.ISSUED))
    # What its loan has outrun is the officer's again, whatever its letter waits for.
    return with_letters(found).exclude(away & ~_outrun("loan", "event_count"))


def _outrun(loan: str, count: str) -> Exists:
    """Say that a loan has more events by now than an amendment was computed on."""
    return Exists(Event.objects.filter(loan=OuterRef(loan), sequence__gt=OuterRef(count)))


def offer_state(adjustment: Any, on: date) -> str:
    """Give the state of an approved amendment by its newest letter, read ``with_letters``."""
    state = adjustment.letter_state
    if state == LetterState.ISSUED and adjustment.letter_lapses_on > on:
        return OFFERED
    return {LetterState.ACCEPTED: ACCEPTED, LetterState.DECLINED: REFUSED}.get(state, TO_OFFER)


def waiting() -> QuerySet[AmendmentLetter]:
    """
    Give the letters that wait for an answer, lapsed ones included, the next to lapse first.

    Not those whose loan has changed since: nothing can come of them any more.
    """
    found = AmendmentLetter.objects.filter(
        ~_outrun("adjustment__loan", "adjustment__event_count"),
        state=LetterState.ISSUED,
        adjustment__state=AdjustmentState.PROPOSED,
    )
    return found.select_related("adjustment__loan__institution").order_by("lapses_on", "id")


def declined() -> QuerySet[AmendmentLetter]:
    """Give the letters that were declined last, of amendments that nobody gave up yet."""
    later = AmendmentLetter.objects.filter(adjustment=OuterRef("adjustment"))
    last = Subquery(later.order_by("-version").values("version")[:1])
    found = AmendmentLetter.objects.filter(
        ~_outrun("adjustment__loan", "adjustment__event_count"),
        state=LetterState.DECLINED,
        adjustment__state=AdjustmentState.PROPOSED,
        version=last,
    )
    return found.select_related("adjustment__loan__institution").order_by("answered_at", "id")
