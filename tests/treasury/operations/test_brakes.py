"""Brakes: the first cent that nothing explains stops a disbursement, and only that one."""

import time
from dataclasses import replace

import pytest
from django.db import transaction

from tests.factories import NOW, TODAY, payments, person, released
from tests.treasury.paying import CALM, Waves
from together.controls.models import AuditRecord
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.operations import posting
from together.ledger.rules.money import Money
from together.ledger.rules.movements import Posting, credit, debit
from together.treasury.models import Brake, Instruction, StatementLine
from together.treasury.operations import brakes, payouts
from together.treasury.operations.brakes import MayNotResume, StillUnexplained
from together.treasury.operations.disbursements import WaveNotPossible
from together.treasury.operations.rails import rail
from together.treasury.tasks import pay_batch, sweep, watch_waves


@pytest.fixture
def paying(own_database):
    return Waves()


@transaction.atomic
def lose_a_cent(batch, back=False):
    """Book a cent out of an allotment, as a bug would, or back again."""
    pair = [("allotment", batch), ("fund.available", "retail")]
    out, into = reversed(pair) if back else pair
    cent = Money(10_000, "USDC")
    posting.post(
        Posting(f"bug:{batch}:{back}", "BUG", TODAY, (debit(*out, cent), credit(*into, cent)))
    )


def look(paying):
    return brakes.look(disbursement=paying.order, at=NOW)


def resume(paying, by=None):
    brakes.resume(
        disbursement=paying.order, reason="found", by=by or person("treasury_approver"), at=NOW
    )


def test_nothing_is_stopped_while_every_cent_is_explained(paying):
    assert look(paying) is None
    batches = paying.release()
    assert look(paying) is None
    paying.pay(batches)
    assert look(paying) is None
    paying.state()
    assert look(paying) is None


def test_a_cent_that_is_missing_in_the_books_stops_it_after_the_batch(paying):
    (batch,) = paying.release()
    payouts.work(batch=batch, worker="w1", rail=rail(), seconds=0.05)
    lose_a_cent(batch)
    brake = brakes.look_at_batch(batch=batch, at=NOW)
    assert brake.kind == "unexplained"
    assert "allotment in the books = payments not taken" in brake.reason
    assert AuditRecord.objects.get(what="disbursement.stopped").details["kind"] == "unexplained"
    assert brakes.look_at_batch(batch=batch, at=NOW) is None, "it is stopped once"


def test_stopped_nothing_more_is_sent_and_another_disbursement_goes_on(paying):
    (batch,) = paying.release()
    lose_a_cent(batch)
    watch_waves()
    paying.pay([batch])
    assert rail().paid(wallet=paying.account.identifier) == {}
    with pytest.raises(WaveNotPossible, match="it is stopped"):
        paying.release()
    other = released(paying.pool, payments(["1"], prefix="O"), subject="RUN-2")
    assert payouts.work(batch=other.batches.get().number, worker="w2", rail=rail(), seconds=5) == 1


def test_stopped_in_the_middle_the_worker_calls_no_rail_again(paying):
    (batch,) = paying.release()

    class Stopping:
        lateness_seconds = 0.2

        def send(self, **payment):
            if not Brake.objects.exists():
                brakes.halt(
                    disbursement=paying.order,
                    reason="looks odd",
                    by=person("treasury_officer"),
                    at=NOW,
                )
            return rail().send(**payment)

        def query(self, **asked):
            return rail().query(**asked)

    paying.pay([batch], over=Stopping())
    assert len(rail().paid(wallet=paying.account.identifier)) == 1
    resume(paying)
    states = Instruction.objects.filter(batch__number=batch).values_list("state", flat=True)
    assert set(states) == {"ready", "sending", "settled"}


def test_the_sweep_rings_for_no_batch_of_what_is_stopped(paying, monkeypatch):
    rung = []
    monkeypatch.setattr(pay_batch, "delay", rung.append)
    (batch,) = paying.release()
    sweep()
    assert rung == [batch]
    lose_a_cent(batch)
    watch_waves()
    sweep()
    assert rung == [batch]


def test_a_payment_that_left_twice_stops_it_before_the_next_wave(paying):
    batches = paying.release()
    paying.pay(batches)
    first = Instruction.objects.filter(batch__number=batches[0]).first()
    rail().send(
        wallet=paying.account.identifier,
        reference=first.reference,
        payee=first.payee,
        amount=first.amount,
        asset="USDC",
    )
    paying.state()
    brake = look(paying)
    assert "lines of the account that no payment explains" in brake.reason
    with pytest.raises(WaveNotPossible, match="it is stopped"):
        paying.release()


def test_it_goes_on_only_when_the_cent_is_explained(paying):
    (batch,) = paying.release()
    lose_a_cent(batch)
    look(paying)
    with pytest.raises(StillUnexplained, match="wave 1"):
        resume(paying)
    lose_a_cent(batch, back=True)
    resume(paying)
    brake = Brake.objects.get()
    assert (brake.resumed_reason, brake.resumed_at) == ("found", NOW)
    paying.pay([batch])
    assert len(rail().paid(wallet=paying.account.identifier)) == 100


def test_who_released_a_wave_or_stopped_it_does_not_let_it_go_on(own_database):
    both = person("treasury_officer", "treasury_approver")
    paying = Waves()
    paying.release(by=both)
    brakes.halt(disbursement=paying.order, reason="a call", by=person("treasury_approver"), at=NOW)
    with pytest.raises(MayNotResume):
        resume(paying, by=both)
    with pytest.raises(MayNotResume):
        resume(paying, by=Brake.objects.get().pulled_by)
    with pytest.raises(NotAllowed):
        resume(paying, by=paying.officer)
    resume(paying)
    with pytest.raises(NotPossibleNow, match="is not stopped"):
        resume(paying)


def test_a_person_stops_what_is_released_and_once(paying):
    def halt():
        brakes.halt(disbursement=paying.order, reason="a call", by=paying.officer, at=NOW)

    with pytest.raises(NotPossibleNow, match="nothing of it is being paid"):
        halt()
    paying.release()
    halt()
    with pytest.raises(NotPossibleNow, match="stopped already"):
        halt()


def test_too_many_refusals_stop_it_and_a_person_may_let_it_go_on(own_database):
    rows = payments(["5"] * 150)
    shut = [type(r)(r.subject, r.reference, f"closed-{r.payee}", r.amount) for r in rows]
    paying = Waves(shut)
    paying.pay(paying.release())
    brake = look(paying)
    assert (brake.kind, "100 were refused" in brake.reason) == ("refusals", True)
    resume(paying)
    assert look(paying) is None, "it was looked at"


def test_a_line_whose_payment_is_answered_later_is_matched_and_stops_nothing(own_database):
    paying = Waves(conditions=replace(CALM, timeout_after=10_000))
    batches = paying.release()
    paying.pay(batches)
    paying.state()
    assert set(StatementLine.objects.values_list("reason", flat=True)) == {
        "the instruction is unknown"
    }
    assert look(paying) is None, "an answer is awaited"
    rail().set_conditions(CALM)
    time.sleep(payouts.SHORTEST_LEASE)
    paying.pay(batches)
    assert look(paying) is None
    assert not StatementLine.objects.filter(state="break").exists()
    assert paying.release(), "the next wave"
