"""
Two thousand awards are paid by workers that are killed at random over a hostile rail.

The oracle is the rail's own table: no payment left twice and none is missing, while the books
hold at every look (RELIABILITY E1, E2, E4).
"""

import os
import random
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests import workers
from tests.factories import funded_pool, in_one_wave, payments, released
from together.treasury.models import Instruction
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions
from together.treasury.tasks import sweep

PAYOUTS = int(os.environ.get("PAYOUTS", "2000"))
SEED = int(os.environ.get("SEED", "1"))
OPEN = ("ready", "sending", "unknown")
BOOKS = """
SELECT (SELECT count(*) FROM ledger_account a WHERE a.balance <>
          (SELECT coalesce(sum(amount), 0) FROM ledger_line l WHERE l.account_id = a.id)),
       (SELECT count(*) FROM (SELECT entry_id FROM ledger_line GROUP BY entry_id, asset
          HAVING sum(amount) <> 0) AS off),
       (SELECT coalesce(sum(amount), 0) FROM treasury_instruction WHERE state = 'settled')
       + (SELECT coalesce(sum(balance), 0) FROM ledger_account WHERE code = 'clearing.out')
"""


@pytest.fixture
def hostile_pool(own_database):
    in_one_wave()
    rail().set_conditions(
        Conditions(
            seed=SEED, latency=0.002, lateness=0.5, timeout_before=400, timeout_after=400, late=300
        )
    )
    return funded_pool(amount="100000")


def test_two_thousand_payments_leave_once_each_while_workers_are_killed(
    hostile_pool, own_database, broker, tmp_path
):
    amounts = [f"{n % 40 + 4}.{n % 100:02d}" for n in range(PAYOUTS)]
    rows = payments(amounts)
    chance, looks, violations = random.Random(SEED), 0, 0
    with workers.fleet(
        database=own_database,
        broker=broker.url,
        rail=Path(settings.SIMULATED_RAIL_FILE),
        folder=tmp_path,
        workers=2,
    ) as fleet:
        released(hostile_pool, rows)

        def disturb():
            nonlocal looks, violations
            time.sleep(chance.uniform(0.25, 0.7))
            fleet.kill_one(chance)
            with connection.cursor() as cursor:
                cursor.execute(BOOKS)
                looks, violations = looks + 1, violations + (cursor.fetchone() != (0, 0, 0))

        started = time.monotonic()
        workers.wait_until(
            lambda: not Instruction.objects.filter(state__in=OPEN).exists(),
            seconds=300,
            between=disturb,
        )
        seconds = time.monotonic() - started
    paid = rail().paid(wallet=hostile_pool.main_account.identifier)
    double = [reference for reference, times in paid.items() if len(times) > 1]
    lost = [row.reference for row in rows if row.reference not in paid]
    blind = [r.reference for r in rows if "send send" in " ".join(rail().calls(r.reference))]
    print(
        f"\npayouts {PAYOUTS}, kills {fleet.kills}, double {len(double)}, lost {len(lost)},"
        f" sent blind {len(blind)}, looks at the books {looks}, violations {violations},"
        f" {PAYOUTS / seconds:.0f} a second"
    )
    assert fleet.kills >= 3
    assert (double, lost, blind, violations) == ([], [], [], 0)
    assert {row.reference: [row.amount] for row in rows} == paid
    assert set(Instruction.objects.values_list("state", flat=True)) == {"settled"}
    assert sweep() is None
