"""Loans that reports are read from, built once for each module of tests."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.loans.factories import adjusted, close, paid
from tests.portal import factories as lending
from tests.shared import shared_world

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def lives(django_db_setup, django_db_blocker) -> Iterator[tuple]:
    """Three loans over five months: one pays, one is late, one is written off; one is not drawn."""
    with shared_world(django_db_blocker):
        yield _lives()


def _lives() -> tuple:
    pool = lending.loans_pool()
    borrower = lending.institution()
    paying, late, lost = (lending.active_loan(pool, borrower) for _ in range(3))
    waiting = lending.committed_loan(pool, borrower, "500000")
    for n in range(1, 6):
        day = date(2025, 10 + n, 20) if n < 3 else date(2026, n - 2, 20)
        close(paying, day - DAY)
        paid(paying, "90000", day)
        close(paying, day)
        if n == 2:
            adjusted(lost, "write_off", day)
        if n == 3:
            adjusted(late, "accrual_waiver", day, "100")
    return pool, paying, late, lost, waiting
