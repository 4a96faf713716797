"""The proof finds what the owner of the tables slips into a closed period."""

from datetime import date

from django.db import connections

from tests.treasury.operations.test_periods import SEPTEMBER, close, post
from together.ledger.queries import checks

NAME = "entries booked into a period that was closed"


def test_the_proof_counts_entries_forged_into_a_closed_period(own_database):
    close(SEPTEMBER)
    assert next(one for one in checks.checks() if one.name == NAME).holds
    post("forged", date(2025, 10, 14))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only")
        cursor.execute("UPDATE ledger_entry SET booked_on = '2025-08-31' WHERE key LIKE '%forged'")
    found = next(one for one in checks.checks() if one.name == NAME)
    assert (found.found, found.holds) == ("1", False)
