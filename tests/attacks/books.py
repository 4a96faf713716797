"""Attacks on the books."""

from tests.attacks.making import (
    Attack,
    entry,
    may,
    no_append_only,
    no_constraint,
    no_trigger,
    posting,
)

BALANCED = no_trigger("ledger_entry_balanced", "ledger_entry") + no_trigger(
    "ledger_line_balanced", "ledger_line"
)
NO_CHECK = (
    "CREATE OR REPLACE FUNCTION ledger_check_batch(p_keys text[], l_entry int[], l_code text[],"
    " l_asset text[], l_amount bigint[]) RETURNS void LANGUAGE sql AS '';"
)

WRITE = (
    "ledger_write(boolean[], text[], text[], date[], text[], text[], bytea[], integer[], text[],"
    " text[], text[], bigint[])"
)
FORGED = (
    "INSERT INTO ledger_entry (key, kind, happened_on, booked_on, written_at, narrative, digest)"
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
        FORGED + " VALUES ('forged', 'X', '2025-10-14', '2025-10-14', now(), '', '');",
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
        entry("('cash', 5), ('fund.available', -5)", booked="2025-01-01"),
        (
            may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"),
            no_trigger("ledger_entry_in_open_period", "ledger_entry"),
        ),
        "SELECT booked_on = '2025-01-01' FROM ledger_entry WHERE key = 'forged'",
    ),
    Attack(
        "write an entry and its lines in two statements",
        FORGED + " VALUES ('forged', 'X', '2025-10-14', '2025-10-14', now(), '', '');"
        "INSERT INTO ledger_line (entry_id, account_id, asset, amount)"
        " SELECT e.id, a.id, 'USDC', v.amount FROM ledger_entry e,"
        " (VALUES ('cash', 5), ('fund.available', -5)) AS v(code, amount)"
        " JOIN ledger_account a ON a.code = v.code AND a.subject = 'retail'"
        " WHERE e.key = 'forged';",
        (
            may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"),
            no_trigger("ledger_entry_balanced", "ledger_entry"),
        ),
        "SELECT count(*) = 1 FROM ledger_entry WHERE key = 'forged'",
    ),
    Attack(
        "write an entry with one line of nothing",
        entry("('cash', 0)"),
        (
            may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"),
            no_constraint("ledger_line_not_zero", "ledger_line"),
        ),
        "SELECT count(*) = 1 FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id"
        " WHERE e.key = 'forged'",
    ),
    Attack(
        "write two entries that balance each other",
        "WITH e AS (" + FORGED + " SELECT 'forged' || n, 'X', '2025-10-14', '2025-10-14', now(),"
        " '', '' FROM generate_series(0, 1) AS n RETURNING id, key)"
        " INSERT INTO ledger_line (entry_id, account_id, asset, amount)"
        " SELECT e.id, a.id, 'USDC', CASE e.key WHEN 'forged0' THEN 5 ELSE -5 END FROM e,"
        " (SELECT id FROM ledger_account WHERE code = 'cash' AND subject = 'retail') AS a;",
        (
            may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"),
            no_trigger("ledger_line_balanced", "ledger_line"),
        ),
        "SELECT count(*) = 2 FROM ledger_entry WHERE key LIKE 'forged%'",
    ),
    Attack(
        "write an entry that seems to be of another transaction",
        entry("('cash', 5), ('fund.available', -5)")
        .replace("booked_on,", "booked_on, transaction_id,")
        .replace("'2025-10-14', now()", "'2025-10-14', '3'::xid8, now()"),
        (
            may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"),
            no_trigger("ledger_entry_of_this_transaction", "ledger_entry")
            + no_trigger("ledger_line_in_time", "ledger_line"),
        ),
        "SELECT transaction_id = '3'::xid8 FROM ledger_entry WHERE key = 'forged'",
    ),
    Attack(
        "write lines of an entry that is not there",
        "INSERT INTO ledger_line (entry_id, account_id, asset, amount)"
        " SELECT 2000000000, id, 'USDC', v.amount FROM ledger_account,"
        " (VALUES (5), (-5)) AS v(amount) WHERE code = 'cash' AND subject = 'retail';",
        (may("INSERT", "ledger_line"), no_trigger("ledger_line_in_time", "ledger_line")),
        "SELECT count(*) = 2 FROM ledger_line WHERE entry_id = 2000000000",
    ),
    Attack(
        "write lines of an account that is not there",
        entry("('cash', 5), ('cash', -5)").replace(
            "SELECT e.id, a.id,", "SELECT e.id, a.id + 2000000000,"
        ),
        (
            may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"),
            no_trigger("ledger_line_of_account", "ledger_line"),
        ),
        "SELECT count(*) = 2 FROM ledger_line WHERE account_id > 2000000000",
    ),
    Attack(
        "write lines of another asset than their account's",
        entry("('cash', 5), ('cash', -5)").replace("'USDC', v.amount", "'USD', v.amount"),
        (
            may("INSERT", "ledger_entry") + may("INSERT", "ledger_line"),
            no_trigger("ledger_line_of_account", "ledger_line"),
        ),
        "SELECT count(*) = 2 FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id"
        " WHERE e.key = 'forged' AND l.asset = 'USD'",
    ),
    Attack(
        "write an entry by the inner function",
        "SELECT ledger_write(ARRAY[true], ARRAY['forged'], ARRAY['X'], ARRAY['2025-10-14'::date],"
        " ARRAY[''], ARRAY[''], ARRAY[''::bytea], ARRAY[1, 1], ARRAY['cash', 'fund.available'],"
        " ARRAY['retail', 'retail'], ARRAY['USDC', 'USDC'], ARRAY[5, -5]::bigint[]);",
        (
            f"GRANT EXECUTE ON FUNCTION {WRITE} TO together_app;"
            f"ALTER FUNCTION {WRITE} SECURITY DEFINER;",
        ),
        "SELECT digest = '' FROM ledger_entry WHERE key = 'forged'",
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
            no_trigger("ledger_account_keeps_itself", "ledger_account"),
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
            "ALTER TABLE ledger_account DISABLE TRIGGER ledger_account_keeps_itself;"
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
        "SELECT ledger_move(ARRAY[id], ARRAY[1]::bigint[]) FROM ledger_account"
        " WHERE code = 'cash' AND subject = 'retail';",
        (
            "GRANT EXECUTE ON FUNCTION ledger_move(bigint[], bigint[]) TO together_app;"
            "ALTER FUNCTION ledger_move(bigint[], bigint[]) SECURITY DEFINER;",
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
