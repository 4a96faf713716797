"""The archive: what is said is printed, kept under its digest, and put into the outbox."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction

from together import Refused
from together.controls.formats import paper_pdf
from together.controls.formats.papers import Paper
from together.controls.models import Person
from together.controls.operations import access, people
from together.controls.operations.documents import keep_content
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.notices.models import Notice
from together.notices.queries import notices
from together.notices.rules.messages import faults, message_id
from together.notices.rules.states import NoticeState

NO_ADDRESS = "no contact in force has an address for it"


class NotANotice(Refused):
    """Raised when something cannot be said so; says which field, its value and the rule."""


class SaidOtherwise(Refused):
    """Raised when another thing was said under the same business key already."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said: to whom, about which record, under which key, and the paper of it."""

    key: str
    owner: str
    area: str
    about: str
    kind: str
    title: str
    body: str
    addresses: Sequence[str]
    on: date
    paper: Paper


def keep(letter: Letter, *, at: datetime) -> Notice:
    """
    Print a letter, keep it, and put it into the outbox; part of the operation that says it.

    Said again, it is the same notice. Without an address it is kept only: state and reason say so.

    :raises NotANotice: if title, body or addresses cannot be so
    :raises SaidOtherwise: if something else was said under its key
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{letter.key}: it is kept with what says it, or not at all")
    known = Notice.objects.filter(key=letter.key).first()
    if known is not None:
        if known.digest != letter.paper.digest:
            raise SaidOtherwise(f"{known.number} says something else under {letter.key}")
        return known
    wrong = faults(letter.title, letter.body, letter.addresses)
    if wrong:
        raise NotANotice(f"{letter.key}: {'; '.join(wrong)}")
    data = paper_pdf.content(letter.paper, at)
    sha256 = keep_content(data)
    number = next_number(Notice, "N")
    made = Notice.objects.create(
        number=number,
        key=letter.key,
        owner=letter.owner,
        area=letter.area,
        about=letter.about,
        kind=letter.kind,
        title=letter.title,
        body=letter.body,
        addresses=list(letter.addresses),
        on=letter.on,
        content_id=sha256,
        digest=letter.paper.digest,
        name=f"{number}.pdf",
        size=len(data),
        message_id=message_id(letter.key, settings.NOTICES_DOMAIN),
        state=NoticeState.READY if letter.addresses else NoticeState.KEPT,
        reason="" if letter.addresses else NO_ADDRESS,
        due_at=at,
        made_at=at,
    )
    said = {"key": letter.key, "kind": letter.kind, "sha256": sha256, "about": letter.about}
    record(what=f"notice.{made.state}", subject=number, by=None, at=at, details=said)
    return made


@transaction.atomic(durable=True)
def take_out(*, notice: Notice, by: Person, at: datetime) -> bytes:
    """
    Give the PDF of a notice to an officer, and write down who took it.

    :raises NotAllowed: if none of the person's roles lets them read it
    """
    people.demand(by, f"{notice.area}.read")
    access.seen(subject=notice.number, what="letter", by=by, at=at)
    return bytes(notice.content.data)


@transaction.atomic(durable=True)
def hand_to_owner(*, number: str, owners: Sequence[str], by: Person, at: datetime) -> Notice | None:
    """
    Give a notice, bytes and all, to somebody of its owner, and write down who took it.

    None if there is none of these owners: nobody can tell a foreign one from a missing one.
    ``owners`` are those whose people the entrance found the person to be.
    """
    with only(owners):
        found = notices.of_owners(owners).select_related("content").filter(number=number).first()
    if found is not None:
        access.seen(subject=found.number, what="letter", by=by, at=at)
    return found


@contextmanager
def only(owners: Sequence[str]) -> Iterator[None]:
    """
    Let the database itself show notices of these owners only, until the block ends.

    See Note [whose notices]: the policy of the table compares ``together.owners``, which is set
    for the transaction. Without owners nothing is seen.
    """
    with transaction.atomic():
        _see(",".join(owners) or "-")
        yield
        _see("")


def _see(owners: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('together.owners', %s, true)", [owners])
