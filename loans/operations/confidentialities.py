"""Confidential applications: made so, people let in and out, lifted with a reason."""

from datetime import datetime

from django.db import transaction

from loans.models import AccessGrant, Application, Confidentiality
from loans.queries.confidential import in_force
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.numbers import next_number
from together.controls.operations.people import NotAllowed
from together.controls.operations.records import record
from together.controls.rules import roles
from together.controls.rules.lifecycle import NotPossibleNow

MOST_LETTERS = 200


class NoAccess(Refused):
    """Raised when somebody cannot be let in, or no reason is given; says who or what, and why."""


@transaction.atomic(durable=True)
def make(*, application: Application, reason: str, by: Person, at: datetime) -> Confidentiality:
    """
    Make an application confidential; who does so owns it, and lets others in.

    :raises NotAllowed: if it is another officer's: who entered it, else who proposed it
    :raises NoAccess: if no reason is given
    :raises NotPossibleNow: if it is confidential already
    """
    application = _locked(application)
    return begin(application, reason, by, at)


def begin(application: Application, reason: str, by: Person, at: datetime) -> Confidentiality:
    """Make a locked or new application confidential, in the transaction of who calls; see above."""
    people.demand(by, "loans.write")
    _demand_own(application, by)
    _demand_reason(reason)
    held = in_force().filter(application=application).first()
    if held:
        raise NotPossibleNow(f"{application.number} is confidential already: {held.number}")
    made = Confidentiality.objects.create(
        number=next_number(Confidentiality, "CF"), application=application, owner=by, made_at=at
    )
    said = {"confidentiality": made.number, "reason": reason}
    _record("made_confidential", made, said, by, at)
    return made


@transaction.atomic(durable=True)
def grant(*, confidentiality: Confidentiality, to: Person, by: Person, at: datetime) -> AccessGrant:
    """
    Let somebody in.

    :raises NotAllowed: if it is neither the owner nor compliance who does so
    :raises NoAccess: if they let in themselves, the owner, or who reads no loans or is in already
    :raises NotPossibleNow: if it was lifted
    """
    held = _open(confidentiality)
    _demand_keeper(held, by)
    if to == by:
        raise NoAccess(f"person: {to} cannot let in themselves")
    if to == held.owner:
        raise NoAccess(f"person: {to} owns it")
    if not to.is_active or not roles.may(people.roles_of(to, scope=""), "loans.read"):
        raise NoAccess(f"person: none of the roles of {to} reads loans")
    if held.grants.filter(person=to, ended_at=None).exists():
        raise NoAccess(f"person: {to} is let in already")
    made = AccessGrant.objects.create(confidentiality=held, person=to, granted_by=by, granted_at=at)
    _record("access_granted", held, {"person": to.username}, by, at)
    return made


@transaction.atomic(durable=True)
def end(*, grant: AccessGrant, reason: str, by: Person, at: datetime) -> None:
    """
    Let somebody in no more.

    :raises NotAllowed: if it is neither the owner, compliance, nor the person who does so
    :raises NoAccess: if no reason is given
    :raises NotPossibleNow: if it ended already
    """
    held = _row(grant.confidentiality_id)
    grant = AccessGrant.objects.select_related("person").get(pk=grant.pk)
    if by != grant.person:
        _demand_keeper(held, by)
    _demand_reason(reason)
    if grant.ended_at:
        raise NotPossibleNow(f"the access of {grant.person} to {held.number} ended already")
    grant.ended_by, grant.ended_at, grant.ended_for = by, at, reason
    grant.save(update_fields=["ended_by", "ended_at", "ended_for"])
    said = {"person": grant.person.username, "reason": reason}
    _record("access_ended", held, said, by, at)


@transaction.atomic(durable=True)
def lift(*, confidentiality: Confidentiality, reason: str, by: Person, at: datetime) -> None:
    """
    Let everybody see an application again who may read loans.

    :raises NotAllowed: if it is neither the owner nor one of the committee who does so
    :raises NoAccess: if no reason is given
    :raises NotPossibleNow: if it was lifted already
    """
    held = _open(confidentiality)
    is_owner = by == held.owner and roles.may(people.roles_of(by), "loans.write")
    if not by.is_active or not (is_owner or "committee" in people.roles_of(by, scope="")):
        raise NotAllowed(f"{held.number} is lifted by its owner {held.owner}, or by the committee")
    _demand_reason(reason)
    held.lifted_by, held.lifted_at, held.lifted_for = by, at, reason
    held.save(update_fields=["lifted_by", "lifted_at", "lifted_for"])
    _record("confidentiality_lifted", held, {"reason": reason}, by, at)


def _demand_own(application: Application, by: Person) -> None:
    """Refuse another officer's application; one that came by the portal is whose takes it on."""
    known = (application.submitted_by, application.proposed_by)
    officers = [
        one for one in known if one and roles.may(people.roles_of(one, scope=""), "loans.write")
    ]
    if officers and by not in officers:
        raise NotAllowed(f"{application.number} is made confidential by its officer {officers[0]}")


def _demand_keeper(held: Confidentiality, by: Person) -> None:
    codes = people.roles_of(by, scope="") if by.is_active else frozenset()
    is_owner = by == held.owner and roles.may(codes, "loans.write")
    if not (is_owner or "compliance" in codes):
        raise NotAllowed(f"who sees {held.number} is said by its owner {held.owner}, or compliance")


def _demand_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > MOST_LETTERS:
        raise NoAccess(f"reason: must be given, in up to {MOST_LETTERS} letters")


def _locked(application: Application) -> Application:
    found = Application.objects.select_for_update(of=("self",))
    return found.select_related("submitted_by", "proposed_by").get(pk=application.pk)


def _row(key: int) -> Confidentiality:
    found = Confidentiality.objects.select_for_update(of=("self",))
    return found.select_related("application", "owner").get(pk=key)


def _open(confidentiality: Confidentiality) -> Confidentiality:
    held = _row(confidentiality.pk)
    if held.lifted_at:
        raise NotPossibleNow(f"{held.number} was lifted already")
    return held


def _record(
    what: str, held: Confidentiality, said: dict[str, str], by: Person, at: datetime
) -> None:
    record(
        what=f"application.{what}",
        subject=held.application.number,
        by=by,
        at=at,
        details={"confidentiality": held.number, **said},
    )
