"""Fixtures of the loans: a funded pool, and a calm rail that pays drawdowns."""

import pytest

from tests.loans.factories import loans_pool
from together.treasury.operations import payouts, rails
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions

CALM = Conditions(
    latency=0, lateness=0.3, timeout_before=0, timeout_after=0, late=0, repeated_lines=0, returned=0
)


@pytest.fixture
def pool(db, settings, tmp_path):
    """Give the pool that lends, funded with 20m; everything is rolled back."""
    settings.SIMULATED_RAIL_FILE = str(tmp_path / "rail.sqlite3")
    rails.rail.cache_clear()
    rail().set_conditions(CALM)
    yield loans_pool()
    rails.rail.cache_clear()


@pytest.fixture
def pay(pool):
    """Give a function that lets a worker pay a batch."""

    def work(batch: str) -> None:
        payouts.work(batch=batch, worker="w1", rail=rail(), seconds=20)

    return work
