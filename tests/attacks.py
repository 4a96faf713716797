"""
Direct SQL that the application role must not get away with, and the guards that stop it.

Each attack is one statement or several. Its ``guards`` are the layers that stop it, each as the
SQL by which the owner of the tables takes that layer away. With all of them taken away the attack
succeeds: ``proof`` then gives true.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """One attack; see the module."""

    name: str
    sql: str
    guards: tuple[str, ...]
    proof: str = "SELECT true"


def may(rights: str, table: str) -> str:
    """Take the guard of missing rights away."""
    text = f"GRANT {rights} ON {table} TO together_app;"
    if "INSERT" in rights:
        text += f"GRANT USAGE, SELECT ON SEQUENCE {table}_id_seq TO together_app;"
    return text


def no_trigger(name: str, table: str) -> str:
    """Take a trigger away."""
    return f"DROP TRIGGER {name} ON {table};"


def no_constraint(name: str, table: str) -> str:
    """Take a constraint away."""
    return f"ALTER TABLE {table} DROP CONSTRAINT {name};"


def no_append_only(table: str) -> str:
    """Take the append-only trigger of a table away."""
    return no_trigger(f"{table}_append_only", table)


def who(username: str) -> str:
    """Write the id of a person."""
    return f"(SELECT id FROM controls_person WHERE username = '{username}')"


def entry(values: str) -> str:
    """Write an entry and two lines past the posting function."""
    return (
        "WITH e AS (INSERT INTO ledger_entry (key, kind, happened_on, written_at, narrative,"
        " digest) VALUES ('forged', 'X', '2025-10-14', now(), '', '') RETURNING id)"
        " INSERT INTO ledger_line (entry_id, account_id, asset, amount)"
        f" SELECT e.id, a.id, 'USDC', v.amount FROM e, (VALUES {values}) AS v(code, amount)"
        " JOIN ledger_account a ON a.code = v.code AND a.subject = 'retail';"
    )


def posting(amounts: str, codes: str = "'cash','fund.available'") -> str:
    """Call the posting function with two lines of the retail pool."""
    return (
        "SELECT ledger_post('attack', 'X', '2025-10-14', '', '', "
        f"ARRAY[{codes}], ARRAY['retail','retail'], ARRAY['USDC','USDC'],"
        f" ARRAY[{amounts}]::bigint[]);"
    )


DECIDED = no_trigger("controls_decision_allowed", "controls_decision")
GRANTED = no_trigger("controls_grant_allowed", "controls_rolegrant")
BALANCED = no_trigger("ledger_entry_balanced", "ledger_entry") + no_trigger(
    "ledger_line_balanced", "ledger_line"
)
NO_CHECK = (
    "CREATE OR REPLACE FUNCTION ledger_check_batch(p_keys text[], l_entry int[], l_code text[],"
    " l_asset text[], l_amount bigint[]) RETURNS void LANGUAGE sql AS '';"
)
WAITING = (
    "(SELECT a.id FROM controls_approval a JOIN treasury_disbursement d ON d.number = a.subject"
    " WHERE d.state = 'prepared')"
)
HALF = "(SELECT id FROM controls_approval WHERE subject = 'R-0001')"
NEXT = (
    "(SELECT b.id FROM treasury_batch b JOIN treasury_disbursement d ON d.id = b.disbursement_id"
    " WHERE d.state = 'prepared')"
)
OUT = (
    "(SELECT b.id FROM treasury_batch b JOIN treasury_disbursement d ON d.id = b.disbursement_id"
    " WHERE d.subject = 'RUN-OUT')"
)


def decision(approval: str, person: str, stage: int, verdict: str = "approved") -> str:
    """Insert somebody's decision."""
    return (
        "INSERT INTO controls_decision (approval_id, stage, person_id, verdict, reason, decided_at)"
        f" VALUES ({approval}, {stage}, {who(person)}, '{verdict}', 'x', now());"
    )


def grant(person: str, role: str, by: str) -> str:
    """Insert a role grant."""
    return (
        "INSERT INTO controls_rolegrant (person_id, role, scope, granted_by_id, granted_at)"
        f" VALUES ({who(person)}, '{role}', '', {by}, now());"
    )


# Every statement is of a file that is being read, and adds up.
STATED = (
    no_trigger("treasury_statement_of_file", "treasury_statement"),
    no_trigger("treasury_statement_adds_up", "treasury_statement"),
)


def received(account: str = "retail", state: str = "received") -> str:
    """Insert a file of an account."""
    return (
        "INSERT INTO treasury_statementfile (account_id, content_id, name, kind, size, state,"
        " given_opening, given_closing, faults, statements_told, lines, tries, received_at) SELECT"
        f" '{account}', min(sha256), '', 'MT940', 1, '{state}', '', '', '[]', '{{}}', 0, 0, now()"
        " FROM treasury_filecontent;"
    )


