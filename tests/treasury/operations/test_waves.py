"""Waves: in their order, each only after the one before is complete and explained to the cent."""

from dataclasses import replace

import pytest

from tests.factories import NOW, TODAY, approve, payments, person
from tests.treasury.paying import Waves
from together.controls.models import Approval, AuditRecord
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Account
from together.ledger.operations.posting import Overdrawn
from together.treasury.models import Instruction, Wave
from together.treasury.operations import disbursements
from together.treasury.operations.disbursements import NoCanary, Order, WaveNotPossible
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions
from together.treasury.queries import waves


@pytest.fixture
def paying(own_database):
    return Waves()


def balance(code):
    return sum(Account.objects.filter(chart_id=code).values_list("balance", flat=True))


def test_the_canary_is_funded_alone_and_the_approval_names_every_wave(paying):
    paying.release()
    canary = Wave.objects.get(disbursement=paying.order, number=1)
    assert (canary.count, canary.released_by) == (100, paying.officer)
    assert -balance("allotment") == canary.total
    bound = Approval.objects.get(subject=paying.order.number).effect["waves"]
    assert [one[:2] for one in bound] == [[1, 100], [2, 50]]
    assert sum(one[2] for one in bound) == paying.order.total
    assert not Instruction.objects.filter(batch__wave__number=2).exclude(state="ready").exists()


def test_wave_after_wave_pays_everybody_once(paying):
    paying.canary()
    paying.pay(paying.release())
    paying.state()
    paid = rail().paid(wallet=paying.account.identifier)
    assert paid == {row.reference: [row.amount] for row in paying.rows}
    states = [one.state for one in waves.standing(paying.order)]
    assert states == ["complete", "complete"]
    assert (waves.next_wave(paying.order), waves.worst_loss(paying.order)) == (None, None)
    with pytest.raises(NotPossibleNow, match="is released"):
        paying.release()
    assert AuditRecord.objects.filter(what="disbursement.released").count() == 2


@pytest.mark.parametrize(
    ("reached", "why"),
    [
        ("released", "100 payments are not answered yet"),
        ("paid", "not on statements yet"),
    ],
)
def test_a_wave_waits_for_the_one_before(paying, reached, why):
    batches = paying.release()
    if reached == "paid":
        paying.pay(batches)
    with pytest.raises(WaveNotPossible, match=why):
        paying.release()
    assert Wave.objects.filter(released_at=None).count() == 1


def test_a_payment_without_an_answer_holds_the_next_wave_up(own_database):
    paying = Waves(conditions=Conditions(latency=0, lateness=0.2, timeout_before=10_000))
    paying.pay(paying.release())
    with pytest.raises(WaveNotPossible, match="not answered yet"):
        paying.release()


def test_a_refused_payment_holds_the_next_wave_up_until_somebody_decides(own_database):
    paying = Waves([replace(row, payee=f"closed-{row.payee}") for row in payments(["5"] * 104)])
    paying.canary()
    with pytest.raises(WaveNotPossible, match="of 100 refused payments nobody decided"):
        paying.release()


def test_what_can_go_wrong_at_most_is_the_wave(paying):
    loss = waves.worst_loss(paying.order)
    canary = Wave.objects.get(disbursement=paying.order, number=1)
    assert (loss.wave, loss.money.minor_units, loss.payments) == ("canary", canary.total, 100)
    assert loss.of_pool == "0.001 %"
    paying.pay(paying.release())
    assert waves.exposed(paying.order).minor_units == 0
    assert waves.worst_loss(paying.order).wave == "1 %"


def test_only_an_officer_of_the_treasury_releases_a_wave(paying):
    with pytest.raises(NotAllowed):
        paying.release(by=person("treasury_approver"))


def test_a_canary_is_never_released_of_more_than_its_source_holds(own_database):
    rows = payments(["4"] * 150)
    paying = Waves(rows)
    more = disbursements.prepare(
        pool=paying.pool,
        order=Order("award", "RUN-2", "retail.payout", ("fund.available", paying.pool.code)),
        payments=payments(["1999"] * 150, prefix="MORE"),
        by=paying.officer,
        at=NOW,
    )
    approve(Approval.objects.get(kind="retail.payout", subject=more.number))
    with pytest.raises(Overdrawn, match="lacks"):
        disbursements.release(disbursement=more, on=TODAY, by=paying.officer, at=NOW)
    assert balance("allotment") == 0


def test_several_payments_that_are_all_too_large_have_no_canary(own_database):
    paying = Waves()
    with pytest.raises(NoCanary, match="more than a canary may hold"):
        disbursements.prepare(
            pool=paying.pool,
            order=Order("award", "RUN-2", "retail.payout", ("fund.available", paying.pool.code)),
            payments=payments(["300001"] * 2, prefix="LARGE"),
            by=paying.officer,
            at=NOW,
        )
    assert not Instruction.objects.filter(reference__startswith="LARGE").exists()
