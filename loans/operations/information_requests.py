"""Requests for information: asked by an officer, answered by the institution, or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from loans.models import Application, InformationRequest
from loans.operations.allowed import demand_own
from loans.operations.hidden import demand_seen
from loans.rules.institution_states import INFORMATION_MOVES, InformationState
from loans.rules.states import UNDECIDED
from together import Refused
from together.controls.models import Person
from together.controls.operations import documents, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle

KIND = "answer"
LONGEST_QUESTION, LONGEST_ANSWER, MOST_DAYS, MOST_FILES = 1000, 2000, 90, 10


class BadQuestion(Refused):
    """Raised when something cannot be asked or answered so; says which field and which rule."""


class NotAnswered(Refused):
    """Raised when an application goes on while its institution did not answer; says what."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that comes with an answer."""

    name: str
    data: bytes


@transaction.atomic(durable=True)
def ask(
    *, application: Application, question: str, due_on: date, by: Person, at: datetime
) -> InformationRequest:
    """
    Ask an institution for something about its application, to be answered up to a day.

    :raises BadQuestion: if nothing is asked, or the day is not after today or too far off
    :raises NotPossibleNow: if the application is not under way
    """
    people.demand(by, "loans.write")
    application = _locked(application.pk)
    demand_seen(application, by)
    question = _text("question", question, LONGEST_QUESTION)
    last = at.date() + timedelta(days=MOST_DAYS)
    if not at.date() < due_on <= last:
        raise BadQuestion(f"due_on: {due_on} must be after {at.date()} and by {last}")
    made = InformationRequest.objects.create(
        number=next_number(InformationRequest, "IR"),
        application=application,
        question=question,
        due_on=due_on,
        asked_by=by,
        asked_at=at,
    )
    _record(made, "asked", by, at)
    return made


@transaction.atomic(durable=True)
def answer(
    *,
    request: InformationRequest,
    text: str,
    files: Sequence[Attachment] = (),
    by: Person,
    at: datetime,
) -> None:
    """
    Answer a request by one of the institution's own people; files are filed with the answer.

    :raises NotAllowed: if they do not act for the institution
    :raises BadQuestion: if nothing is said, or there are too many files
    :raises NotADocument: if a file is of no kind that is filed
    :raises NotPossibleNow: if it is answered or withdrawn, or the application is not under way
    """
    application = _locked(request.application_id)
    demand_own(by, "portal.act", application.institution)
    request = _row(request.pk)
    to = _moved(request, InformationState.ANSWERED)
    text = _text("answer", text, LONGEST_ANSWER)
    if len(files) > MOST_FILES:
        raise BadQuestion(f"files: {len(files)} are more than {MOST_FILES}")
    filed = [
        documents.take_in(
            area="loans",
            subject=application.number,
            kind=KIND,
            title=f"Answer to {request.number} ({n} of {len(files)})",
            name=one.name,
            data=one.data,
            by=by,
            at=at,
        ).number
        for n, one in enumerate(files, start=1)
    ]
    request.state, request.answer, request.documents = to, text, filed
    _end(request, by, at)
    _record(request, "answered", by, at, documents=filed)


@transaction.atomic(durable=True)
def withdraw(*, request: InformationRequest, reason: str, by: Person, at: datetime) -> None:
    """
    Give up a request: nobody needs to know any more.

    :raises BadQuestion: if no reason is given
    :raises NotPossibleNow: if it is answered or withdrawn already
    """
    people.demand(by, "loans.write")
    request = _row(request.pk)
    demand_seen(request.application, by)
    to = _moved(request, InformationState.WITHDRAWN)
    request.answer = _text("reason", reason, 200)
    request.state = to
    _end(request, by, at)
    _record(request, "withdrawn", by, at, reason=request.answer)


def demand_answered(application: Application) -> None:
    """
    Let an application go on only if its institution answered whatever it was asked.

    :raises NotAnswered: otherwise, with what is open
    """
    opened = application.information.filter(state=InformationState.OPEN).order_by("id")
    numbers = ", ".join(one.number for one in opened)
    if numbers:
        raise NotAnswered(
            f"application {application.number}: {application.institution.legal_name} did not"
            f" answer {numbers} yet; wait for it, or withdraw the question"
        )


def _locked(key: int) -> Application:
    found = Application.objects.select_for_update(of=("self",)).select_related("institution")
    application = found.get(pk=key)
    if application.state not in UNDECIDED:
        raise lifecycle.NotPossibleNow(
            f"application {application.number} is {application.state}: nothing is asked any more"
        )
    return application


def _row(key: int) -> InformationRequest:
    found = InformationRequest.objects.select_for_update(of=("self",))
    return found.select_related("application").get(pk=key)


def _moved(request: InformationRequest, to: InformationState) -> InformationState:
    return lifecycle.move(
        INFORMATION_MOVES,
        InformationState(request.state),
        to,
        what=f"request for information {request.number}",
    )


def _text(field: str, text: str, most: int) -> str:
    text = text.strip()
    if not text or len(text) > most:
        raise BadQuestion(f"{field}: must be stated, in up to {most:,} letters")
    return text


def _end(request: InformationRequest, by: Person, at: datetime) -> None:
    request.ended_by, request.ended_at = by, at
    request.save(update_fields=["state", "answer", "documents", "ended_by", "ended_at"])


def _record(
    request: InformationRequest, what: str, by: Person, at: datetime, **details: object
) -> None:
    record(
        what=f"information.{what}",
        subject=request.number,
        by=by,
        at=at,
        details={"application": request.application.number, **details},
    )