def a_statement(opening: int, closing: int) -> str:
    """Insert the next statement, of the newest file."""
    return (
        "INSERT INTO treasury_statement (pool_id, account_id, file_id, number, digest, opening,"
        " closing, from_at, to_at, imported_at, repeated, left_out) SELECT 'retail', 'retail',"
        f" max(id), 2, 'x', {opening}, {closing}, now(), now(), now(), 0, '[]'"
        " FROM treasury_statementfile;"
    )


def a_mapping(version: int) -> str:
    """Insert a version of a mapping."""
    return (
        "INSERT INTO treasury_columnmapping (account_id, name, version, document, saved_by_id,"
        f" saved_at) VALUES ('retail', 'A bank', {version}, '{{}}', {who('officer')}, now());"
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

CONTROLS = (
    Attack("approve one's own request", decision(WAITING, "officer", 1), (DECIDED,)),
    Attack("approve without the role", decision(WAITING, "claims-officer", 1), (DECIDED,)),
    Attack(
        "decide two stages",
        decision(HALF, "claims-approver", 2),
        (DECIDED, no_constraint("controls_person_one_stage", "controls_decision")),
    ),
    Attack(
        "skip a stage",
        decision(HALF, "treasury-approver", 3),
        (DECIDED,),
    ),
    Attack(
        "approve what was declined",
        decision(WAITING, "treasury-approver", 1, "declined")
        + decision(WAITING, "claims-approver", 2),
        (DECIDED,),
    ),
    Attack(
        "change what was asked for",
        "UPDATE controls_approval SET effect_text = '{}', effect_digest ="
        " encode(sha256('{}'), 'hex') WHERE subject = 'R-0001';",
        (may("UPDATE", "controls_approval"), no_append_only("controls_approval")),
    ),
    Attack(
        "ask with a digest that is another effect's",
        "INSERT INTO controls_approval (kind, subject, effect_digest, effect_text, amount_cents,"
        f" roles, requested_by_id, requested_at) VALUES ('retail.run', 'Z', '{'0' * 64}', '{{}}',"
        f" 1, '{{}}', {who('officer')}, now());",
        (no_constraint("controls_digest_of_the_effect", "controls_approval"),),
    ),
    Attack(
        "ask for something that nobody has to approve",
        "INSERT INTO controls_approval (kind, subject, effect_digest, effect_text, amount_cents,"
        " roles, requested_by_id, requested_at) VALUES ('free', 'Z',"
        f" encode(sha256('{{}}'), 'hex'), '{{}}', 1, '{{}}', {who('officer')}, now());",
        (no_trigger("controls_approval_requested", "controls_approval"),),
    ),
    Attack(
        "take a decision back",
        "DELETE FROM controls_decision;",
        (may("DELETE", "controls_decision"), no_append_only("controls_decision")),
    ),
    Attack(
        "give oneself a role",
        grant("nobody", "committee", who("nobody")),
        (GRANTED, no_constraint("controls_nobody_grants_themselves", "controls_rolegrant")),
    ),
    Attack("give a role as an officer", grant("nobody", "committee", who("officer")), (GRANTED,)),
    Attack("give a role as nobody", grant("nobody", "committee", "NULL"), (GRANTED,)),
    Attack(
        "make a role another",
        "UPDATE controls_rolegrant SET role = 'committee';",
        (GRANTED,),
    ),
    Attack(
        "delete a role",
        "DELETE FROM controls_rolegrant;",
        (
            may("DELETE", "controls_rolegrant"),
            no_trigger("controls_rolegrant_stays", "controls_rolegrant"),
        ),
    ),
    Attack(
        "edit the audit trail",
        "UPDATE controls_auditrecord SET what = 'nothing';",
        (may("UPDATE", "controls_auditrecord"), no_append_only("controls_auditrecord")),
    ),
    Attack(
        "rewrite the history of a record",
        "DELETE FROM controls_personevent;",
        (
            "DO $$ DECLARE t text; BEGIN SELECT tgname INTO t FROM pg_trigger WHERE tgrelid ="
            " 'controls_personevent'::regclass AND NOT tgisinternal;"
            " EXECUTE format('DROP TRIGGER %I ON controls_personevent', t); END $$;",
        ),
    ),
    Attack(
        "lower the authority an amount needs",
        "DELETE FROM controls_authoritystage;",
        (may("DELETE", "controls_authoritystage"),),
    ),
)

FIXED = no_trigger("treasury_instruction_guard", "treasury_instruction")
BATCH = no_trigger("treasury_batch_guard", "treasury_batch")
LINE = no_trigger("treasury_line_guard", "treasury_statementline")


def instruction(batch: str, subject: str = "forged", state: str = "ready") -> str:
    """Insert an instruction."""
    return (
        "INSERT INTO treasury_instruction (batch_id, kind, subject, reference, payee, amount, asset,"
        f" state, tries, worker, rail_reference) VALUES ({batch}, 'award', '{subject}', 'forged',"
        f" 'me', 1, 'USDC', '{state}', 0, '', '');"
    )


PAYMENTS = (
    Attack(
        "release a batch that nobody approved",
        f"UPDATE treasury_batch SET released_at = now() WHERE id = {NEXT};",
        (BATCH,),
    ),
    Attack(
        "release a batch of a disbursement that was given up",
        "UPDATE treasury_batch SET released_at = now() WHERE disbursement_id ="
        " (SELECT id FROM treasury_disbursement WHERE state = 'withdrawn');",
        (BATCH,),
    ),
    Attack(
        "write a batch that is born released",
        "INSERT INTO treasury_batch (number, disbursement_id, count, total, released_at)"
        " SELECT 'B', id, 1, 1, now() FROM treasury_disbursement LIMIT 1;",
        (BATCH,),
    ),
    Attack(
        "release a disbursement that nobody approved",
        "UPDATE treasury_disbursement SET state = 'released', released_at = now()"
        " WHERE state = 'prepared';",
        (no_trigger("treasury_disbursement_guard", "treasury_disbursement"),),
    ),
    Attack(
        "swap what was asked for under an approval",
        f"UPDATE treasury_disbursement SET effect_digest = '{'0' * 64}';",
        (no_trigger("treasury_disbursement_guard", "treasury_disbursement"),),
    ),
    Attack("pay somebody else", "UPDATE treasury_instruction SET payee = 'me';", (FIXED,)),
    Attack("pay more", "UPDATE treasury_instruction SET amount = amount * 100;", (FIXED,)),
    Attack("join a batch that is released", instruction(OUT), (FIXED,)),
    Attack(
        "write an instruction that is born settled", instruction(NEXT, state="settled"), (FIXED,)
    ),
    Attack(
        "instruct a payment twice",
        instruction(NEXT, subject="OUT:1"),
        (no_constraint("treasury_paid_once", "treasury_instruction"),),
    ),
    Attack(
        "send what is not released",
        f"UPDATE treasury_instruction SET state = 'sending' WHERE batch_id = {NEXT};",
        (FIXED,),
    ),
    Attack(
        "skip the rail",
        f"UPDATE treasury_instruction SET state = 'settled' WHERE batch_id = {OUT};",
        (FIXED,),
    ),
    Attack(
        "delete an instruction",
        f"DELETE FROM treasury_instruction WHERE batch_id = {NEXT};",
        (
            may("DELETE", "treasury_instruction"),
            no_trigger("treasury_instruction_stays", "treasury_instruction"),
        ),
    ),
    Attack(
        "edit a line of a statement",
        "UPDATE treasury_statementline SET amount = amount + 1;",
        (LINE, no_trigger("treasury_lines_add_up", "treasury_statementline")),
    ),
    Attack(
        "undo a match",
        "UPDATE treasury_statementline SET state = 'break' WHERE state = 'matched';",
        (LINE,),
    ),
    Attack(
        "leave a gap between statements",
        "INSERT INTO treasury_statement (pool_id, account_id, number, digest, opening, closing,"
        " from_at, to_at, imported_at, repeated, left_out)"
        " VALUES ('retail', 'retail', 3, 'x', 18000000, 0, now(), now(), now(), 0, '[]');",
        (no_trigger("treasury_statement_continues", "treasury_statement"), *STATED),
    ),
    Attack(
        "open a statement with another balance",
        "INSERT INTO treasury_statement (pool_id, account_id, number, digest, opening, closing,"
        " from_at, to_at, imported_at, repeated, left_out)"
        " VALUES ('retail', 'retail', 2, 'x', 19000000, 0, now(), now(), now(), 0, '[]');",
        (no_trigger("treasury_statement_continues", "treasury_statement"), *STATED),
    ),
    Attack(
        "bring a pool a statement of another pool's account",
        "INSERT INTO treasury_pool (code, name, asset, promised) VALUES ('mine', 'm', 'USDC', 1);"
        "INSERT INTO treasury_statement (pool_id, account_id, number, digest, opening, closing,"
        " from_at, to_at, imported_at, repeated, left_out)"
        " VALUES ('mine', 'retail', 2, 'x', 18000000, 0, now(), now(), now(), 0, '[]');",
        (no_constraint("treasury_statement_account_of_pool", "treasury_statement"), *STATED),
    ),
    Attack(
        "convert money without anybody's approval",
        "INSERT INTO treasury_cashaccount (code, pool_id, kind, asset, identifier, servicer, holder)"
        " VALUES ('mine', 'retail', 'bank', 'USD', 'my bank', '', '');"
        "INSERT INTO treasury_conversion (number, pool_id, sold_from_id, bought_on_id, sold, bought,"
        ' rate, source, "on", effect_digest, state, proposed_by_id, proposed_at) SELECT'
        " 'FX-9', 'retail', 'retail', 'mine', 1, 1, '1', 'me', now(), '', 'proposed', id, now()"
        " FROM controls_person LIMIT 1;"
        "UPDATE treasury_conversion SET state = 'booked';",
        (no_trigger("treasury_conversion_guard", "treasury_conversion"),),
    ),
    Attack(
        "book a resolution without anybody's approval",
        "INSERT INTO treasury_resolution (line_id, kind, reason, effect_digest, state,"
        " proposed_by_id, proposed_at) SELECT l.id, 'claim', 'me', '', 'proposed', p.id, now()"
        " FROM treasury_statementline l, controls_person p LIMIT 1;"
        "UPDATE treasury_resolution SET state = 'booked';",
        (no_trigger("treasury_resolution_guard", "treasury_resolution"),),
    ),
    Attack(
        "let an account be another one",
        "UPDATE treasury_cashaccount SET identifier = 'mine' WHERE code = 'retail';",
        (no_append_only("treasury_cashaccount"),),
    ),
    Attack(
        "edit a funding",
        "UPDATE treasury_funding SET amount = 1;",
        (may("UPDATE", "treasury_funding"), no_append_only("treasury_funding")),
    ),
    Attack(
        "edit what the rail answered",
        "TRUNCATE treasury_attempt;",
        (may("TRUNCATE", "treasury_attempt"), no_append_only("treasury_attempt")),
    ),
)

TO = no_trigger("treasury_destination_guard", "treasury_destination")
PAYEE = no_trigger("treasury_payees_are_destinations", "treasury_instruction")
FILE = no_trigger("treasury_file_guard", "treasury_paymentfile")
FILE_DIGEST = no_constraint("treasury_digest_of_the_file", "treasury_paymentfile")
FILED = no_trigger("treasury_filed_guard", "treasury_filedpayment")
TAKEN = no_trigger("treasury_download_guard", "treasury_filedownload")


def payment_to(destination: str, payee: str, kind: str = "drawdown") -> str:
    """Insert a payment of 1 to a destination (or none) into the batch that is not released."""
    return (
        "INSERT INTO treasury_instruction (batch_id, kind, subject, reference, payee, amount, asset,"
        f" state, tries, worker, rail_reference, destination_id) VALUES ({NEXT}, '{kind}',"
        f" 'forged', 'forged', {payee}, 1, 'USDC', 'ready', 0, '', '', {destination});"
    )


def file_of(name: str) -> str:
    """Write the id of a file of the world."""
    return (
        "(SELECT f.file_id FROM treasury_filedpayment f JOIN treasury_instruction i"
        f" ON i.id = f.instruction_id WHERE i.reference = '{name}-F')"
    )


def handing_over(name: str, person: str) -> str:
    """Mark a file as handed over."""
    return (
        "UPDATE treasury_paymentfile SET state = 'handed_over', handed_over_at = now(),"
        f" handed_over_by_id = {who(person)} WHERE id = {file_of(name)};"
    )


def of_destination(owner: str, column: str) -> str:
    """Write a column of a destination."""
    return f"(SELECT {column} FROM treasury_destination WHERE owner = '{owner}')"


FILES = (
    Attack(
        "confirm a destination alone",
        "UPDATE treasury_destination SET state = 'confirmed', evidence = 'x', confirmed_at = now(),"
        " usable_at = now() WHERE owner = 'WAITING';",
        (TO,),
    ),
    Attack(
        "write a destination that is born confirmed",
        "INSERT INTO treasury_destination (number, owner_kind, owner, label, kind, asset,"
        " identifier, servicer, routing_number, holder, country, payee, digest, state,"
        " registered_by_id, registered_at, evidence, confirmed_at, usable_at, reason) SELECT 'X',"
        " owner_kind, owner, label, kind, asset, 'mine', servicer, routing_number, holder, country,"
        " 'mine', 'x', 'confirmed', registered_by_id, registered_at, 'x', now(), now(), ''"
        " FROM treasury_destination WHERE owner = 'WAITING';",
        (TO,),
    ),
    Attack(
        "swap the account of a confirmed destination",
        "UPDATE treasury_destination SET identifier = 'mine', payee = 'mine'"
        " WHERE owner = 'PAYEE-OUT';",
        (TO,),
    ),
    Attack(
        "end a cooling-off early",
        "UPDATE treasury_destination SET usable_at = registered_at WHERE state = 'confirmed';",
        (TO,),
    ),
    Attack(
        "bring a revoked destination back",
        "UPDATE treasury_destination SET state = 'revoked', revoked_at = now(), reason = 'x',"
        f" revoked_by_id = {who('officer')} WHERE owner = 'PAYEE-OUT';"
        "UPDATE treasury_destination SET state = 'confirmed', revoked_at = NULL, reason = '',"
        " revoked_by_id = NULL WHERE owner = 'PAYEE-OUT';",
        (TO,),
    ),
    Attack(
        "delete a destination",
        "DELETE FROM treasury_destination WHERE owner = 'WAITING';",
        (
            may("DELETE", "treasury_destination"),
            no_trigger("treasury_destination_stays", "treasury_destination"),
        ),
    ),
    Attack(
        "shorten the cooling-off",
        "UPDATE treasury_railpolicy SET cooling_off_hours = 0;",
        (may("UPDATE", "treasury_railpolicy"),),
    ),
    Attack(
        "ask a chain for fewer confirmations",
        "UPDATE treasury_chainpolicy SET confirmations = 1;",
        (may("UPDATE", "treasury_chainpolicy"),),
    ),
    Attack("pay a drawdown to no destination", payment_to("NULL", "'mine'"), (PAYEE,)),
    Attack(
        "pay to a destination that is not confirmed",
        payment_to(of_destination("WAITING", "id"), "'wallet-waiting'"),
        (PAYEE,),
    ),
    Attack(
        "pay to a destination of another rail",
        payment_to(of_destination("PAYEE-OUT", "id"), of_destination("PAYEE-OUT", "payee")),
        (PAYEE,),
    ),
    Attack(
        "send a payment elsewhere under a destination",
        f"UPDATE treasury_instruction SET destination_id = {of_destination('PAYEE-OUT', 'id')};",
        (FIXED,),
    ),
    Attack(
        "change a byte of a file after its approval",
        "UPDATE treasury_paymentfile SET data = set_byte(data, 9, 9) WHERE id ="
        f" {file_of('APPROVED')};",
        (FILE, FILE_DIGEST),
    ),
    Attack(
        "swap the bytes of a file with their digest",
        "UPDATE treasury_paymentfile SET data = '\\x00', digest = encode(sha256('\\x00'), 'hex');",
        (FILE,),
    ),
    Attack("hand over a file that nobody approved", handing_over("WAITING", "carrier"), (FILE,)),
    Attack("take a file that one prepared", handing_over("APPROVED", "officer"), (FILE,)),
    Attack(
        "download a file that is not handed over",
        "INSERT INTO treasury_filedownload (file_id, by_id, at) VALUES"
        f" ({file_of('APPROVED')}, {who('carrier')}, now());",
        (TAKEN,),
    ),
    Attack(
        "hide a download",
        "DELETE FROM treasury_filedownload;",
        (may("DELETE", "treasury_filedownload"), no_append_only("treasury_filedownload")),
    ),
    Attack(
        "put a payment into two files",
        "INSERT INTO treasury_filedpayment (file_id, instruction_id, position, state, reason)"
        f" SELECT {file_of('WAITING')}, instruction_id, 5, 'listed', '' FROM treasury_filedpayment"
        f" WHERE file_id = {file_of('APPROVED')};",
        (FILED, "DROP INDEX treasury_filed_once;"),
    ),
    Attack(
        "free a payment that left in a file",
        f"UPDATE treasury_filedpayment SET state = 'released' WHERE file_id = {file_of('OUT')};",
        (FILED,),
    ),
    Attack(
        "free a rejected payment alone",
        "UPDATE treasury_filedpayment SET state = 'rejected', reason = 'x' WHERE file_id ="
        f" {file_of('OUT')};"
        f"UPDATE treasury_filedpayment SET state = 'released' WHERE file_id = {file_of('OUT')};",
        (FILED,),
    ),
    Attack(
        "queue a refused payment again while its file is out",
        "UPDATE treasury_instruction SET state = 'refused' WHERE reference = 'OUT-F';"
        "UPDATE treasury_instruction SET state = 'ready' WHERE reference = 'OUT-F';",
        (FIXED,),
    ),
    Attack(
        "send a payment of a file that is not handed over",
        "UPDATE treasury_instruction SET state = 'sending' WHERE reference = 'APPROVED-F';",
        (FIXED,),
    ),
    Attack(
        "settle a transfer without confirmations",
        "UPDATE treasury_instruction SET state = 'settled' WHERE reference = 'OUT-F';",
        (FIXED,),
    ),
    Attack(
        "let a transaction carry another payment",
        "UPDATE treasury_chaintransfer SET tx_hash = '0x';",
        (no_trigger("treasury_transfer_guard", "treasury_chaintransfer"),),
    ),
)

NO_PROOF_EDITS = no_append_only("treasury_threewayproof")
PROOFS = (
    Attack(
        "let a proof say that nothing is unexplained",
        "UPDATE treasury_threewayproof SET unexplained = 0, breaks = 0, breaks_total = 0;",
        (may("UPDATE", "treasury_threewayproof"), NO_PROOF_EDITS),
        "SELECT bool_and(breaks = 0) FROM treasury_threewayproof",
    ),
    Attack(
        "forget the proofs that were not true",
        "DELETE FROM treasury_threewayproof WHERE breaks > 0;",
        (may("DELETE", "treasury_threewayproof"), NO_PROOF_EDITS),
        "SELECT NOT EXISTS (SELECT FROM treasury_threewayproof WHERE breaks > 0)",
    ),
    Attack(
        "forget all proofs at once",
        "TRUNCATE treasury_threewayproof;",
        (may("TRUNCATE", "treasury_threewayproof"), NO_PROOF_EDITS),
        "SELECT NOT EXISTS (SELECT FROM treasury_threewayproof)",
    ),
    Attack(
        "date a true proof before the one that was not",
        "INSERT INTO treasury_threewayproof (account_id, at, cash, stated, expected_in, breaks,"
        " breaks_total, settled, on_statements, in_clearing, wrong_lines, unexplained)"
        " SELECT account_id, at - interval '1 minute', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"
        " FROM treasury_threewayproof ORDER BY id DESC LIMIT 1;",
        (no_trigger("treasury_proof_follows", "treasury_threewayproof"),),
    ),
)

STATED_FILE = no_trigger("treasury_statementfile_guard", "treasury_statementfile")
STATEMENT_FILES = (
    Attack(
        "bring a statement without a file",
        "INSERT INTO treasury_statement (pool_id, account_id, number, digest, opening, closing,"
        " from_at, to_at, imported_at, repeated, left_out) VALUES"
        " ('retail', 'retail', 2, 'x', 18000000, 18000000, now(), now(), now(), 0, '[]');",
        (no_trigger("treasury_statement_of_file", "treasury_statement"),),
    ),
    Attack(
        "bring a statement that does not add up",
        received() + a_statement(18_000_000, 17_000_000),
        (no_trigger("treasury_statement_adds_up", "treasury_statement"),),
    ),
    Attack(
        "bring a statement with the file of another account",
        "INSERT INTO treasury_cashaccount (code, pool_id, kind, asset, identifier, servicer, holder)"
        " VALUES ('other', 'retail', 'bank', 'USDC', 'other', '', '');"
        + received("other")
        + a_statement(18_000_000, 18_000_000),
        (no_constraint("treasury_statement_file_of_account", "treasury_statement"),),
    ),
    Attack(
        "add a line to a statement of before",
        "INSERT INTO treasury_statementline (pool_id, account_id, statement_id, entry_id, booked_at,"
        " type, amount, reference, counterparty, counterparty_account, details, code, return_reason,"
        " state, reason, is_receipt) SELECT 'retail', 'retail', max(id), 'forged', now(), 'receipt',"
        " 5, '', '', '', '', '', '', 'break', 'x', false FROM treasury_statement;",
        (no_trigger("treasury_lines_of_statement", "treasury_statementline"),),
    ),
    Attack(
        "let a payment be a receipt",
        received()
        + a_statement(18_000_000, 18_000_005)
        + "INSERT INTO treasury_statementline (pool_id, account_id, statement_id, entry_id,"
        " booked_at, type, amount, reference, counterparty, counterparty_account, details, code,"
        " return_reason, state, reason, is_receipt) SELECT 'retail', 'retail', max(id), 'forged',"
        " now(), 'payment', 5, '', '', '', '', '', '', 'break', 'x', false FROM treasury_statement;",
        (no_constraint("treasury_line_sign", "treasury_statementline"),),
    ),
    Attack(
        "keep other bytes under a digest",
        f"INSERT INTO treasury_filecontent (sha256, data) VALUES ('{'0' * 64}', 'x');",
        (no_constraint("treasury_content_is_its_digest", "treasury_filecontent"),),
    ),
    Attack(
        "edit the bytes of a file",
        "UPDATE treasury_filecontent SET data = 'x';",
        (
            may("UPDATE", "treasury_filecontent"),
            no_append_only("treasury_filecontent"),
            no_constraint("treasury_content_is_its_digest", "treasury_filecontent"),
        ),
    ),
    Attack(
        "delete a file",
        received() + "DELETE FROM treasury_statementfile WHERE state = 'received';",
        (
            may("DELETE", "treasury_statementfile"),
            no_trigger("treasury_statementfile_stays", "treasury_statementfile"),
        ),
    ),
    Attack(
        "say that a file was another",
        "UPDATE treasury_statementfile SET name = 'else', size = 1;",
        (STATED_FILE,),
    ),
    Attack(
        "open a file again that came to its end",
        "UPDATE treasury_statementfile SET state = 'received' WHERE state = 'booked';",
        (STATED_FILE,),
    ),
    Attack(
        "bring a file in as booked",
        received(state="booked"),
        (STATED_FILE,),
    ),
    Attack(
        "call a file stored of which nothing is",
        received() + "UPDATE treasury_statementfile SET state = 'stored' WHERE state = 'received';",
        (STATED_FILE,),
    ),
    Attack(
        "refuse a file for nothing",
        received()
        + "UPDATE treasury_statementfile SET state = 'refused' WHERE state = 'received';",
        (no_constraint("treasury_file_refused_for_something", "treasury_statementfile"),),
    ),
    Attack(
        "skip a version of a mapping",
        a_mapping(2),
        (no_trigger("treasury_columnmapping_guard", "treasury_columnmapping"),),
    ),
    Attack(
        "change a mapping",
        a_mapping(1) + "UPDATE treasury_columnmapping SET document = '[]';",
        (may("UPDATE", "treasury_columnmapping"), no_append_only("treasury_columnmapping")),
    ),
)

LOAN = no_trigger("loans_loan_guard", "loans_loan")
AGREED = no_trigger("loans_event_is_agreed", "loans_event")
ADJUSTMENT = no_trigger("loans_adjustment_guard", "loans_adjustment")


def adjusted(number: str, amount: str = "amount") -> str:
    """Insert the event of an adjustment, or one that differs from it."""
    return (
        'INSERT INTO loans_event (loan_id, sequence, type, "on", amount, further, adjustment_id,'
        f' recorded_at) SELECT loan_id, 2, type, "on", {amount}, further, id, now()'
        f" FROM loans_adjustment WHERE number = '{number}';"
    )


def pointing(kind: str, loan: str, target: str) -> str:
    """Insert an event of a loan that points at the first event of a loan."""
    return (
        'INSERT INTO loans_event (loan_id, sequence, type, "on", further, target_id, recorded_at)'
        f" SELECT l.id, 2, '{kind}', now(), '{{}}', e.id, now() FROM loans_loan l, loans_event e,"
        f" loans_loan t WHERE l.number = '{loan}' AND t.number = '{target}' AND e.loan_id = t.id;"
    )


def received(loan: str, sequence: int) -> str:
    """Insert a repayment with the receipt of the world."""
    return (
        'INSERT INTO loans_event (loan_id, sequence, type, "on", amount, further, line_id,'
        f" recorded_at) SELECT l.id, {sequence}, 'repayment', '2025-10-14', s.amount, '{{}}', s.id,"
        f" now() FROM treasury_statementline s, loans_loan l WHERE s.entry_id = 'e1'"
        f" AND l.number = '{loan}';"
    )


POINTS = no_trigger("loans_event_points_back", "loans_event")
SERVICING = (
    Attack(
        "charge a borrower without an adjustment",
        'INSERT INTO loans_event (loan_id, sequence, type, "on", amount, further, recorded_at)'
        " SELECT id, 2, 'charge', now(), 1, '{}', now() FROM loans_loan;",
        (AGREED,),
    ),
    Attack("book an adjustment that nobody approved", adjusted("ADJ-0002"), (AGREED,)),
    Attack("book more than was approved", adjusted("ADJ-0001", "amount * 2"), (AGREED,)),
    Attack(
        "book an adjustment on another loan",
        adjusted("ADJ-0001").replace("SELECT loan_id", "SELECT (SELECT min(id) FROM loans_loan)"),
        (AGREED,),
    ),
    Attack(
        "reverse an event of another loan",
        pointing("reversal", "L-0002", "L-0001"),
        (AGREED, POINTS),
    ),
    Attack("reverse a drawdown", pointing("reversal", "L-0002", "L-0002"), (AGREED, POINTS)),
    Attack(
        "record an event of an unknown kind",
        'INSERT INTO loans_event (loan_id, sequence, type, "on", further, recorded_at)'
        " SELECT id, 2, 'gift', now(), '{}', now() FROM loans_loan;",
        (AGREED, no_constraint("loans_event_type_known", "loans_event")),
    ),
    Attack(
        "let two loans have the same money",
        received("L-0001", 2) + received("L-0002", 2),
        (no_trigger("loans_event_is_received", "loans_event"),),
    ),
    Attack(
        "allocate money of a closed day without an adjustment",
        "UPDATE loans_loan SET business_date = '2025-10-15' WHERE number = 'L-0002';"
        + received("L-0002", 2),
        (AGREED,),
    ),
    Attack(
        "change what is proposed after it was approved",
        "UPDATE loans_adjustment SET amount = amount * 2 WHERE number = 'ADJ-0001';",
        (ADJUSTMENT,),
    ),
    Attack(
        "ask for approval of one thing and propose another",
        'INSERT INTO loans_adjustment (number, type, "on", amount, further, reason, event_count,'
        " as_of, difference, state, proposed_at, approval_id, loan_id, proposed_by_id)"
        " SELECT number || 'X', type, \"on\", amount, further, reason, event_count, as_of,"
        " difference, state, proposed_at, (SELECT min(id) FROM controls_approval), loan_id,"
        " proposed_by_id FROM loans_adjustment WHERE number = 'ADJ-0001';",
        (ADJUSTMENT,),
    ),
    Attack(
        "call an adjustment booked without its event",
        "UPDATE loans_adjustment SET state = 'booked', ended_at = now(), ended_by_id ="
        " proposed_by_id;",
        (ADJUSTMENT,),
    ),
    Attack(
        "delete an adjustment",
        "DELETE FROM loans_adjustment;",
        (
            may("DELETE", "loans_adjustment"),
            no_trigger("loans_adjustment_stays", "loans_adjustment"),
        ),
    ),
    Attack(
        "write a loan off without a write-off",
        "UPDATE loans_loan SET state = 'written_off' WHERE number = 'L-0002';",
        (LOAN,),
    ),
)
PROGRAMMES = (
    Attack(
        "write a loan that nobody approved",
        "INSERT INTO loans_loan (number, application_id, institution_id, pool_id, amount, terms,"
        " terms_digest, state, approved_at) SELECT 'L-X', id, institution_id, pool_id, amount,"
        " terms, 'x', 'committed', now() FROM loans_application WHERE number = 'A-0002';",
        (LOAN,),
    ),
    Attack("change the terms of a loan", "UPDATE loans_loan SET terms = '{}';", (LOAN,)),
    Attack(
        "let a loan wait for a payment to somebody else",
        "UPDATE loans_loan SET state = 'drawing', disbursement_id = (SELECT id FROM"
        " treasury_disbursement WHERE subject = 'RUN-OUT') WHERE number = 'L-0001';",
        (no_trigger("loans_loan_paid_to_its_own", "loans_loan"),),
    ),
    Attack("raise a commitment", "UPDATE loans_loan SET amount = amount * 2;", (LOAN,)),
    Attack("close a loan that is not repaid", "UPDATE loans_loan SET state = 'closed';", (LOAN,)),
    Attack(
        "delete a loan's event",
        "DELETE FROM loans_event;",
        (may("DELETE", "loans_event"), no_append_only("loans_event")),
    ),
    Attack(
        "leave a gap between events",
        'INSERT INTO loans_event (loan_id, sequence, type, "on", further, recorded_at)'
        " SELECT id, 9, 'drawdown', now(), '{}', now() FROM loans_loan;",
        (no_trigger("loans_event_follows", "loans_event"),),
    ),
    Attack(
        "invent a repayment",
        'INSERT INTO loans_event (loan_id, sequence, type, "on", amount, further, recorded_at)'
        " SELECT id, 2, 'repayment', now(), 1, '{}', now() FROM loans_loan;",
        (no_trigger("loans_event_is_received", "loans_event"),),
    ),
    *SERVICING,
    Attack(
        "approve a run under another digest",
        "UPDATE retail_claims_run SET state = 'approved', approved_at = now();",
        (no_trigger("claims_run_guard", "retail_claims_run"),),
    ),
    Attack(
        "change a decided run",
        "UPDATE retail_claims_run SET award_total = award_total * 2;",
        (no_trigger("claims_run_guard", "retail_claims_run"),),
    ),
    Attack(
        "decide a run that does not add up",
        "INSERT INTO retail_claims_run (number, state, summary, folder, run_digest, merkle_root,"
        " persons, awards, award_total, escrow_total, payable_total, evidence_id, made_by_id,"
        " policy_id, programme_id, made_at) SELECT 'R-9999', 'computing', '{}', '', '', '', 0, 0,"
        " 0, 0, 0, evidence_id, made_by_id, policy_id, programme_id, now() FROM retail_claims_run;"
        "UPDATE retail_claims_run SET state = 'decided', award_total = 1 WHERE number = 'R-9999';",
        (no_trigger("claims_run_adds_up", "retail_claims_run"),),
    ),
    Attack(
        "raise an award",
        "UPDATE retail_claims_decision SET award = award + 1;",
        (
            may("UPDATE", "retail_claims_decision"),
            no_trigger("claims_decision_append_only", "retail_claims_decision"),
        ),
        "SELECT EXISTS (SELECT FROM retail_claims_decision WHERE award = 101)",
    ),
    Attack(
        "change a policy",
        "UPDATE retail_claims_policy SET document = '{}';",
        (
            may("UPDATE", "retail_claims_policy"),
            no_trigger("claims_policy_append_only", "retail_claims_policy"),
        ),
    ),
    Attack(
        "open a decided run for more decisions",
        "SELECT retail_claims_open_partition(id) FROM retail_claims_run;",
        (
            "CREATE OR REPLACE FUNCTION retail_claims_open_partition(p_run bigint) RETURNS text"
            " LANGUAGE sql AS 'SELECT ''open''';",
        ),
    ),
)

ATTACKS = BOOKS + CONTROLS + PAYMENTS + FILES + PROOFS + STATEMENT_FILES + PROGRAMMES
