"""Numbers are given out one at a time, whoever asks at once."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from tests.factories import NOW, funded_pool, payments, person
from together.treasury.models import Disbursement
from together.treasury.operations import disbursements
from together.treasury.operations.disbursements import Order


def test_eight_who_prepare_at_once_get_eight_numbers(own_database):
    pool, officer = funded_pool(), person("treasury_officer")

    def prepare(n):
        try:
            return disbursements.prepare(
                pool=pool,
                order=Order("award", f"RUN-{n}", "retail.payout", ("fund.available", pool.code)),
                payments=payments(["1"], prefix=f"P{n}"),
                by=officer,
                at=NOW,
            ).number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        numbers = sorted(workers.map(prepare, range(8)))
    assert numbers == [f"D-{n:05d}" for n in range(1, 9)]
    assert Disbursement.objects.count() == 8
