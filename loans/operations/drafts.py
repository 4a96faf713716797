"""Drafts of applications: written by an institution's people, and submitted as an application."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from loans.models import Application, CollateralPolicy, Draft, Institution, Instrument
from loans.operations import applications, collateral_requests
from loans.operations.allowed import demand_own
from loans.operations.asking import Asked, BadTerms, demand_sound
from loans.operations.collateral_requests import Wanted
from loans.queries.lending_pools import open_pools
from loans.rules import drafts as rules
from loans.rules.institution_states import DRAFT_MOVES, DraftState
from together import Refused
from together.controls.models import Person
from together.controls.operations import documents
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle


class BadDraft(Refused):
    """Raised when a draft cannot be kept or submitted so; says each field, value and rule."""


class Overtaken(Refused):
    """Raised when somebody else changed a draft meanwhile; says who, and when."""


@transaction.atomic(durable=True)
def start(
    *, institution: Institution, key: UUID, values: Mapping[str, Any], by: Person, at: datetime
) -> Draft:
    """
    Begin a draft with what was typed; the same form sent twice begins one.

    :raises NotAllowed: if they do not act for the institution
    :raises BadDraft: if something is too long to be kept
    """
    institution = Institution.objects.select_for_update().get(pk=institution.pk)
    demand_own(by, "portal.act", institution)
    known = Draft.objects.filter(institution=institution, key=key).first()
    if known:
        return known
    made = Draft.objects.create(
        number=next_number(Draft, "DA"),
        institution=institution,
        key=key,
        content=_kept(values),
        started_by=by,
        started_at=at,
        changed_by=by,
        changed_at=at,
    )
    _record(made, "started", by, at)
    return made


@transaction.atomic(durable=True)
def save(
    *, draft: Draft, version: int, values: Mapping[str, Any], by: Person, at: datetime
) -> Draft:
    """
    Keep what was typed in a draft, complete or not.

    :raises Overtaken: if it has another version than the one that was changed
    :raises BadDraft: if something is too long to be kept
    :raises NotPossibleNow: if it is submitted or discarded
    """
    draft = open_draft(draft, by)
    content = _kept(values)
    if content == draft.content:
        return draft
    _demand_version(draft, version)
    draft.content = content
    change(draft, by, at)
    return draft


@transaction.atomic(durable=True)
def discard(*, draft: Draft, by: Person, at: datetime) -> None:
    """
    Give a draft up.

    :raises NotPossibleNow: if it is submitted or discarded already
    """
    draft = open_draft(draft, by)
    draft.state = _moved(draft, DraftState.DISCARDED)
    change(draft, by, at)
    _record(draft, "discarded", by, at)


@transaction.atomic(durable=True)
def submit(*, draft: Draft, version: int, by: Person, at: datetime) -> Application:
    """
    Submit a draft as it was seen: it becomes an application, exactly as if an officer entered it.

    Its files are filed about the application, and what it offers as collateral waits for an
    officer. Submitted twice it stays one application.

    :raises NotAllowed: if they do not act for the institution
    :raises BadDraft: if something is missing or wrong, with every field
    :raises Overtaken: if it has another version than the one that was seen
    :raises NotPossibleNow: if it is discarded
    """
    draft = _locked(draft, by)
    if draft.application is not None:
        return draft.application
    state = _moved(draft, DraftState.SUBMITTED)
    _demand_version(draft, version)
    asked, offers, found = read(draft, at.date())
    if asked is None:
        raise BadDraft("; ".join(f"{field}: {rule}" for field, rule in found))
    application = applications.enter(draft.institution, asked, by, at)
    for file in draft.files.select_related("content"):
        documents.take_in(
            area="loans",
            subject=application.number,
            kind=file.kind,
            title=file.title,
            name=file.name,
            data=bytes(file.content.data),
            by=by,
            at=at,
        )
    for n, offer in enumerate(offers, start=1):
        collateral_requests.begin(application, _wanted(draft, n, offer), by, at)
    draft.state, draft.application = state, application
    change(draft, by, at)
    _record(draft, "submitted", by, at, application=application.number)
    return application


def _wanted(draft: Draft, n: int, offer: rules.Offer) -> Wanted:
    return Wanted(
        kind="pledge",
        # Made of that of the draft: what it offers is offered once.
        key=UUID(int=(draft.key.int + n) % 2**128),
        instrument=Instrument.objects.get(pk=offer.instrument),
        quantity=offer.quantity,
        kept_by=offer.kept_by,
    )


def read(draft: Draft, on: date) -> tuple[Asked | None, tuple[rules.Offer, ...], list[rules.Fault]]:
    """Read a draft as an application would take it on a day, or give every fault by its field."""
    pools = {one.code: one for one in open_pools()}
    found, faults = rules.read(
        draft.content, {code: one.asset for code, one in pools.items()}, pledgeable()
    )
    if found is None:
        return None, (), faults
    asked = Asked(pools[found.pool], found.amount, found.purpose, found.terms, found.figures)
    try:
        demand_sound(asked, on)
    except BadTerms as fault:
        field, _, rule = str(fault).partition(": ")
        return None, (), [(field.removeprefix("terms."), rule)]
    return asked, found.offers, []


def pledgeable() -> dict[str, int]:
    """Give what has a haircut in the collateral policy in force, with decimals of quantities."""
    policy = CollateralPolicy.objects.order_by("-version").first()
    known = Instrument.objects.filter(pk__in=policy.haircuts if policy else [])
    return dict(known.order_by("code").values_list("code", "quantity_scale"))


def _kept(values: Mapping[str, Any]) -> dict[str, str]:
    try:
        return rules.kept(values)
    except ValueError as fault:
        raise BadDraft(str(fault)) from fault


def _locked(draft: Draft, by: Person) -> Draft:
    found = Draft.objects.select_for_update(of=("self",))
    draft = found.select_related("institution", "application", "changed_by").get(pk=draft.pk)
    demand_own(by, "portal.act", draft.institution)
    return draft


def open_draft(draft: Draft, by: Person) -> Draft:
    """Give a draft that is open, locked, to one of its institution's people; in an operation."""
    draft = _locked(draft, by)
    if draft.state != DraftState.OPEN:
        raise lifecycle.NotPossibleNow(f"draft {draft.number} is {draft.state}")
    return draft


def _moved(draft: Draft, to: DraftState) -> DraftState:
    what = f"draft {draft.number}"
    return lifecycle.move(DRAFT_MOVES, DraftState(draft.state), to, what=what)


def _demand_version(draft: Draft, version: int) -> None:
    if draft.version != version:
        raise Overtaken(
            f"draft {draft.number}: {draft.changed_by} changed it at {draft.changed_at:%H:%M} UTC,"
            " after you opened it; look at it as it is now, then save or submit it again"
        )


def change(draft: Draft, by: Person, at: datetime) -> None:
    """Write a change of a locked draft: it has another version then."""
    draft.version += 1
    draft.changed_by, draft.changed_at = by, at
    draft.save(
        update_fields=["content", "version", "state", "application", "changed_by", "changed_at"]
    )


def _record(draft: Draft, what: str, by: Person, at: datetime, **details: Any) -> None:
    said = {"institution": draft.institution.number, **details}
    record(what=f"draft.{what}", subject=draft.number, by=by, at=at, details=said)
