"""Each proof of the books fails when what it proves is broken by the owner's hand."""

import pytest
from django.db import connections, transaction

from tests.factories import funded_pool, payments, released
from together.ledger.queries import checks

BREAKS = {
    "entries that do not sum to zero per asset": (
        "UPDATE ledger_line SET amount = amount + 1 WHERE id = (SELECT min(id) FROM ledger_line)"
    ),
    "entries with fewer than two lines": (
        "DELETE FROM ledger_line WHERE id = (SELECT min(id) FROM ledger_line)"
    ),
    "lines without their entry or account": (
        "UPDATE ledger_line SET account_id = 0 WHERE id = (SELECT min(id) FROM ledger_line)"
    ),
    "balances that are not the sum of their lines": (
        "UPDATE ledger_account SET balance = balance + 1 WHERE code = 'cash'"
    ),
    "accounts below what they may hold": (
        "ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_not_overdrawn;"
        "UPDATE ledger_account SET balance = -1 WHERE code = 'cash'"
    ),
    "entries that are not what was posted": ("UPDATE ledger_line SET amount = amount * 2"),
}


@pytest.fixture
def books(own_database):
    released(funded_pool(), payments(["1", "2"]))


def failing():
    return {check.name for check in checks.checks() if not check.holds}


def test_sound_books_are_proved(books):
    assert failing() == set()


@pytest.mark.parametrize("name", BREAKS)
def test_a_proof_fails_when_its_rows_were_tampered_with(name, books):
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for table in ("ledger_line", "ledger_entry", "ledger_account"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(BREAKS[name])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert name in failing()
