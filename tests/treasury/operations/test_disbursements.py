"""Disbursements: what is released is exactly what was approved, once."""

import pytest

from tests.factories import NOW, TODAY, approve, funded_pool, payments, person, released
from together.controls.models import Approval
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Account
from together.ledger.operations.posting import Overdrawn
from together.treasury.models import Batch, Disbursement, Instruction
from together.treasury.operations import disbursements
from together.treasury.operations.disbursements import NothingToPay, Order, PaidAlready

pytestmark = pytest.mark.django_db


def prepare(pool, rows, subject="RUN-1", officer=None):
    return disbursements.prepare(
        pool=pool,
        order=Order("award", subject, "retail.payout", ("fund.available", pool.code)),
        payments=rows,
        by=officer or person("treasury_officer"),
        at=NOW,
    )


def release(disbursement, by=None):
    return disbursements.release(
        disbursement=disbursement, on=TODAY, by=by or person("treasury_officer"), at=NOW
    )


def approval_of(disbursement):
    return Approval.objects.get(subject=disbursement.number)


def test_a_released_batch_has_its_allotment_and_no_more():
    pool = funded_pool(amount="100")
    done = released(pool, payments(["10", "20"]))
    batch = done.batches.get()
    assert (done.count, done.total, batch.total) == (2, 30_000_000, 30_000_000)
    assert Account.objects.get(chart_id="allotment", subject=batch.number).balance == -30_000_000
    assert Account.objects.get(chart_id="fund.available").balance == -70_000_000


def test_payments_are_cut_into_a_canary_and_batches_of_a_thousand():
    pool = funded_pool(amount="3000")
    done = prepare(pool, payments(["1"] * 2101))
    found = done.batches.order_by("number").values_list("wave__number", "count")
    assert list(found) == [(1, 100), (2, 1000), (2, 1000), (2, 1)]


def test_nothing_is_released_that_was_not_approved():
    pool = funded_pool()
    prepared = prepare(pool, payments(["10"]))
    with pytest.raises(NotApproved):
        release(prepared)
    assert not Batch.objects.filter(released_at__isnull=False).exists()


def test_the_release_needs_an_officer_of_the_treasury():
    pool = funded_pool()
    prepared = prepare(pool, payments(["10"]))
    approve(approval_of(prepared))
    with pytest.raises(NotAllowed):
        release(prepared, by=person("claims_officer"))


def test_a_release_happens_once():
    done = released(funded_pool(), payments(["10"]))
    with pytest.raises(NotPossibleNow, match="is released"):
        release(done)


def test_the_same_payment_is_never_instructed_twice():
    pool = funded_pool()
    prepare(pool, payments(["10"]))
    with pytest.raises(PaidAlready):
        prepare(pool, payments(["10"]), subject="RUN-2")
    with pytest.raises(PaidAlready):
        prepare(pool, payments(["10"], prefix="X"), subject="RUN-1")
    assert (Disbursement.objects.count(), Instruction.objects.count()) == (1, 1)


def test_an_order_of_nothing_is_refused():
    with pytest.raises(NothingToPay):
        prepare(funded_pool(), [])


def test_more_than_the_source_holds_is_not_released():
    pool = funded_pool(amount="15")
    prepared = prepare(pool, payments(["10", "6"]))
    approve(approval_of(prepared))
    with pytest.raises(Overdrawn):
        release(prepared)
    prepared.refresh_from_db()
    assert prepared.state == "prepared"
    assert not Account.objects.filter(chart_id="allotment").exists()


def test_a_disbursement_given_up_pays_nobody():
    pool = funded_pool()
    prepared = prepare(pool, payments(["10"]))
    disbursements.withdraw(disbursement=prepared, by=person("treasury_officer"), at=NOW)
    approve(approval_of(prepared))
    prepared.refresh_from_db()
    with pytest.raises(NotPossibleNow, match="withdrawn"):
        release(prepared)
