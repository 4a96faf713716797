"""Payments of awards: asked of the treasury, and booked as paid once the rail took them."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from retail_claims import postings
from retail_claims.models import Decision, Run
from retail_claims.queries import paid
from retail_claims.rules.states import RunState
from together.controls.models import Person
from together.controls.operations import people
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.operations import posting
from together.ledger.rules.money import Money
from together.treasury.models import Disbursement
from together.treasury.operations import disbursements
from together.treasury.operations.disbursements import Order, Payment

KIND = "award"


def prepare(*, run: Run, by: Person, at: datetime) -> Disbursement:
    """
    Ask the treasury to pay every award of a published run.

    :raises NotPossibleNow: if the run is not published
    :raises PaidAlready: if it was asked before
    """
    people.demand(by, "treasury.write")
    run = Run.objects.select_related("programme__pool").get(pk=run.pk)
    if run.state != RunState.PUBLISHED:
        raise NotPossibleNow(f"run {run.number} is {run.state}: only a published run is paid")
    return disbursements.prepare(
        pool=run.programme.pool,
        order=Order(KIND, run.number, "retail.payout", ("fund.awarded", run.number)),
        payments=_payments(run),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def book_paid(*, run: Run, on: date) -> int:
    """
    Book what the rail took since the last time as paid, and what came back as not paid.

    Gives the change in minor units. One entry a batch and way, whatever the number of payments;
    run again it books nothing.
    """
    run = _locked(run)
    pool = run.programme.pool
    news = paid.not_booked(run.number)
    entries = []
    for one in news:
        if one.taken > one.booked_taken:
            money = Money(one.taken - one.booked_taken, pool.asset)
            entries.append(
                postings.awards_paid(
                    batch=one.batch, upto=one.taken, pool=pool.code, money=money, on=on
                )
            )
        if one.returned > one.booked_returned:
            money = Money(one.returned - one.booked_returned, pool.asset)
            entries.append(
                postings.awards_returned(
                    batch=one.batch, upto=one.returned, pool=pool.code, money=money, on=on
                )
            )
    posting.post_all(entries)
    return sum(n.taken - n.booked_taken - n.returned + n.booked_returned for n in news)


def _locked(run: Run) -> Run:
    """Lock a run and give it with its pool."""
    runs = Run.objects.select_for_update(of=("self",)).select_related("programme__pool")
    return runs.get(pk=run.pk)


def _payments(run: Run) -> Iterator[Payment]:
    rows = Decision.objects.filter(run=run, decision="award", payable__gt=0).order_by("leaf_index")
    for leaf, person, payee, payable in rows.values_list(
        "leaf_index", "person_id", "payee", "payable"
    ).iterator(chunk_size=10_000):
        yield Payment(f"{run.number}:{person}", f"{run.number}-{leaf:08d}", payee, payable)
