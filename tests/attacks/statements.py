"""Attacks on statements and the files that they come in."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger, who

# Every statement is of a file that is being read, and adds up.
STATED = (
    no_trigger("treasury_statement_of_file", "treasury_statement"),
    no_trigger("treasury_statement_adds_up", "treasury_statement"),
)


def a_file(account: str = "retail", state: str = "received") -> str:
    """Insert a file of an account."""
    return (
        "INSERT INTO treasury_statementfile (account_id, content_id, name, kind, size, state,"
        " given_opening, given_closing, faults, statements_told, lines, tries, received_at) SELECT"
        f" '{account}', min(sha256), '', 'MT940', 1, '{state}', '', '', '[]', '{{}}', 0, 0, now()"
        " FROM treasury_filecontent;"
    )


def a_statement(opening: int, closing: int, account: str = "retail", number: int = 2) -> str:
    """Insert the next statement of an account, of the newest file."""
    return (
        "INSERT INTO treasury_statement (pool_id, account_id, file_id, number, digest, opening,"
        f" closing, from_at, to_at, imported_at, repeated, left_out) SELECT 'retail', '{account}',"
        f" max(id), {number}, 'x', {opening}, {closing}, now(), now(), now(), 0, '[]'"
        " FROM treasury_statementfile;"
    )


def dollars_in(amount: int) -> str:
    """Open an account in dollars, and let so many of their cents come in on it."""
    return (
        "INSERT INTO treasury_cashaccount (code, pool_id, kind, asset, identifier, servicer,"
        " holder) VALUES ('usd', 'retail', 'bank', 'USD', 'usd', '', '');"
        + a_file("usd")
        + a_statement(0, amount, "usd", 1)
        + "INSERT INTO treasury_statementline (pool_id, account_id, statement_id, entry_id,"
        " booked_at, type, amount, reference, counterparty, counterparty_account, details, code,"
        " return_reason, state, reason, is_receipt) SELECT 'retail', 'usd', max(id), 'dollars',"
        f" '2025-10-14T12:00Z', 'receipt', {amount}, '', '', '', '', '', '', 'break', 'x', false"
        " FROM treasury_statement;"
        "INSERT INTO treasury_match (line_id, kind, amount, rule, effect_digest, matched_at)"
        " SELECT max(id), 'receipt', max(amount), 'me', '', now() FROM treasury_statementline"
        " WHERE entry_id = 'dollars';"
        "UPDATE treasury_statementline SET state = 'matched', is_receipt = true"
        " WHERE entry_id = 'dollars';"
    )


def a_mapping(version: int) -> str:
    """Insert a version of a mapping."""
    return (
        "INSERT INTO treasury_columnmapping (account_id, name, version, document, saved_by_id,"
        f" saved_at) VALUES ('retail', 'A bank', {version}, '{{}}', {who('officer')}, now());"
    )


STATED_FILE = no_trigger("treasury_statementfile_guard", "treasury_statementfile")
LINE = no_trigger("treasury_line_guard", "treasury_statementline")
STATEMENTS = (
    Attack(
        "edit a line of a statement",
        "UPDATE treasury_statementline SET amount = amount + 1;",
        (LINE, no_trigger("treasury_lines_add_up", "treasury_statementline")),
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
        "INSERT INTO treasury_pool (code, name, asset, given_for, promised)"
        " VALUES ('mine', 'm', 'USDC', 'retail', 1);"
        "INSERT INTO treasury_statement (pool_id, account_id, number, digest, opening, closing,"
        " from_at, to_at, imported_at, repeated, left_out)"
        " VALUES ('mine', 'retail', 2, 'x', 18000000, 0, now(), now(), now(), 0, '[]');",
        (no_constraint("treasury_statement_account_of_pool", "treasury_statement"), *STATED),
    ),
    Attack(
        "bring a statement without a file",
        "INSERT INTO treasury_statement (pool_id, account_id, number, digest, opening, closing,"
        " from_at, to_at, imported_at, repeated, left_out) VALUES"
        " ('retail', 'retail', 2, 'x', 18000000, 18000000, now(), now(), now(), 0, '[]');",
        (no_trigger("treasury_statement_of_file", "treasury_statement"),),
    ),
    Attack(
        "bring a statement that does not add up",
        a_file() + a_statement(18_000_000, 17_000_000),
        (no_trigger("treasury_statement_adds_up", "treasury_statement"),),
    ),
    Attack(
        "bring a statement with the file of another account",
        "INSERT INTO treasury_cashaccount (code, pool_id, kind, asset, identifier, servicer, holder)"
        " VALUES ('other', 'retail', 'bank', 'USDC', 'other', '', '');"
        + a_file("other")
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
        a_file()
        + a_statement(18_000_000, 18_000_005)
        + "INSERT INTO treasury_statementline (pool_id, account_id, statement_id, entry_id,"
        " booked_at, type, amount, reference, counterparty, counterparty_account, details, code,"
        " return_reason, state, reason, is_receipt) SELECT 'retail', 'retail', max(id), 'forged',"
        " now(), 'payment', 5, '', '', '', '', '', '', 'break', 'x', false FROM treasury_statement;",
        (no_constraint("treasury_line_sign", "treasury_statementline"),),
    ),
    Attack(
        "bring a line in as explained",
        a_file()
        + a_statement(18_000_000, 18_000_005)
        + "INSERT INTO treasury_statementline (pool_id, account_id, statement_id, entry_id,"
        " booked_at, type, amount, reference, counterparty, counterparty_account, details, code,"
        " return_reason, state, reason, is_receipt) SELECT 'retail', 'retail', max(id), 'forged',"
        " now(), 'receipt', 5, '', '', '', '', '', '', 'matched', 'x', true"
        " FROM treasury_statement;",
        (no_trigger("treasury_line_born", "treasury_statementline"),),
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
        a_file() + "DELETE FROM treasury_statementfile WHERE state = 'received';",
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
        a_file(state="booked"),
        (STATED_FILE,),
    ),
    Attack(
        "call a file stored of which nothing is",
        a_file() + "UPDATE treasury_statementfile SET state = 'stored' WHERE state = 'received';",
        (STATED_FILE,),
    ),
    Attack(
        "refuse a file for nothing",
        a_file() + "UPDATE treasury_statementfile SET state = 'refused' WHERE state = 'received';",
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
