"""Attacks on notices and invoices: what was said, to whom, whether mailed, and who sees it."""

from tests.attacks.making import Attack, may, no_constraint, no_trigger

GUARD = no_trigger("notices_notice_guard", "notices_notice")
# In the world N-0001 was mailed, N-0002 is being mailed, N-0003 waits.
COLUMNS = (
    'owner, area, about, kind, title, body, addresses, "on", digest, name, tries, worker,'
    " lease_until, due_at, reason, made_at, sent_at"
)


def born(content: str, state: str = "ready", size: str = "size", sent_at: str = "sent_at") -> str:
    """Write a notice past the operations."""
    given = COLUMNS.replace("sent_at", sent_at)
    return (
        f"INSERT INTO notices_notice (number, key, message_id, content_id, size, state, {COLUMNS})"
        f" SELECT 'N-X', 'x', 'x', {content}, {size}, '{state}', {given}"
        " FROM notices_notice WHERE number = 'N-0003';"
    )


def set_to(what: str, number: str) -> str:
    """Change a notice past the operations."""
    return f"UPDATE notices_notice SET {what} WHERE number = '{number}';"


INVOICE_GUARD = no_trigger("loans_invoice_guard", "loans_invoice")
FACTS = 'instalment, "on", due_on, principal, interest, charges, settled, arrears, total, events'


def invoiced(version: str = "version + 1", about: str = "about", state: str = "issued") -> str:
    """Write another invoice of an instalment past the operations, with a notice of its own."""
    given = COLUMNS.replace("about", about, 1)
    return (
        "UPDATE loans_invoice SET state = 'cancelled';"
        " INSERT INTO notices_notice (number, key, message_id, content_id, size, state,"
        f" {COLUMNS}) SELECT 'N-X', 'x', 'x', content_id, size, state, {given}"
        " FROM notices_notice WHERE number = 'N-0004';"
        f" INSERT INTO loans_invoice (number, loan_id, version, notice_id, state, {FACTS})"
        f" SELECT 'INV-X', loan_id, {version}, (SELECT id FROM notices_notice WHERE key = 'x'),"
        f" '{state}', {FACTS} FROM loans_invoice WHERE number = 'INV-0001';"
    )


NOTICES = (
    Attack("let a sent notice say something else", set_to("title = 'x'", "N-0001"), (GUARD,)),
    Attack(
        "send a notice to somebody else", set_to("addresses = '{a@b.test}'", "N-0003"), (GUARD,)
    ),
    Attack(
        "give a notice other bytes",
        set_to(
            "content_id = (SELECT content_id FROM notices_notice WHERE number = 'N-0003')", "N-0001"
        ),
        (GUARD,),
    ),
    Attack("give a notice to another institution", set_to("owner = 'I-0002'", "N-0003"), (GUARD,)),
    Attack(
        "mail what was mailed",
        set_to("state = 'ready', sent_at = NULL", "N-0001"),
        (GUARD,),
    ),
    Attack(
        "say that a notice was mailed which nobody took",
        set_to("state = 'sent', sent_at = now()", "N-0003"),
        (GUARD,),
    ),
    Attack(
        "withdraw a notice while it is mailed",
        set_to("state = 'withdrawn', reason = 'x', worker = '', lease_until = NULL", "N-0002"),
        (GUARD,),
    ),
    Attack(
        "take a notice whose lease another worker has",
        set_to("worker = 'thief', lease_until = now() + interval '1 hour'", "N-0002"),
        (GUARD,),
    ),
    Attack("let a notice be born mailed", born("content_id", "sent", "size", "now()"), (GUARD,)),
    Attack("keep a notice of another size", born("content_id", size="size + 1"), (GUARD,)),
    Attack(
        "keep a notice that is no PDF",
        "INSERT INTO controls_documentcontent (sha256, data)"
        " VALUES (encode(sha256('x'), 'hex'), 'x');" + born("encode(sha256('x'), 'hex')", size="1"),
        (GUARD,),
    ),
    Attack(
        "delete a notice",
        "DELETE FROM notices_notice WHERE number = 'N-0003';",
        (may("DELETE", "notices_notice"), no_trigger("notices_notice_stays", "notices_notice")),
    ),
    Attack(
        "see the notices of another institution",
        "SELECT set_config('together.owners', 'I-0002', true);",
        ("ALTER TABLE notices_notice DISABLE ROW LEVEL SECURITY;",),
        "SELECT EXISTS (SELECT FROM notices_notice WHERE owner = 'I-0001')",
    ),
    Attack(
        "let an invoice ask for another amount",
        "UPDATE loans_invoice SET interest = interest + 1, total = total + 1;",
        (INVOICE_GUARD,),
    ),
    Attack(
        "let an invoice ask for more than its parts",
        "UPDATE loans_invoice SET total = total + 1;",
        (INVOICE_GUARD, no_constraint("loans_invoice_adds_up", "loans_invoice")),
    ),
    Attack(
        "ask again for what was cancelled",
        "UPDATE loans_invoice SET state = 'cancelled'; UPDATE loans_invoice SET state = 'issued';",
        (INVOICE_GUARD,),
    ),
    Attack("leave a version of an invoice out", invoiced("version + 2"), (INVOICE_GUARD,)),
    Attack("invoice by another loan's notice", invoiced(about="'L-0001'"), (INVOICE_GUARD,)),
    Attack("let an invoice be born superseded", invoiced(state="superseded"), (INVOICE_GUARD,)),
    Attack(
        "delete an invoice",
        "DELETE FROM loans_invoice;",
        (may("DELETE", "loans_invoice"), no_trigger("loans_invoice_stays", "loans_invoice")),
    ),
)
