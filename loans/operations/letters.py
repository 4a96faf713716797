"""Letters: what is said to borrowers, made after each day, as it was known at its end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from django.db import transaction

from loans.models import Agenda, Event, Loan
from loans.operations import invoices, letter_papers, rate_letters
from loans.operations.letter_mail import keep
from loans.queries import sayings
from loans.queries.account_statement import account_statement
from loans.queries.sayings import Known
from loans.queries.standing import Row
from loans.rules.notices import REMINDER_WORDS, days_late, is_in_default, is_month_end, reminder
from loans.rules.replay.events import MONEY_IN
from together.notices.models import Notice

log = structlog.get_logger(__name__)
# Loans that are read at once to find out which have something to say.
SHARD = 1_000


@dataclass(slots=True)
class Said:
    """How many notices were made, and of each loan that failed why."""

    notices: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def send_notices(*, on: date, at: datetime, progress: Callable[[int], None] | None = None) -> Said:
    """
    Make the notices of every loan up to a day, and put them into the outbox.

    A loan says its days one after the other, each in a transaction of its own. Run twice it makes
    nothing more, stopped it goes on where it was, and a loan that fails is named and stops nobody
    else. ``progress`` is told how many notices were made.
    """
    said, last = Said(), ""
    while shard := sayings.to_look_at(on, last, SHARD):
        last = shard[-1].number
        for loan in shard:
            _say_all(loan, on, at, said)
        if progress is not None:
            progress(said.notices)
    return said


def _say_all(loan: Loan, on: date, at: datetime, said: Said) -> None:
    """Say the days of a loan, in order; at the first that fails it stops."""
    try:
        agenda = Agenda.objects.filter(pk=loan.pk).first()
        while day := sayings.next_to_say(loan, agenda, on):
            made, agenda = say(loan=loan, day=day, at=at)
            said.notices += len(made)
    except Exception as error:
        log.exception("loan.not_said", loan=loan.number, on=on.isoformat())
        said.failed[loan.number] = f"{type(error).__name__}: {error}"


@transaction.atomic(durable=True)
def say(*, loan: Loan, day: date, at: datetime) -> tuple[list[Notice], Agenda]:
    """Say what is to be said of a loan on a day: receipts, invoices, reminders, its statement."""
    loan = Loan.objects.select_for_update().get(pk=loan.pk)
    agenda = Agenda.objects.filter(pk=loan.pk).first()
    if agenda and agenda.through >= day:
        return [], agenda
    known = sayings.known(loan, day, agenda.events if agenda else 0)
    made = [
        *_receipts(known, at),
        *_taken_off(known, at),
        *rate_letters.say(known, at),
        *invoices.put_right(known, at),
        *invoices.issue(known, at),
        *_reminders(known, at),
        *_statement(known, at),
    ]
    agenda, _ = Agenda.objects.update_or_create(
        loan=loan, defaults={"through": day, "events": known.events, "next_on": known.next_on}
    )
    return made, agenda


def _receipts(known: Known, at: datetime) -> list[Notice]:
    """Say of each receipt how it was split; one that was taken off again by then is not told."""
    came = [event for event in known.news if event.line_id and event.type in MONEY_IN]
    if not came:
        return []
    account = account_statement(known.loan, known.day)
    lines = {line.number: line for line in account.lines if not line.is_reversed}
    return [
        keep(
            known,
            kind="receipt",
            key=f"receipt:{known.loan.number}:{event.sequence}",
            title=f"Receipt advice: {known.money(event.amount or 0)} for loan {known.loan.number}",
            paper=letter_papers.receipt(known, event, lines[event.sequence]),
            at=at,
        )
        for event in came
        if event.sequence in lines
    ]


def _taken_off(known: Known, at: datetime) -> list[Notice]:
    """Say of each receipt that was told of and reversed since that it was taken off again."""
    gone = [event for event in known.news if event.type == "reversal" and event.target_id]
    events = {event.pk: event for event in known.loan.events.all()}
    made = []
    for event in gone:
        taken = events[event.target_id or 0]
        if taken.line_id and taken.sequence <= known.said:
            made.append(
                keep(
                    known,
                    kind="receipt_reversed",
                    key=f"receipt:{known.loan.number}:{taken.sequence}:reversed",
                    title=f"Receipt of {known.money(taken.amount or 0)} was taken off loan"
                    f" {known.loan.number}",
                    paper=letter_papers.receipt_reversed(known, event, taken),
                    at=at,
                )
            )
    return made


def _reminders(known: Known, at: datetime) -> list[Notice]:
    """Remind of each instalment that is late, once for each step; past its cure it is default."""
    late = [(row, days_late(row.due_on, known.day, known.grace_days)) for row in known.open_rows]
    late = [(row, days) for row, days in late if days > 0]
    if not late:
        return []
    told = set(_told(known.loan))
    made = []
    for row, days in late:
        if is_in_default(known.timing, days):
            if _key("default", known, row) not in told:
                made.append(_default(known, row, at))
        elif (step := reminder(days)) and not _is_told(told, known, row, step):
            made.append(_reminder(known, row, step, at))
    return made


def _told(loan: Loan) -> list[str]:
    found = Notice.objects.filter(about=loan.number, kind__in=("reminder", "default"))
    return list(found.values_list("key", flat=True))


def _is_told(told: set[str], known: Known, row: Row, step: int) -> bool:
    """Say whether a step of reminders, or one after it, was told already."""
    later = (one for one in REMINDER_WORDS if one >= step)
    return any(f"{_key('reminder', known, row)}:{one}" in told for one in later)


def _key(kind: str, known: Known, row: Row) -> str:
    return f"{kind}:{known.loan.number}:{row.number}:{row.due_on.isoformat()}"


def _reminder(known: Known, row: Row, step: int, at: datetime) -> Notice:
    words = REMINDER_WORDS[step]
    return keep(
        known,
        kind="reminder",
        key=f"{_key('reminder', known, row)}:{step}",
        title=f"{words}: {known.standing.due_now} of loan {known.loan.number} is overdue",
        paper=letter_papers.reminder(known, row, words),
        at=at,
    )


def _default(known: Known, row: Row, at: datetime) -> Notice:
    return keep(
        known,
        kind="default",
        key=_key("default", known, row),
        title=f"Notice of default: loan {known.loan.number}",
        paper=letter_papers.default(known, row),
        at=at,
    )


def _statement(known: Known, at: datetime) -> list[Notice]:
    """Write the statement of a month on its last day, if something is owed or moved in it."""
    since = known.day.replace(day=1)
    if not is_month_end(known.day) or not (known.is_owed or _moved(known, since)):
        return []
    return [
        keep(
            known,
            kind="statement",
            key=f"statement:{known.loan.number}:{since:%Y-%m}",
            title=f"Account statement of loan {known.loan.number}, {since:%B %Y}",
            paper=letter_papers.statement(known, account_statement(known.loan, known.day), since),
            at=at,
        )
    ]


def _moved(known: Known, since: date) -> bool:
    events: list[Event] = list(known.loan.events.all())
    return any(event.on >= since or event.recorded_at.date() >= since for event in events)
