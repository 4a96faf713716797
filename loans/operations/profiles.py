"""Changes of an institution's profile: proposed, approved by what they weigh, put in force."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loans.models import Institution, ProfileChange
from loans.operations.allowed import demand_any
from loans.operations.institutions import demand_sound, take
from loans.queries.profiles import ASSET, profile_of
from loans.rules.profiles import Profile, changed, weight
from loans.rules.states import PROFILE_MOVES, ProfileState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import Money, in_cents

KIND = "institution.profile"


class NotAChange(Refused):
    """Raised when a change of a profile cannot be so; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def propose(
    *, institution: Institution, profile: Profile, reason: str, by: Person, at: datetime
) -> Approval:
    """
    Propose that other facts hold of an institution.

    What moves a limit is decided by the larger limit before and after, what changes names only by
    the first stage alone.

    :raises NotAChange: if nothing changes, no reason is given or another change waits
    :raises NotAnInstitution: if a fact cannot be so
    """
    people.demand(by, "loans.write")
    institution = _locked(institution)
    if not reason.strip() or len(reason) > 400:
        raise NotAChange("reason: must be given, in up to 400 letters")
    waiting = ProfileChange.objects.filter(institution=institution, state="proposed").first()
    if waiting:
        raise NotAChange(f"{waiting.number} of {institution.number} waits; withdraw it first")
    demand_sound(institution, profile)
    before, after = profile_of(institution).document, profile.document
    if not changed(before, after):
        raise NotAChange(f"{institution.number}: nothing would change")
    change = ProfileChange(
        number=next_number(ProfileChange, "PC"),
        institution=institution,
        version=institution.changes.count() + 1,
        before=before,
        after=after,
        reason=reason,
        proposed_by=by,
        proposed_at=at,
    )
    asked = effect(change)
    change.effect_digest = approvals.digest(asked)
    change.save(force_insert=True)
    cents = in_cents(weight(before, after), ASSET)
    return approvals.request(
        kind=KIND, subject=change.number, effect=asked, amount_cents=cents, by=by, at=at
    )


def effect(change: ProfileChange) -> dict[str, Any]:
    """Give what the approval binds: whose profile, what changes, all facts after it, and why."""
    return {
        "number": change.number,
        "institution": change.institution.number,
        "version": change.version,
        "changes": changed(change.before, change.after),
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
    }


@transaction.atomic(durable=True)
def put_in_force(*, change: ProfileChange, by: Person, at: datetime) -> Institution:
    """
    Let an approved change hold.

    :raises NotApproved: if exactly this was not approved
    :raises NotAChange: if the institution is not as it was when this was proposed
    :raises NotAnInstitution: if a fact cannot be so any more
    :raises NotPossibleNow: if it holds already, or was withdrawn
    """
    demand_any(by, "loans.write", "loans.approve")
    institution = _locked(change.institution)
    change = ProfileChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    change.institution = institution
    to = _moved(change, ProfileState.APPLIED)
    approvals.demand(kind=KIND, subject=change.number, effect=effect(change))
    if profile_of(institution).document != change.before:
        raise NotAChange(f"{institution.number} is not as it was when {change} was proposed")
    profile = read(change.after)
    demand_sound(institution, profile)
    take(institution, profile)
    institution.change = change
    institution.save()
    change.state = to
    change.save(update_fields=["state"])
    said = {
        "institution": institution.number,
        **{name: change.after[name] for name in changed(change.before, change.after)},
    }
    record(what="profile.changed", subject=change.number, by=by, at=at, details=said)
    return institution


@transaction.atomic(durable=True)
def withdraw(*, change: ProfileChange, by: Person, at: datetime) -> None:
    """
    Give up a change that does not hold.

    :raises NotPossibleNow: if it does, or did
    """
    demand_any(by, "loans.write", "loans.approve")
    change = ProfileChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    change.state = _moved(change, ProfileState.WITHDRAWN)
    change.save(update_fields=["state"])
    record(what="profile.withdrawn", subject=change.number, by=by, at=at)


def read(document: dict[str, Any]) -> Profile:
    """Read facts as they were written down."""
    given = {**document, "aliases": tuple(document["aliases"])}
    return Profile(**{**given, "limit": Money(int(document["limit"]), ASSET)})


def _locked(institution: Institution) -> Institution:
    found = Institution.objects.select_for_update(of=("self",))
    return found.select_related("group", "parent").get(pk=institution.pk)


def _moved(change: ProfileChange, to: ProfileState) -> ProfileState:
    return lifecycle.move(
        PROFILE_MOVES, ProfileState(change.state), to, what=f"change {change.number}"
    )
