"""Attacks on the books."""

from tests.attacks.making import Attack, entry, may, no_append_only, no_trigger, posting

BALANCED = no_trigger("ledger_entry_balanced", "ledger_entry") + no_trigger(
    "ledger_line_balanced", "ledger_line"
)
NO_CHECK = (
    "CREATE OR REPLACE FUNCTION ledger_check_batch(p_keys text[], l_entry int[], l_code text[],"
    " l_asset text[], l_amount bigint[]) RETURNS void LANGUAGE sql AS '';"
)

BOOKS = (
    Attack(
        "edit an entry",
        "UPDATE ledger_entry SET narrative = 'else';",
        (may("UPDATE", "ledger_entry"), no_append_only("ledger_entry")),
        "SELECT bool_and(narrative = 'else') FROM ledger_entry",
    ),
    Attack(
        "delete a line",
        "DELETE FROM ledger_line;",
        (may("DELETE", "ledger_line"), no_append_only("ledger_line")),
        "SELECT count(*) = 0 FROM ledger_line",
    ),
    Attack(
        "edit the amount of a line",
        "UPDATE ledger_line SET amount = amount * 2;",
        (may("UPDATE", "ledger_line"), no_append_only("ledger_line")),
    ),
    Attack(
        "empty the lines",
        "TRUNCATE ledger_line;",
        (may("TRUNCATE", "ledger_line"), no_append_only("ledger_line")),
        "SELECT count(*) = 0 FROM ledger_line",
    ),
    Attack(
        "empty the entries",
        "TRUNCATE ledger_entry CASCADE;",
        (
            may("TRUNCATE", "ledger_entry, ledger_line, treasury_statementline"),
            no_append_only("ledger_entry") + no_append_only("ledger_line"),
        ),
    ),
    Attack(
        "write an entry that does not balance",
        entry("('cash', 5), ('fund.available', -4)"),
        (may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"), BALANCED),
        "SELECT count(*) = 1 FROM ledger_entry WHERE key = 'forged'",
    ),
    Attack(
        "write an entry without lines",
        "INSERT INTO ledger_entry (key, kind, happened_on, written_at, narrative, digest)"
        " VALUES ('forged', 'X', '2025-10-14', now(), '', '');",
        (may("INSERT", "ledger_entry"), no_trigger("ledger_entry_balanced", "ledger_entry")),
    ),
    Attack(
        "add lines to an entry of before",
        "INSERT INTO ledger_line (entry_id, account_id, asset, amount)"
        " SELECT entry_id, account_id, asset, amount * s FROM ledger_line,"
        " (VALUES (1), (-1)) AS v(s);",
        (may("INSERT", "ledger_line"), no_trigger("ledger_line_in_time", "ledger_line")),
    ),
    Attack(
        "close the books alone",
        "INSERT INTO ledger_closing (through, was, reason, written_at)"
        " VALUES ('2025-09-30', NULL, '', now());",
        (no_trigger("ledger_closing_guard", "ledger_closing"),),
        "SELECT count(*) = 1 FROM ledger_closing",
    ),
    Attack(
        "book an entry into the past of closed books",
        entry("('cash', 5), ('fund.available', -5)"),
        (
            may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"),
            no_trigger("ledger_entry_in_open_period", "ledger_entry")
            + "ALTER TABLE ledger_entry ALTER COLUMN booked_on SET DEFAULT '2025-01-01';",
        ),
        "SELECT booked_on = '2025-01-01' FROM ledger_entry WHERE key = 'forged'",
    ),
    Attack(
        "set a balance",
        "UPDATE ledger_account SET balance = balance + 1 WHERE code = 'cash';",
        (may("UPDATE", "ledger_account"),),
    ),
    Attack(
        "turn an account into another",
        "UPDATE ledger_account SET subject = 'mine' WHERE code = 'cash';",
        (
            may("UPDATE", "ledger_account"),
            no_trigger("ledger_account_born_empty", "ledger_account"),
        ),
    ),
    Attack(
        "open an account that holds something",
        "INSERT INTO ledger_account (code, subject, asset, side, may_overdraw, balance)"
        " VALUES ('cash', 'mine', 'USDC', 1, false, 100);",
        (
            may("INSERT", "ledger_account"),
            no_trigger("ledger_account_born_empty", "ledger_account"),
        ),
    ),
    Attack(
        "delete an account",
        "DELETE FROM ledger_account WHERE id NOT IN (SELECT account_id FROM ledger_line);"
        "DELETE FROM ledger_account WHERE code = 'unused';",
        (may("DELETE", "ledger_account"), no_trigger("ledger_account_stays", "ledger_account")),
    ),
    Attack(
        "overdraw the pool",
        posting("'-2000000000000', '2000000000000'"),
        (
            "ALTER TABLE ledger_account DISABLE TRIGGER ledger_account_born_empty;"
            "UPDATE ledger_account SET may_overdraw = true;",
        ),
        "SELECT balance < 0 FROM ledger_account WHERE code = 'cash'",
    ),
    Attack(
        "post what does not balance",
        posting("5, -4"),
        (NO_CHECK, BALANCED),
        "SELECT count(*) = 1 FROM ledger_entry WHERE key = 'attack'",
    ),
    Attack(
        "post the same key with other content",
        posting("5, -5") + posting("6, -6"),
        (
            "CREATE OR REPLACE FUNCTION ledger_post(p_key text, p_kind text, p_day date,"
            " p_narrative text, p_reverses text, l_code text[], l_subject text[], l_asset text[],"
            " l_amount bigint[]) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS"
            " 'SELECT is_new FROM ledger_post_batch(ARRAY[p_key || random()], ARRAY[p_kind],"
            " ARRAY[p_day], ARRAY[p_narrative], ARRAY[p_reverses],"
            " array_fill(1, ARRAY[cardinality(l_code)]), l_code, l_subject, l_asset, l_amount)';",
        ),
        "SELECT count(*) = 2 FROM ledger_entry WHERE key LIKE 'attack%'",
    ),
    Attack(
        "add an account to the chart",
        "INSERT INTO ledger_chartline (code, name, kind, subject, side, may_overdraw)"
        " VALUES ('mine', 'Mine', 'asset', '', 1, true);",
        ("GRANT INSERT ON ledger_chartline TO together_app;",),
    ),
    Attack(
        "let the pool be overdrawn",
        "UPDATE ledger_chartline SET may_overdraw = true;",
        (may("UPDATE", "ledger_chartline"),),
    ),
    Attack(
        "disable a trigger",
        "ALTER TABLE ledger_line DISABLE TRIGGER ledger_line_in_time;",
        (
            "GRANT CREATE ON SCHEMA public TO together_app;"
            "ALTER TABLE ledger_line OWNER TO together_app;",
        ),
    ),
    Attack(
        "move a balance by the inner function",
        "SELECT ledger_move(ARRAY['cash'], ARRAY['retail'], ARRAY['USDC'], ARRAY[1]::bigint[]);",
        (
            "GRANT EXECUTE ON FUNCTION ledger_move(text[], text[], text[], bigint[]) TO together_app;"
            "ALTER FUNCTION ledger_move(text[], text[], text[], bigint[]) SECURITY DEFINER;",
        ),
    ),
    Attack(
        "replace a function of the books",
        "CREATE OR REPLACE FUNCTION public.together_append_only() RETURNS trigger"
        " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';",
        (
            "GRANT CREATE ON SCHEMA public TO together_app;"
            "ALTER FUNCTION together_append_only() OWNER TO together_app;",
        ),
    ),
)
