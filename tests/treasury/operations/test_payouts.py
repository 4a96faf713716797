"""Payouts: one payment leaves once, whatever the rail answers and wherever a worker stops."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import NOW, funded_pool, payments, person, released
from together.controls.operations.people import NotAllowed
from together.ledger.models import Account
from together.treasury.models import Attempt, Instruction
from together.treasury.operations import payouts
from together.treasury.operations.payouts import Halted
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions

CALM = Conditions(
    latency=0, lateness=0.3, timeout_before=0, timeout_after=0, late=0, repeated_lines=0, returned=0
)


def hostile(**rates):
    return Conditions(**{**{f: getattr(CALM, f) for f in CALM.__dataclass_fields__}, **rates})


@pytest.fixture
def pool(own_database):
    rail().set_conditions(CALM)
    return funded_pool(amount="1000")


def batch_of(pool, *amounts):
    return released(pool, payments(list(amounts))).batches.get().number


def work(batch, worker="w1"):
    return payouts.work(batch=batch, worker=worker, rail=rail(), seconds=20)


def let_leases_end():
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE treasury_instruction SET lease_until = clock_timestamp() - interval '1 s'"
            " WHERE lease_until IS NOT NULL"
        )


def states():
    return sorted(Instruction.objects.values_list("state", flat=True))


def left(pool):
    return sorted(sum(rail().paid(wallet=pool.main_account.identifier).values(), []))


def balance(code, subject):
    found = Account.objects.filter(chart_id=code, subject=subject).first()
    return found.balance if found else 0


def test_each_payment_leaves_once_and_is_booked(pool):
    batch = batch_of(pool, "10", "20.5")
    assert work(batch) == 2
    assert states() == ["settled", "settled"]
    assert left(pool) == [10_000_000, 20_500_000]
    assert (balance("allotment", batch), balance("clearing.out", batch)) == (0, -30_500_000)


def test_working_again_on_a_finished_batch_calls_nobody(pool):
    batch = batch_of(pool, "10")
    work(batch)
    assert work(batch) == 0
    assert rail().calls("PAY-000001") == ["send"]


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        ({"timeout_after": 10_000}, ["send", "query"]),
        ({"timeout_before": 10_000}, ["send", "query", "send"]),
        ({"late": 10_000}, ["send", "query"]),
    ],
    ids=["answer lost", "never arrived", "arrives late"],
)
def test_a_lost_answer_is_asked_for_before_anything_is_sent_again(pool, fault, calls):
    batch = batch_of(pool, "10")
    rail().set_conditions(hostile(**fault))
    rail()._local.conditions = (0.0, None)
    work(batch)
    assert states() == ["unknown"]
    assert work(batch) == 0, "nobody may speak about it until its lease ends"
    rail().set_conditions(CALM)
    rail()._local.conditions = (0.0, None)
    import time

    time.sleep(CALM.lateness)
    let_leases_end()
    work(batch, "w2")
    assert states() == ["settled"]
    assert left(pool) == [10_000_000]
    assert rail().calls("PAY-000001") == calls


def test_a_worker_that_dies_after_claiming_loses_nothing(pool):
    batch = batch_of(pool, "10", "20")
    payouts.claim(batch=batch, worker="dead", lease=2)
    assert work(batch) == 0
    let_leases_end()
    work(batch, "w2")
    assert states() == ["settled", "settled"]
    assert left(pool) == [10_000_000, 20_000_000]


def test_a_worker_that_dies_after_sending_pays_nothing_twice(pool):
    batch = batch_of(pool, "10")
    claimed = payouts.claim(batch=batch, worker="dead", lease=2)
    payouts.ask_rail(claimed[0], rail())
    let_leases_end()
    work(batch, "w2")
    assert states() == ["settled"]
    assert rail().calls("PAY-000001") == ["send", "query"]
    assert left(pool) == [10_000_000]


def test_the_answer_of_a_worker_that_lost_its_lease_is_left_out(pool):
    batch = batch_of(pool, "10")
    claimed = payouts.claim(batch=batch, worker="slow", lease=2)
    answer = payouts.ask_rail(claimed[0], rail())
    let_leases_end()
    work(batch, "w2")
    payouts.settle(answers=[answer], worker="slow")
    assert Attempt.objects.count() == 1
    assert balance("clearing.out", batch) == -10_000_000


def test_a_closed_payee_is_refused_and_waits_for_a_person(pool):
    from together.treasury.operations.disbursements import Payment

    rows = [Payment("a", "A-1", "closed-account", 5_000_000)]
    batch = released(pool, rows).batches.get().number
    work(batch)
    assert states() == ["refused"]
    assert left(pool) == []
    assert balance("allotment", batch) == -5_000_000


def test_what_never_answers_is_set_aside_and_comes_back_by_a_person(pool):
    batch = batch_of(pool, "10")
    rail().set_conditions(hostile(timeout_before=10_000))
    rail()._local.conditions = (0.0, None)
    for _ in range(payouts.MOST_TRIES + 1):
        work(batch)
        let_leases_end()
    assert states() == ["quarantined"]
    rail().set_conditions(CALM)
    rail()._local.conditions = (0.0, None)
    approver = person("treasury_approver")
    one = Instruction.objects.get()
    with pytest.raises(NotAllowed):
        payouts.release_from_quarantine(
            instruction=one, by=person("treasury_officer"), at=timezone.now()
        )
    payouts.release_from_quarantine(
        instruction=one, by=approver, at=timezone.now() - timedelta(seconds=5)
    )
    work(batch)
    assert states() == ["settled"]
    assert left(pool) == [10_000_000]


def test_the_kill_switch_stops_before_the_next_call_and_resuming_loses_nothing(pool):
    batch = batch_of(pool, "10", "20")
    officer, approver = person("treasury_officer"), person("treasury_approver")
    payouts.halt(reason="a cent is missing", by=officer, at=NOW)
    with pytest.raises(Halted, match="a cent is missing"):
        work(batch)
    assert left(pool) == []
    with pytest.raises(NotAllowed):
        payouts.resume(reason="found it", by=officer, at=NOW)
    payouts.resume(reason="found it", by=approver, at=NOW)
    work(batch)
    assert left(pool) == [10_000_000, 20_000_000]


def test_a_batch_cannot_spend_more_than_its_allotment(pool):
    from django.db import transaction

    from together.ledger.operations import posting
    from together.ledger.operations.posting import Overdrawn
    from together.ledger.rules.money import Money
    from together.treasury import postings

    batch = batch_of(pool, "10")
    work(batch)
    forged = postings.instruction_settled(
        reference="FORGED", batch=batch, money=Money(1, "USDC"), on=NOW.date()
    )
    with pytest.raises(Overdrawn, match="allotment"), transaction.atomic():
        posting.post(forged)
