"""
The outbox: workers take notices under a lease, mail them, and write down what came of it.

Note [mailed again]: a notice is claimed and committed before the mail server is called, and no
call is made inside a transaction. A mail server cannot be asked what it took. A worker that dies
between its word and ours leaves a lease that ends, and the mail is sent again under the same
Message-ID: whoever gets it twice has it once. (Decision 46)
"""

import smtplib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.notices.models import Notice
from together.notices.rules.messages import MOST_TRIES, wait
from together.notices.rules.states import NOTICE_MOVES, NoticeState

CLAIM = 10
# Longer than the mail server may take for all that is claimed at once.
LEASE = 4.0 * CLAIM * settings.EMAIL_TIMEOUT
# The mail server's words that a later try will not change: a refused address, sender or message.
FOR_GOOD = range(500, 600)


class NoReason(Refused):
    """Raised when no reason is given for an act that needs one."""


@dataclass(slots=True)
class Worked:
    """What a worker did: numbers of the notices that went out, wait for another try, or failed."""

    sent: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the mail server said: it took it (no reason), or why not, and whether for good."""

    reason: str = ""
    is_final: bool = False


CLAIM_SQL = """
WITH due AS (
    SELECT id, tries FROM notices_notice
     WHERE (state = 'ready' AND due_at <= %(at)s)
        OR (state = 'sending' AND lease_until < clock_timestamp())
     ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
failed AS (
    UPDATE notices_notice n SET state = 'failed', worker = '', lease_until = NULL,
           reason = format('its sending broke off %%s times: see the log of the worker', n.tries)
      FROM due WHERE n.id = due.id AND due.tries >= %(most)s RETURNING n.id)
UPDATE notices_notice n
   SET state = 'sending', tries = n.tries + 1, worker = %(worker)s,
       lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
  FROM due WHERE n.id = due.id AND due.tries < %(most)s
RETURNING n.id
"""


def work(*, worker: str, seconds: float, at: datetime) -> Worked:
    """
    Mail what is due, for some seconds; any number of workers may do so at once.

    ``at`` is when it is written to have been sent, and what is due by then is sent.
    """
    done, until = Worked(), time.monotonic() + seconds
    while time.monotonic() < until:
        claimed_at = time.monotonic()
        claimed = claim(worker=worker, lease=LEASE, at=at)
        if not claimed:
            break
        for notice in claimed:
            # What is not reached in half of the lease is taken by whoever comes next.
            if time.monotonic() - claimed_at > LEASE / 2:
                break
            settle(notice=notice, answer=_mail(notice), worker=worker, at=at, done=done)
    return done


@transaction.atomic(durable=True)
def claim(*, worker: str, lease: float, at: datetime) -> list[Notice]:
    """Take notices that are due, for so many seconds of database time; give them."""
    said: dict[str, Any] = {
        "worker": worker,
        "lease": lease,
        "limit": CLAIM,
        "most": MOST_TRIES,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_SQL, said)
        keys = [key for (key,) in cursor.fetchall()]
    return list(Notice.objects.filter(pk__in=keys).select_related("content").order_by("id"))


def message(notice: Notice) -> EmailMessage:
    """Write the mail of a notice: the same words, PDF and Message-ID at every try."""
    mail = EmailMessage(
        subject=notice.title,
        body=notice.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=notice.addresses,
        headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
    )
    mail.attach(notice.name, bytes(notice.content.data), "application/pdf")
    return mail


def _mail(notice: Notice) -> Answer:
    try:
        message(notice).send(fail_silently=False)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        return Answer(_words(refused), all(code in FOR_GOOD for code in codes))
    except smtplib.SMTPResponseException as refused:
        return Answer(_words(refused), refused.smtp_code in FOR_GOOD)
    except (OSError, smtplib.SMTPException) as trouble:
        return Answer(_words(trouble))
    return Answer()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


@transaction.atomic(durable=True)
def settle(*, notice: Notice, answer: Answer, worker: str, at: datetime, done: Worked) -> None:
    """Write down what the mail server said; a worker whose lease another one took says nothing."""
    found = Notice.objects.select_for_update(of=("self",)).filter(
        pk=notice.pk, state=NoticeState.SENDING, worker=worker, tries=notice.tries
    )
    one = found.first()
    if one is None:
        return
    if not answer.reason:
        to, listed = NoticeState.SENT, done.sent
        one.sent_at = at
    elif answer.is_final or one.tries >= MOST_TRIES:
        to, listed = NoticeState.FAILED, done.failed
    else:
        to, listed = NoticeState.READY, done.waiting
        one.due_at = at + wait(one.tries)
    one.state, one.reason = _moved(one, to), answer.reason
    one.worker, one.lease_until = "", None
    one.save(update_fields=["state", "reason", "worker", "lease_until", "due_at", "sent_at"])
    listed.append(one.number)
    if to != NoticeState.READY:
        _record(one, to, None, at)


@transaction.atomic(durable=True)
def retry(*, notice: Notice, by: Person, at: datetime) -> None:
    """
    Let a notice that failed be mailed again, under the same Message-ID.

    :raises NotPossibleNow: if it has not failed
    """
    people.demand(by, f"{notice.area}.write")
    notice = _locked(notice)
    notice.state = _moved(notice, NoticeState.READY)
    notice.tries, notice.reason, notice.due_at = 0, "", at
    notice.save(update_fields=["state", "tries", "reason", "due_at"])
    record(what="notice.retried", subject=notice.number, by=by, at=at)


@transaction.atomic(durable=True)
def withdraw(*, notice: Notice, reason: str, by: Person, at: datetime) -> None:
    """
    Let a notice that was not mailed never be; it stays in the archive, and says why.

    :raises NoReason: if no reason is given
    :raises NotPossibleNow: if it was mailed, or is being mailed, or was withdrawn
    """
    people.demand(by, f"{notice.area}.write")
    if not reason.strip() or len(reason) > 200:
        raise NoReason("reason: must be given, in up to 200 letters")
    _withdraw(_locked(notice), reason, by, at)


def overtake(notices: Sequence[Notice], *, reason: str, at: datetime) -> None:
    """Withdraw those of some notices that were not mailed yet; part of what overtakes them."""
    keys = [notice.pk for notice in notices]
    open_ones = (NoticeState.READY, NoticeState.FAILED, NoticeState.KEPT)
    found = Notice.objects.select_for_update(of=("self",)).filter(pk__in=keys, state__in=open_ones)
    for notice in found.order_by("id"):
        _withdraw(notice, reason, None, at)


def _withdraw(notice: Notice, reason: str, by: Person | None, at: datetime) -> None:
    notice.state, notice.reason = _moved(notice, NoticeState.WITHDRAWN), reason
    notice.save(update_fields=["state", "reason"])
    _record(notice, NoticeState.WITHDRAWN, by, at)


def _locked(notice: Notice) -> Notice:
    return Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)


def _moved(notice: Notice, to: NoticeState) -> NoticeState:
    what = f"notice {notice.number}"
    return lifecycle.move(NOTICE_MOVES, NoticeState(notice.state), to, what=what)


def _record(notice: Notice, to: NoticeState, by: Person | None, at: datetime) -> None:
    said = {"message_id": notice.message_id, "tries": notice.tries}
    if notice.reason:
        said["reason"] = notice.reason
    record(what=f"notice.{to}", subject=notice.number, by=by, at=at, details=said)
