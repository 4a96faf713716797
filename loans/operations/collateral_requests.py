"""Requests about collateral: an institution's own; an officer takes each up, or declines it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loans.models import Application, CollateralPolicy, CollateralRequest, Instrument, Pledge
from loans.operations import pledges, releases
from loans.operations.allowed import demand_own
from loans.operations.hidden import demand_seen_until_lent
from loans.operations.pledges import Offered
from loans.queries.collateral_requests import senders
from loans.rules.drafts import quantity_fault
from loans.rules.institution_states import COLLATERAL_REQUEST_MOVES, CollateralRequestState
from loans.rules.market_data import units, written
from loans.rules.states import PledgeState
from together import Refused
from together.controls.models import Approval, Document, Person
from together.controls.operations import documents, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.treasury.models import Destination


class BadRequest(Refused):
    """Raised when something cannot be asked for so; says which field, its value and the rule."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What an institution wants: to pledge more, to exchange a pledge, or to have one back.

    ``key`` is that of its form: sent twice, it asks once. ``quantity`` is decimal text in whole
    units. ``kept_by`` keeps it, or it comes by the transfer that ``reference`` names on its chain,
    from the institution's own destination ``sender``.
    """

    kind: str
    key: UUID
    instrument: Instrument | None = None
    quantity: str = ""
    kept_by: str = ""
    reference: str = ""
    sender: Destination | None = None
    pledge: Pledge | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that shows what is announced, such as a statement of the custodian."""

    name: str
    data: bytes


@transaction.atomic(durable=True)
def ask(
    *,
    application: Application,
    wanted: Wanted,
    evidence: Evidence | None = None,
    by: Person,
    at: datetime,
) -> CollateralRequest:
    """
    Announce or ask for something about the collateral of an application or its loan.

    Nothing changes by it: a loan officer takes it up under the rules of pledges, or declines it.

    :raises NotAllowed: if they do not act for the institution
    :raises BadRequest: if it cannot be so
    :raises NotPledgeable: if the application is unsecured, declined or withdrawn
    :raises NotADocument: if the file is of no kind that is filed
    """
    application = pledges.application_of(application.pk)
    demand_own(by, "portal.act", application.institution)
    known = CollateralRequest.objects.filter(key=wanted.key).first()
    if known is not None:
        if known.application_id != application.pk:
            raise BadRequest("key: it is that of another form; open the page again")
        return known
    if evidence is not None:
        documents.take_in(
            area="loans",
            subject=application.number,
            kind="collateral",
            title=f"Collateral of {application.number}, as announced",
            name=evidence.name,
            data=evidence.data,
            by=by,
            at=at,
        )
    return begin(application, wanted, by, at)


def begin(application: Application, wanted: Wanted, by: Person, at: datetime) -> CollateralRequest:
    """Write a request down, in the transaction of who calls and has asked who may; see above."""
    pledges.demand_open(application)
    found = _faults(application, wanted)
    if found:
        raise BadRequest("; ".join(found))
    instrument = wanted.instrument
    made = CollateralRequest.objects.create(
        number=next_number(CollateralRequest, "CR"),
        application=application,
        kind=wanted.kind,
        key=wanted.key,
        instrument=instrument,
        quantity=(
            units(wanted.quantity.replace(",", ""), instrument.quantity_scale)
            if instrument
            else None
        ),
        kept_by=wanted.kept_by.strip(),
        reference=wanted.reference.strip(),
        sender=wanted.sender,
        pledge=wanted.pledge,
        reason=wanted.reason.strip(),
        asked_by=by,
        asked_at=at,
    )
    _record(made, "asked", by, at, kind=made.kind)
    return made


def _faults(application: Application, wanted: Wanted) -> list[str]:
    """Name all that is wrong with what is wanted."""
    found = _faults_of_pledge(application, wanted)
    for field, most in (("kept_by", 60), ("reference", 80), ("reason", 200)):
        if len(getattr(wanted, field).strip()) > most:
            found.append(f"{field}: must be up to {most} letters")
    if wanted.kind == "release":
        if not wanted.reason.strip():
            found.append("reason: must be given")
        if wanted.instrument is not None:
            found.append("instrument: a release names the pledge only")
        return found
    return found + _faults_of_what(application, wanted)


def _faults_of_what(application: Application, wanted: Wanted) -> list[str]:
    found = []
    policy = CollateralPolicy.objects.order_by("-version").first()
    if wanted.instrument is None or policy is None or wanted.instrument.pk not in policy.haircuts:
        found.append("instrument: must have a haircut in the collateral policy in force")
    elif wrong := quantity_fault(wanted.quantity, wanted.instrument.quantity_scale):
        found.append(f"quantity: {wrong}")
    if not wanted.kept_by.strip() and not wanted.reference.strip():
        found.append("kept_by: say who keeps it, or name its transfer under reference")
    if wanted.sender and wanted.sender not in senders(application.institution):
        found.append(f"sender: {wanted.sender.number} is not a destination of yours")
    return found


