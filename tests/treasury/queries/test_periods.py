"""The proof finds what the owner of the tables slips into a closed period."""

from datetime import date

from django.db import connections

from tests.treasury.operations.test_periods import SEPTEMBER, close, post
from together.ledger.queries import checks

NAME = "entries booked into a period that was closed"


def test_the_proof_counts_entries_forged_into_a_closed_period(own_database):
    close(SEPTEMBER)
    assert next(one for one in checks.checks() if one.name == NAME).holds
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_in_open_period")
        cursor.execute("ALTER TABLE ledger_entry ALTER COLUMN booked_on SET DEFAULT '2025-08-31'")
    post("forged", date(2025, 10, 14))
    found = next(one for one in checks.checks() if one.name == NAME)
    assert (found.found, found.holds) == ("1", False)
