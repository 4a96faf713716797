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
    Book what the rail took since the last time as paid, and give the amount in minor units.

    One entry a batch, whatever the number of its payments.
    """
    run = (
        Run.objects.select_for_update(of=("self",)).select_related("programme__pool").get(pk=run.pk)
    )
    pool = run.programme.pool
    news = list(paid.settled_not_booked(run.number))
    posting.post_all(
        [
            postings.awards_paid(
                batch=batch,
                upto=settled,
                pool=pool.code,
                money=Money(settled - booked, pool.asset),
                on=on,
            )
            for batch, settled, booked in news
        ]
    )
    return sum(settled - booked for _, settled, booked in news)


def _payments(run: Run) -> Iterator[Payment]:
    rows = Decision.objects.filter(run=run, decision="award", payable__gt=0).order_by("leaf_index")
    for leaf, person, payee, payable in rows.values_list(
        "leaf_index", "person_id", "payee", "payable"
    ).iterator(chunk_size=10_000):
        yield Payment(f"{run.number}:{person}", f"{run.number}-{leaf:08d}", payee, payable)
