"""Impairments: the loss allowance of a pool's loans is assessed, approved, and booked."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from loans import postings
from loans.models import Impairment, Loan, LoanImpairment
from loans.queries import books, impairments
from loans.queries.policies import policy_in_force
from loans.rules.states import IMPAIRMENT_MOVES, ImpairmentState, LoanState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.operations import posting
from together.ledger.rules.money import Money, in_cents
from together.treasury.models import Pool

KIND = "loan.impairment"
WRITES = "treasury.write"


class BadImpairment(Refused):
    """Raised when an assessment cannot be so; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def propose(*, pool: Pool, as_of: date, by: Person, at: datetime) -> Approval:
    """
    Assess the loss allowance of every loan of a pool on a closed day, and ask for its approval.

    :raises BadImpairment: if a loan is not closed up to the day, the day is to come or not after
        the last one booked, another assessment waits, or nothing is owed and nothing set aside
    """
    people.demand(by, WRITES)
    pool = Pool.objects.select_for_update().get(pk=pool.pk)
    _demand_day(pool, as_of, at.date())
    policy = policy_in_force()
    rows, held = impairments.assess(pool, as_of, policy), _in_the_books(pool)
    # Where all is repaid, nothing is assessed: what the books still hold for it is given back.
    if not rows and not held:
        raise BadImpairment(f"pool: {pool.code} has no loan that is owed or committed on {as_of}")
    found = Impairment(
        number=next_number(Impairment, "IM"),
        pool=pool,
        as_of=as_of,
        policy=policy,
        allowance=sum(row.allowance for row in rows),
        suspended=sum(row.suspended for row in rows),
        rows_digest=impairments.rows_digest(rows),
        proposed_by=by,
        proposed_at=at,
    )
    asked = effect(found)
    found.effect_digest = approvals.digest(asked)
    found.save(force_insert=True)
    for row in rows:
        row.impairment = found
    LoanImpairment.objects.bulk_create(rows)
    moved = abs(found.allowance + found.suspended - held)
    return approvals.request(
        kind=KIND,
        subject=found.number,
        effect=asked,
        amount_cents=in_cents(moved, pool.asset),
        by=by,
        at=at,
    )


def _demand_day(pool: Pool, as_of: date, today: date) -> None:
    if as_of > today:
        raise BadImpairment(f"as_of: {as_of} is to come")
    last = impairments.last_booked(pool)
    if last is not None and as_of <= last.as_of:
        raise BadImpairment(f"as_of: {as_of} is not after {last.as_of}, which {last} is booked for")
    waiting = Impairment.objects.filter(pool=pool, state=ImpairmentState.PROPOSED).first()
    if waiting:
        raise BadImpairment(f"pool: {waiting} of {pool.code} waits; book or withdraw it first")
    behind = Loan.objects.filter(pool=pool, state=LoanState.ACTIVE, business_date__lt=as_of)
    first = behind.order_by("business_date", "number").first()
    if first is not None:
        raise BadImpairment(
            f"as_of: loan {first.number} is closed up to {first.business_date}, not {as_of};"
            " close the day first"
        )


def _in_the_books(pool: Pool) -> int:
    """Give what the books hold for every loan of a pool, in minor units; repaid ones too."""
    balance = books.balances(impairments.RESERVES, pool.asset)
    numbers = Loan.objects.filter(pool=pool).values_list("number", flat=True)
    return -sum(balance[code, number] for number in numbers for code in impairments.RESERVES)


def effect(found: Impairment) -> dict[str, Any]:
    """Give what the approval binds: the day, by which policy, the totals, and each row."""
    return {
        "number": found.number,
        "pool": found.pool_id,
        "as_of": found.as_of.isoformat(),
        "policy": found.policy.number,
        "allowance": found.allowance,
        "suspended": found.suspended,
        "rows_digest": found.rows_digest,
    }


@transaction.atomic(durable=True)
def book(*, impairment: Impairment, by: Person, at: datetime) -> None:
    """
    Bring the books of every loan to what an approved assessment says.

    A loan that it does not name keeps no allowance. Entries are of the assessment's day; if that
    is closed the database books them on the first open one.

    :raises NotApproved: if exactly this was not approved
    :raises NotPossibleNow: if it is booked or withdrawn
    """
    people.demand(by, WRITES)
    found = _locked(impairment)
    approvals.demand(kind=KIND, subject=found.number, effect=effect(found))
    _move(found, ImpairmentState.BOOKED, by, at)
    asset = found.pool.asset
    rows = found.rows.values_list("loan__number", "allowance", "suspended")
    allowances = {number: allowance for number, allowance, _ in rows}
    suspended = {number: held for number, _, held in rows}
    balance = books.balances(impairments.RESERVES, asset)
    loans = Loan.objects.filter(pool=found.pool).order_by("number")
    entries = [
        postings.impaired(
            key=f"impairment:{found.number}:{number}",
            loan=number,
            pool=found.pool_id,
            on=found.as_of,
            lost=Money(allowances.get(number, 0) + balance["loan.allowance", number], asset),
            held=Money(suspended.get(number, 0) + balance["loan.suspended", number], asset),
        )
        for number in loans.values_list("number", flat=True)
    ]
    posting.post_all([entry for entry in entries if entry is not None])


@transaction.atomic(durable=True)
def withdraw(*, impairment: Impairment, by: Person, at: datetime) -> None:
    """
    Give up an assessment that is not booked.

    :raises NotPossibleNow: if it is booked, or was withdrawn
    """
    people.demand(by, WRITES)
    _move(_locked(impairment), ImpairmentState.WITHDRAWN, by, at)


def _locked(impairment: Impairment) -> Impairment:
    found = Impairment.objects.select_for_update(of=("self",))
    return found.select_related("pool", "policy").get(pk=impairment.pk)


def _move(found: Impairment, to: ImpairmentState, by: Person, at: datetime) -> None:
    found.state = lifecycle.move(
        IMPAIRMENT_MOVES, found.state, to, what=f"assessment {found.number}"
    )
    found.save(update_fields=["state"])
    said = {"pool": found.pool_id, "as_of": found.as_of.isoformat()}
    record(what=f"impairment.{to.value}", subject=found.number, by=by, at=at, details=said)
