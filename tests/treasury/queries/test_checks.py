"""Proofs of the treasury: what they find that no guard could keep from a superuser."""

from django.db import connections

from tests.factories import funded_pool
from together.treasury.queries.checks import checks


def broken() -> dict[str, tuple[str, str]]:
    return {one.name: (one.expected, one.found) for one in checks() if not one.holds}


def test_matches_without_their_line_or_payment_are_counted(own_database):
    funded_pool(amount="100")
    assert broken() == {}
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_match DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO treasury_match (line_id, kind, instruction_id, amount, rule,"
            " effect_digest, matched_at) VALUES (7, 'charge', NULL, -1, 'me', '', now()),"
            " (7, 'payment', 8, -1, 'me', '', now())"
        )
        cursor.execute("ALTER TABLE treasury_match ENABLE TRIGGER USER")
    assert broken() == {"matches without their line or payment": ("0", "2")}


def test_breaks_that_nobody_would_find_are_counted(own_database):
    account = funded_pool(amount="100").main_account
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_openline DISABLE TRIGGER USER")
        cursor.execute("INSERT INTO treasury_openline VALUES (7, %s)", [account.code])
        cursor.execute("ALTER TABLE treasury_openline ENABLE TRIGGER USER")
    assert broken()["breaks that are not found as such"] == ("0", "1")
