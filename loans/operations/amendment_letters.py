"""Amendment letters: issued of what is approved, answered by the borrower, needed to book it."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from loans.models import Adjustment, AmendmentLetter, Loan
from loans.operations import amendment_papers, books, effects, offers
from loans.operations.allowed import demand_own
from loans.queries import amendments
from loans.rules import amendments as rules
from loans.rules.adjustments import words as kind_words
from loans.rules.institution_states import LETTER_MOVES, LetterState
from loans.rules.states import AdjustmentState
from loans.rules.term_sheets import ON_PAPER, faults
from together import Refused
from together.controls.models import Person
from together.controls.operations import access, approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle

KIND = "amendment_letter"


class BadLetter(Refused):
    """Raised when an amendment letter cannot be issued so; says which field, value and rule."""


class NotAnswerable(Refused):
    """Raised when an amendment letter cannot be answered as asked; says why."""


class NotAgreed(Refused):
    """Raised when a borrower did not accept an amendment; says which letter waits for what."""


class Promised(Refused):
    """Raised when an amendment is given up that its borrower accepted and that can be booked."""


@transaction.atomic(durable=True)
def issue(*, adjustment: Adjustment, lapses_on: date, by: Person, at: datetime) -> AmendmentLetter:
    """
    Write the letter of an approved amendment, file its PDF, and let its borrower answer it.

    It may be answered up to the day before ``lapses_on``. A version before it is superseded.

    :raises NotAllowed: if it is no loan officer who asks
    :raises BadLetter: if the day is not after today, or too far off, its borrower need not agree,
        or the loan has other events by now
    :raises NotAdjustable: if it can not be booked any more
    :raises NotApproved: if exactly this amendment did not pass its stages
    :raises NotPossibleNow: if it is booked or withdrawn, or its borrower accepted it already
    """
    people.demand(by, "loans.write")
    loan = books.locked(adjustment.loan)
    adjustment = _locked(adjustment, loan)
    found = [*faults(at.date(), lapses_on), *_stale(adjustment)]
    if not amendments.needs_borrower(adjustment):
        found.append(f"type: its borrower need not agree to a {kind_words(adjustment.type)}")
    if found:
        raise BadLetter(f"{adjustment.number}: {'; '.join(found)}")
    _demand_proposed(adjustment)
    # Computed anew: a letter of what cannot be booked would bind nobody.
    adjustment.difference = effects.document(effects.difference(adjustment, at.date()), loan)
    approvals.demand(
        kind=adjustment.approval.kind, subject=adjustment.number, effect=effects.effect(adjustment)
    )
    before = amendments.newest(adjustment)
    if before is not None:
        _supersede(before, by, at)
    number, version = next_number(AmendmentLetter, "AL"), before.version + 1 if before else 1
    paper = amendment_papers.paper(
        adjustment, number=number, version=version, on=at.date(), lapses_on=lapses_on
    )
    made = AmendmentLetter.objects.create(
        number=number,
        adjustment=adjustment,
        version=version,
        content=offers.content(paper),
        digest=paper.digest,
        effect_digest=adjustment.approval.effect_digest,
        document=offers.filed(loan, number, paper, kind=KIND, by=by, at=at),
        lapses_on=lapses_on,
        issued_by=by,
        issued_at=at,
    )
    _record(made, "issued", by, at, version=version, lapses_on=lapses_on.isoformat())
    return made


def _supersede(letter: AmendmentLetter, by: Person, at: datetime) -> None:
    """Let another version take the place of one that waits; what was declined stays so."""
    if letter.state == LetterState.DECLINED:
        return
    letter.state = _moved(letter, LetterState.SUPERSEDED)
    letter.save(update_fields=["state"])
    _record(letter, "superseded", by, at)


@transaction.atomic(durable=True)
def accept(
    *, letter: AmendmentLetter, digest: str, wording: str, may_sign: bool, by: Person, at: datetime
) -> None:
    """
    Accept an amendment for its borrower, by one of its own people who may act for it.

    ``digest`` is that of the letter as the person saw it, ``wording`` the version of the words that
    they agreed to, and ``may_sign`` that they said so.

    :raises NotAllowed: if they are not its Admin or Manager
    :raises NotAnswerable: if they did not say that they may sign, saw something else, the letter
        lapsed, its PDF was withdrawn, or the loan has changed since
    :raises NotPossibleNow: if it was answered or superseded, or its amendment is over
    """
    letter = _answered_by(letter, by)
    to = _moved(letter, LetterState.ACCEPTED)
    _demand_proposed(letter.adjustment)
    found = offers.unsaid(rules.WORDING, wording, may_sign=may_sign)
    found += offers.unseen(letter.digest, digest, "letter")
    found += _faults(letter, at.date())
    if found:
        raise NotAnswerable(f"{letter.number}: {'; '.join(found)}")
    letter.wording = wording
    _answer(letter, to, by, at, wording=wording)


@transaction.atomic(durable=True)
def decline(*, letter: AmendmentLetter, words: str, by: Person, at: datetime) -> None:
    """
    Decline an amendment for its borrower, and say why: the loan stays as it is.

    :raises NotAllowed: if they are not its Admin or Manager
    :raises NotAnswerable: if they say nothing or too much, the letter lapsed, its PDF was
        withdrawn, or the loan has changed since
    :raises NotPossibleNow: if it was answered or superseded, or its amendment is over
    """
    letter = _answered_by(letter, by)
    to = _moved(letter, LetterState.DECLINED)
    _demand_proposed(letter.adjustment)
    said = words.strip()
    found = _faults(letter, at.date())
    if not 0 < len(said) <= rules.MOST_WORDS:
        found.append(f"words: {said[:40]!r} must say why, in up to {rules.MOST_WORDS} letters")
    if found:
        raise NotAnswerable(f"{letter.number}: {'; '.join(found)}")
    letter.words = said
    _answer(letter, to, by, at, words=said)


def take_on_paper(
    letter: AmendmentLetter, loan: Loan, by: Person, at: datetime, paper: str
) -> None:
    """
    Let a locked letter count as accepted by an approved paper, in the operation that has asked.

    :raises NotAnswerable: if it lapsed, its PDF was withdrawn, or the loan has changed since
    :raises NotPossibleNow: if it was answered or superseded, or its amendment is over
    """
    to = _moved(letter, LetterState.ACCEPTED)
    demand_open(letter, loan, at.date())
    letter.state, letter.answered_at, letter.wording = to, at, ON_PAPER
    letter.save(update_fields=["state", "answered_at", "wording"])
    _record(letter, "accepted", by, at, wording=ON_PAPER, paper=paper)


def demand_open(letter: AmendmentLetter, loan: Loan, on: date) -> None:
    """
    Let only a letter pass that its borrower could answer on a day.

    :raises NotAnswerable: otherwise, with everything that stands against it
    :raises NotPossibleNow: if its amendment is booked or withdrawn
    """
    _demand_proposed(letter.adjustment)
    found = _faults(letter, on)
    if found:
        raise NotAnswerable(f"{letter.number} of {loan.number}: {'; '.join(found)}")


def demand(adjustment: Adjustment, on: date) -> None:
    """
    Let an adjustment be booked only if its borrower accepted just that, where it must agree.

    :raises NotAgreed: otherwise, with the letter and what it waits for
    """
    if not amendments.needs_borrower(adjustment):
        return
    digest = approvals.digest(effects.effect(adjustment))
    if amendments.accepted(adjustment, digest) is None:
        raise NotAgreed(
            f"adjustment {adjustment.number} cannot be booked: {amendments.why_not(adjustment, on)}"
        )


def demand_free(adjustment: Adjustment) -> None:
    """
    Let an adjustment be given up only if its borrower did not accept it, or it cannot be booked.

    :raises Promised: otherwise, with the letter
    """
    letter = adjustment.letters.filter(state=LetterState.ACCEPTED).first()
    if letter is not None and not _stale(adjustment):
        raise Promised(
            f"adjustment {adjustment.number}: its borrower accepted {letter.number}, which binds"
            " both; it is booked, not withdrawn"
        )


def take_back(adjustment: Adjustment, by: Person, at: datetime) -> None:
    """Take back the letter of an adjustment that was just withdrawn; part of that operation."""
    letter = amendments.newest(adjustment)
    if letter is not None and letter.state == LetterState.ISSUED:
        letter.state = _moved(letter, LetterState.WITHDRAWN)
        letter.save(update_fields=["state"])
        _record(letter, "withdrawn", by, at)


@transaction.atomic(durable=True)
def take_out(*, letter: AmendmentLetter, by: Person, at: datetime) -> bytes:
    """
    Give the PDF of a letter to its borrower's people, and write down who took it.

    :raises NotAllowed: if the letter is another institution's
    """
    demand_own(by, "portal.read", letter.loan.institution)
    access.seen(subject=letter.loan.number, what=f"document {letter.document.number}", by=by, at=at)
    return bytes(letter.document.content.data)


def _faults(letter: AmendmentLetter, on: date) -> list[str]:
    """Say why a letter that is issued cannot be answered on a day."""
    found = _stale(letter.adjustment)
    if letter.lapses_on <= on:
        found.append(f"it lapsed on {letter.lapses_on}; ask your loan officer for another one")
    if letter.document.withdrawn_at:
        found.append("its document was withdrawn; ask your loan officer for another one")
    return found


def _stale(adjustment: Adjustment) -> list[str]:
    """Say that a loan has other events by now than its amendment was computed on."""
    if adjustment.loan.events.count() == adjustment.event_count:
        return []
    return [f"loan {adjustment.loan.number} has changed since: another amendment is needed"]


def _demand_proposed(adjustment: Adjustment) -> None:
    if adjustment.state != AdjustmentState.PROPOSED:
        raise lifecycle.NotPossibleNow(f"adjustment {adjustment.number} is {adjustment.state}")


def _answered_by(letter: AmendmentLetter, by: Person) -> AmendmentLetter:
    """Lock a letter, after its loan, for one of its borrower's people who may act for it."""
    loan = books.locked(letter.loan)
    demand_own(by, "portal.act", loan.institution)
    found = AmendmentLetter.objects.select_for_update(of=("self",))
    return found.select_related("adjustment__loan", "document").get(pk=letter.pk)


def _answer(
    letter: AmendmentLetter, to: LetterState, by: Person, at: datetime, **said: str
) -> None:
    letter.state, letter.answered_by, letter.answered_at = to, by, at
    letter.save(update_fields=["state", "answered_by", "answered_at", "wording", "words"])
    _record(letter, to.value, by, at, **said)


def _locked(adjustment: Adjustment, loan: Loan) -> Adjustment:
    found = Adjustment.objects.select_for_update(of=("self",))
    adjustment = found.select_related("target__target", "line", "approval").get(pk=adjustment.pk)
    adjustment.loan = loan
    return adjustment


def _moved(letter: AmendmentLetter, to: LetterState) -> LetterState:
    what = f"amendment letter {letter.number}"
    return lifecycle.move(LETTER_MOVES, LetterState(letter.state), to, what=what)


def _record(letter: AmendmentLetter, what: str, by: Person, at: datetime, **details: Any) -> None:
    said = {"adjustment": letter.adjustment.number, "digest": letter.digest, **details}
    record(what=f"{KIND}.{what}", subject=letter.number, by=by, at=at, details=said)