def _faults_of_pledge(application: Application, wanted: Wanted) -> list[str]:
    if wanted.kind not in ("pledge", "substitution", "release"):
        return [f"kind: {wanted.kind[:20]!r} must be pledge, substitution or release"]
    pledge = wanted.pledge
    if wanted.kind == "pledge":
        return ["pledge: more collateral takes the place of none"] if pledge else []
    if pledge is None:
        return ["pledge: must be named"]
    if pledge.application_id != application.pk or pledge.state != PledgeState.IN_FORCE:
        return [f"pledge: {pledge.number} is not in force for {application.number}"]
    other = pledge.asked_of.filter(state=CollateralRequestState.OPEN).first()
    return [f"pledge: {other.number} asks about {pledge.number} already"] if other else []


@transaction.atomic(durable=True)
def withdraw(*, request: CollateralRequest, by: Person, at: datetime) -> None:
    """
    Take a request back, by the institution's own people.

    :raises NotPossibleNow: if it is taken up, declined or withdrawn already
    """
    application = pledges.application_of(request.application_id)
    demand_own(by, "portal.act", application.institution)
    _end(_row(request), CollateralRequestState.WITHDRAWN, by, at)


@transaction.atomic(durable=True)
def decline(*, request: CollateralRequest, reason: str, by: Person, at: datetime) -> None:
    """
    Decline a request, for a reason that its institution reads.

    :raises BadRequest: if no reason is given
    :raises NotPossibleNow: if it is taken up, declined or withdrawn already
    """
    people.demand(by, "loans.write")
    demand_seen_until_lent(pledges.application_of(request.application_id), by)
    reason = reason.strip()
    if not reason or len(reason) > 200:
        raise BadRequest("reason: must be given, in up to 200 letters")
    request = _row(request)
    request.ended_for = reason
    _end(request, CollateralRequestState.DECLINED, by, at)


@transaction.atomic(durable=True)
def propose_pledge(
    *,
    request: CollateralRequest,
    custodian: str,
    reference: str,
    evidence: Document,
    by: Person,
    at: datetime,
) -> Pledge:
    """
    Take up what an institution announced: propose the pledge of just that, on evidence.

    :raises NotPledgeable: if it cannot be pledged so
    :raises NotPossibleNow: if the request is over, or asks for a release
    """
    people.demand(by, "loans.write")
    application = pledges.application_of(request.application_id)
    demand_seen_until_lent(application, by)
    request = _row(request)
    instrument = request.instrument
    if instrument is None:
        raise lifecycle.NotPossibleNow(f"{request.number} asks for a release")
    offered = Offered(
        instrument=instrument,
        quantity=written(request.quantity or 0, instrument.quantity_scale),
        custodian=custodian,
        reference=reference,
        evidence=evidence,
        replaces=request.pledge,
    )
    request.made, _ = pledges.begin(application, offered, by, at)
    _end(request, CollateralRequestState.TAKEN_UP, by, at)
    return request.made


@transaction.atomic(durable=True)
def propose_release(*, request: CollateralRequest, by: Person, at: datetime) -> Approval:
    """
    Take up a request for a release: ask for its approval, for the institution's reason.

    :raises NotCovered: if the loan to value were above the initial one without the pledge
    :raises NotPossibleNow: if the request is over, or asks for no release
    """
    people.demand(by, "loans.write")
    application = pledges.application_of(request.application_id)
    demand_seen_until_lent(application, by)
    request = _row(request)
    if request.kind != "release" or request.pledge is None:
        raise lifecycle.NotPossibleNow(f"{request.number} asks for no release")
    asked = releases.begin(application, request.pledge, request.reason, by, at)
    _end(request, CollateralRequestState.TAKEN_UP, by, at)
    return asked


def _row(request: CollateralRequest) -> CollateralRequest:
    found = CollateralRequest.objects.select_for_update(of=("self",))
    return found.select_related("application", "instrument", "pledge").get(pk=request.pk)


def _end(request: CollateralRequest, to: CollateralRequestState, by: Person, at: datetime) -> None:
    request.state = lifecycle.move(
        COLLATERAL_REQUEST_MOVES,
        CollateralRequestState(request.state),
        to,
        what=f"collateral request {request.number}",
    )
    request.ended_by, request.ended_at = by, at
    request.save(update_fields=["state", "made", "ended_by", "ended_at", "ended_for"])
    made = {"pledge": request.made.number} if request.made else {}
    _record(request, to.value, by, at, **made)


def _record(
    request: CollateralRequest, what: str, by: Person, at: datetime, **details: str
) -> None:
    record(
        what=f"collateral_request.{what}",
        subject=request.number,
        by=by,
        at=at,
        details={"application": request.application.number, **details},
    )
