"""Attacks on covenant tests: what is kept, what shows it, what is waived, who may draw."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger

BORN = no_trigger("loans_covenanttest_born", "loans_covenanttest")
GUARD = no_trigger("loans_covenanttest_guard", "loans_covenanttest")
CERTIFICATE = no_trigger("loans_certificate_guard", "loans_certificate")
EXAMINATION = no_trigger("loans_examination_guard", "loans_examination")
STRANGER = "(SELECT id FROM controls_person WHERE username = 'nobody')"
# Of the world: CVT-0001 is breached, CVT-0002 waits for an officer, CVT-0003 is only due.


def moved(number: str, state: str, more: str = "") -> str:
    """Bring a test into a state past the operations."""
    return (
        f"UPDATE loans_covenanttest SET state = '{state}', since_at = since_at + interval '1 hour'"
        f"{more} WHERE number = '{number}';"
    )


def tested(ends_on: str, due_on: str) -> str:
    """Open a test past the operations."""
    return (
        "INSERT INTO loans_covenanttest (number, covenant_id, loan_id, period_ends_on, due_on,"
        " state, since_at, opened_at, waiver_digest, waived_for) SELECT 'CVT-X', covenant_id,"
        f" loan_id, {ends_on}, {due_on}, 'due', opened_at, opened_at, '', ''"
        " FROM loans_covenanttest WHERE number = 'CVT-0003';"
    )


def certified(signer: str = "NULL", signed_on: str = "signed_on", document: str = "document_id"):
    """File a certificate past the operations."""
    contact = "signed_by_contact_id" if signer == "NULL" else "NULL"
    return (
        "INSERT INTO loans_certificate (number, test_id, document_id, signed_by_contact_id,"
        " signed_by_person_id, signed_on, filed_by_id, filed_at) SELECT 'CC-X', test_id,"
        f" {document}, {contact}, {signer}, {signed_on}, filed_by_id, filed_at"
        " FROM loans_certificate WHERE number = 'CC-0001';"
    )


def examined(
    certificate: str = "CC-0001",
    figure: str = "'9/10'",
    outcome: str = "kept",
    spread: str = "spread_id",
    by: str = "examined_by_id",
) -> str:
    """Examine a certificate past the operations."""
    return (
        "INSERT INTO loans_examination (certificate_id, spread_id, figure, outcome, why,"
        " examined_by_id, examined_at) SELECT (SELECT id FROM loans_certificate"
        f" WHERE number = '{certificate}'), {spread}, {figure}, '{outcome}', '', {by}, examined_at"
        " FROM loans_examination ORDER BY loans_examination.id LIMIT 1;"
    )


COVENANTS = (
    Attack(
        "say that a covenant was kept that nobody looked at", moved("CVT-0002", "kept"), (GUARD,)
    ),
    Attack("call a breach cured", moved("CVT-0001", "cured"), (GUARD,)),
    Attack(
        "waive a breach that nobody approved",
        moved("CVT-0001", "waived", ", waiver_digest = 'x', waived_for = 'y'"),
        (GUARD,),
    ),
    Attack(
        "waive a breach for another reason than was approved",
        moved(
            "CVT-0001",
            "waived",
            ", waived_for = 'For ever', waiver_digest = (SELECT effect_digest FROM"
            " controls_approval WHERE kind = 'covenant.waiver' ORDER BY id LIMIT 1)",
        ),
        (GUARD,),
    ),
    Attack(
        "waive a breach without saying so",
        moved("CVT-0001", "waived"),
        (
            GUARD,
            no_constraint("loans_covenanttest_waived_together", "loans_covenanttest"),
        ),
    ),
    Attack(
        "give a borrower more time to cure",
        "UPDATE loans_covenanttest SET cure_until = cure_until + 90 WHERE number = 'CVT-0001';",
        (GUARD,),
    ),
    Attack(
        "put off the day of a certificate",
        "UPDATE loans_covenanttest SET due_on = due_on + 90 WHERE number = 'CVT-0003';",
        (GUARD,),
    ),
    Attack(
        "default a borrower before its cure period is over",
        moved("CVT-0001", "defaulted"),
        (GUARD,),
    ),
    Attack(
        "call a certificate overdue that only waits for an officer",
        "UPDATE loans_covenanttest SET state = 'overdue', cure_until = due_on + 15,"
        " since_at = since_at + interval '1 year' WHERE number = 'CVT-0002';",
        (GUARD,),
    ),
    Attack(
        "test a period that ends within a month",
        tested("period_ends_on - 10", "due_on - 10"),
        (BORN,),
    ),
    Attack(
        "test a period before the loan was drawn",
        tested("'2025-09-30'", "'2025-11-14'"),
        (BORN,),
    ),
    Attack(
        "delete a test",
        "DELETE FROM loans_covenanttest WHERE number = 'CVT-0003';",
        (
            may("DELETE", "loans_covenanttest"),
            no_trigger("loans_covenanttest_stays", "loans_covenanttest"),
        ),
    ),
    Attack("let a stranger sign a certificate", certified(STRANGER), (CERTIFICATE,)),
    Attack(
        "certify a period before it ended", certified(signed_on="signed_on - 90"), (CERTIFICATE,)
    ),
    Attack(
        "certify by a paper of something else",
        certified(document="(SELECT min(id) FROM controls_document)"),
        (CERTIFICATE,),
    ),
    Attack(
        "let somebody else have signed a certificate",
        "UPDATE loans_certificate SET signed_on = signed_on - 1;",
        (may("UPDATE", "loans_certificate"), no_append_only("loans_certificate")),
    ),
    Attack(
        "find a breach kept: its figure is below the bound",
        examined(figure="'1/10'"),
        (EXAMINATION,),
    ),
    Attack("find a figure that is none", examined(figure="'much'"), (EXAMINATION,)),
    Attack(
        "rest a figure on accounts of another day",
        examined(spread="(SELECT min(id) FROM loans_spread)"),
        (EXAMINATION,),
    ),
    Attack(
        "examine a certificate that one filed oneself",
        examined(by="(SELECT filed_by_id FROM loans_certificate LIMIT 1)"),
        (EXAMINATION,),
    ),
    Attack("examine a certificate as nobody", examined(by=STRANGER), (EXAMINATION,)),
    Attack("give what is delivered a figure", examined("CC-0002"), (EXAMINATION,)),
    Attack(
        "make a figure look better",
        "UPDATE loans_examination SET figure = '9/10', outcome = 'kept';",
        (may("UPDATE", "loans_examination"), no_append_only("loans_examination")),
    ),
)
