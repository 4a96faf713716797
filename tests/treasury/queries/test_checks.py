"""Proofs of the treasury: what they find that no guard could keep from a superuser."""

from django.db import connections

from tests.factories import NOW, funded_pool
from together.treasury.formats.statement_csv import COLUMNS
from together.treasury.operations import statements
from together.treasury.queries.checks import checks


def broken() -> dict[str, tuple[str, str]]:
    return {one.name: (one.expected, one.found) for one in checks() if not one.holds}


def bring_a_line(account) -> None:
    """Bring a statement with a line that nothing explains."""
    rows = (
        ",".join(COLUMNS),
        f"opening,1,{NOW.isoformat()},,0,USDC,{account.identifier},",
        f"entry,e1,{NOW.isoformat()},payment,-1,USDC,who knows,",
        f"closing,1,{NOW.isoformat()},,-1,USDC,{account.identifier},",
    )
    data = "\n".join(rows).encode()
    statements.import_file(account=account, data=data, by=None, at=NOW)


def test_matches_of_what_is_not_there_are_counted(own_database):
    bring_a_line(funded_pool(amount="100").main_account)
    before = broken()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_match DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO treasury_match (line_id, kind, instruction_id, funding_id, amount, rule,"
            " effect_digest, matched_at) VALUES (7, 'charge', NULL, NULL, -1, 'me', '', now()),"
            " (7, 'payment', 8, NULL, -1, 'me', '', now()),"
            " ((SELECT min(id) FROM treasury_statementline), 'funding', NULL, 8, 1, 'me', '', now())"
        )
        cursor.execute("ALTER TABLE treasury_match ENABLE TRIGGER USER")
    assert broken() == {**before, "matches of what is not there": ("0", "3")}


def test_breaks_that_nobody_would_find_are_counted(own_database):
    account = funded_pool(amount="100").main_account
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_openline DISABLE TRIGGER USER")
        cursor.execute("INSERT INTO treasury_openline VALUES (7, %s)", [account.code])
        cursor.execute("ALTER TABLE treasury_openline ENABLE TRIGGER USER")
    assert broken()["breaks that are not found as such"] == ("0", "1")
