"""Screening: comparing subjects of a programme with every list, and demanding the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from together import Refused
from together.controls.models import Hit, ListEntry, Screening
from together.controls.operations.approvals import digest
from together.controls.operations.records import record, record_all
from together.controls.queries import screening as screened
from together.controls.rules.fuzzy import ByLikeness
from together.controls.rules.screening import HitState, Match, Matcher, Subject


class NotScreened(Refused):
    """Raised when somebody is not screened as they must be; says since when and why."""


class HitStands(Refused):
    """Raised when somebody is like an entry of a list and nobody cleared it; names the hit."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a screening did: how many were screened, and which hits were opened."""

    screened: int
    opened: Sequence[str]


def due(subjects: Sequence[Subject], at: datetime) -> list[Subject]:
    """Give those of some subjects of one area whose last screening does not hold any more."""
    newest = screened.newest_list()
    if newest is None or not subjects:
        return []
    current = (newest.pk, screened.policy().pk)
    last = screened.last_of(subjects[0].area, [one.number for one in subjects])
    return [
        one
        for one in subjects
        if screened.is_due(last.get(one.number), digest(one.facts), at, current)
    ]


@transaction.atomic(durable=True)
def screen(*, subjects: Sequence[Subject], at: datetime, matcher: Matcher | None = None) -> Done:
    """
    Compare subjects with every list in force, and write down that it was done and what was found.

    A decision about a hit stays as long as neither the subject nor the entry changes.

    :raises NotScreened: if no list is loaded
    """
    with connection.cursor() as cursor:
        # One at a time, and not while a list is loaded.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('screening'))")
    newest, policy = screened.newest_list(), screened.policy()
    if newest is None:
        raise NotScreened("nobody can be screened: no list is loaded")
    found = (matcher or ByLikeness()).matches(subjects, screened.listed(), policy.threshold)
    counts = [0] * len(subjects)
    for match in found:
        counts[match.subject] += 1
    Screening.objects.bulk_create(
        (
            Screening(
                area=one.area,
                subject=one.number,
                facts=one.facts,
                facts_digest=digest(one.facts),
                policy=policy,
                newest_list=newest,
                matches=counts[n],
                at=at,
            )
            for n, one in enumerate(subjects)
        ),
        batch_size=1000,
    )
    opened = _write_hits(subjects, found, at)
    record(
        what="screening.done",
        subject="screening",
        by=None,
        at=at,
        details={"subjects": len(subjects), "matches": len(found), "opened": len(opened)},
    )
    return Done(len(subjects), opened)


def _write_hits(subjects: Sequence[Subject], found: Sequence[Match], at: datetime) -> list[str]:
    """Open what is new, and again what changed; what was decided and did not change stays."""
    entries = ListEntry.objects.in_bulk([match.entry for match in found])
    kept = {
        (hit.area, hit.subject, hit.source, hit.reference): hit
        for hit in Hit.objects.select_for_update(of=("self",))
        .select_related("entry")
        .filter(subject__in={subjects[match.subject].number for match in found})
    }
    new: list[Hit] = []
    changed: list[Hit] = []
    for match in found:
        subject, entry = subjects[match.subject], entries[match.entry]
        hit = kept.get((subject.area, subject.number, entry.source, entry.reference))
        if hit is None:
            new.append(_hit(subject, entry, match, at))
        elif why := _changes(hit, subject, entry):
            _open_again(hit, subject, entry, match, why=why, at=at)
            changed.append(hit)
    _number(new)
    Hit.objects.bulk_create(new, batch_size=1000)
    for hit in changed:
        hit.save()
    opened = {hit.number: {"subject": hit.subject, "why": hit.why} for hit in (*new, *changed)}
    record_all(what="hit.opened", at=at, details=opened)
    return list(opened)


def _facts(subject: Subject, entry: ListEntry, match: Match) -> dict[str, Any]:
    return {
        "title": subject.title[:120],
        "entry": entry,
        "role": match.role,
        "said": match.said[:400],
        "listed": match.listed,
        "score": match.score,
        "facts_digest": digest(subject.facts),
    }


def _hit(subject: Subject, entry: ListEntry, match: Match, at: datetime) -> Hit:
    return Hit(
        area=subject.area,
        subject=subject.number,
        source=entry.source,
        reference=entry.reference,
        why="it was found for the first time",
        opened_at=at,
        **_facts(subject, entry, match),
    )


def _changes(hit: Hit, subject: Subject, entry: ListEntry) -> str:
    """Say what changed since a hit was found or decided, or nothing."""
    found = []
    if hit.facts_digest != digest(subject.facts):
        found.append("the names or addresses of the subject changed")
    if hit.entry.digest != entry.digest:
        found.append("the entry of the list changed")
    return " and ".join(found)


def _open_again(
    hit: Hit, subject: Subject, entry: ListEntry, match: Match, *, why: str, at: datetime
) -> None:
    for name, value in _facts(subject, entry, match).items():
        setattr(hit, name, value)
    hit.why = why
    hit.times_opened += 1
    if hit.state != HitState.OPEN:
        hit.opened_at = at
    hit.state = HitState.OPEN
    hit.reason = hit.effect_digest = ""
    hit.proposed_by = hit.decided_by = hit.decided_at = None


def _number(hits: Sequence[Hit]) -> None:
    """Give new hits their numbers; the lock of the screening keeps them apart."""
    first = Hit.objects.count() + 1
    for n, hit in enumerate(hits):
        hit.number = f"H-{first + n:04d}"


def demand(subject: Subject, at: datetime) -> None:
    """
    Let only somebody pass who is screened, by now, and found on no list.

    :raises HitStands: if a hit is open or confirmed
    :raises NotScreened: if the last screening does not hold
    """
    hit = screened.blocking(subject.area, subject.number).first()
    if hit is not None:
        raise HitStands(
            f"{subject.title} is like an entry of a sanctions list: {hit.number} is {hit.state}"
            f" ({hit.role} {hit.said!r} and {hit.listed!r} of {hit.get_source_display()}"
            f" {hit.reference}, score {hit.score})"
        )
    last = screened.last_of(subject.area, [subject.number]).get(subject.number)
    why = screened.stale(last, digest(subject.facts), at)
    if why:
        raise NotScreened(f"{subject.title} is not screened for sanctions: {why}")
