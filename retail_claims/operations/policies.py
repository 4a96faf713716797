"""Policies and programmes: opening a programme, entering a version of its policy."""

from datetime import datetime

from django.db import transaction

from retail_claims.models import Policy, Programme
from retail_claims.rules import policy as policy_rules
from retail_claims.rules.texts import ATOMS
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.ledger.rules.money import ASSETS
from together.treasury.models import Pool


class UnitTooFine(Refused):
    """Raised when a policy awards smaller units than the pool's asset has."""


@transaction.atomic(durable=True)
def open_programme(
    *, code: str, name: str, pool: Pool, announced_at: datetime, by: Person, at: datetime
) -> Programme:
    """Open a programme; its clocks of 24 and 96 hours run from the announcement."""
    people.demand(by, "claims.write")
    programme = Programme(code=code, name=name, pool=pool, announced_at=announced_at)
    programme.full_clean()
    programme.save(force_insert=True)
    record(what="programme.opened", subject=code, by=by, at=at)
    return programme


@transaction.atomic(durable=True)
def enter(*, programme: Programme, text: str, by: Person, at: datetime) -> Policy:
    """
    Enter a policy as the next version of a programme's; it can never be changed.

    ``text`` is the JSON of ADJUDICATE.md section 3, salt included. The same policy again is the
    version it was.

    :raises BadPolicy: with the path of what is wrong and the rule
    :raises UnitTooFine: if its unit of award is smaller than the asset's minor unit
    """
    people.demand(by, "claims.write")
    parsed = policy_rules.parse(text)
    asset = programme.pool.asset
    if parsed.unit % (ATOMS // 10 ** ASSETS[asset]):
        raise UnitTooFine(f"award.unit: {asset} has {ASSETS[asset]} decimals, not more")
    Programme.objects.select_for_update().get(pk=programme.pk)
    known = Policy.objects.filter(programme=programme, digest=parsed.digest).first()
    if known:
        return known
    policy = Policy.objects.create(
        programme=programme,
        version=Policy.objects.filter(programme=programme).count() + 1,
        name=parsed.name,
        document=parsed.document,
        salt=parsed.salt,
        digest=parsed.digest,
        entered_by=by,
        entered_at=at,
    )
    record(
        what="policy.entered",
        subject=f"{programme.code}:{policy.version}",
        by=by,
        at=at,
        details={"digest": parsed.digest},
    )
    return policy
