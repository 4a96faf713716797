"""Attacks on term sheets signed on paper: whose signature it is, and that two looked at it."""

from tests.attacks.making import Attack, may, no_constraint, no_trigger, who

SHEET = no_trigger("loans_termsheet_guard", "loans_termsheet")
PAPER = no_trigger("loans_paperacceptance_guard", "loans_paperacceptance")
ADMIN = "(SELECT max(person_id) FROM controls_rolegrant WHERE role = 'institution_admin')"
# Of the world: PA-0001 says that TS-0001 was signed on paper, which nobody approved.


def accepted(by: str) -> str:
    """Accept a term sheet by a paper past the operations."""
    return (
        "UPDATE loans_termsheet SET state = 'accepted', accepted_at = issued_at,"
        f" wording = 'paper/1', accepted_by_id = {by} WHERE number = 'TS-0001';"
    )


def recorded(
    by: str = "p.proposed_by_id",
    on: str = "p.signed_on",
    digest: str = "p.sheet_digest",
    subject: str = "d.subject",
) -> str:
    """Record another signature past the operations."""
    return (
        "UPDATE loans_paperacceptance SET state = 'withdrawn' WHERE number = 'PA-0001';"
        " INSERT INTO controls_document (number, subject, area, kind, title, content_id, name,"
        f" media_type, size, withdrawn_for, filed_by_id, filed_at) SELECT 'D-X', {subject}, area,"
        " d.kind, title, content_id, name, media_type, size, '', filed_by_id, filed_at FROM"
        " controls_document d WHERE d.kind = 'term_sheet.signed';"
        " INSERT INTO loans_paperacceptance (number, sheet_id, document_id, document_digest,"
        " sheet_digest, signed_by, signed_as, signed_on, effect_digest, state, proposed_by_id,"
        " proposed_at) SELECT 'PA-X', p.sheet_id, (SELECT id FROM controls_document"
        f" WHERE number = 'D-X'), p.document_digest, {digest}, 'x', 'y', {on}, 'z', 'proposed',"
        f" {by}, p.proposed_at FROM loans_paperacceptance p WHERE p.number = 'PA-0001';"
    )


PAPERS = (
    Attack("accept a term sheet by a paper that nobody approved", accepted("NULL"), (SHEET,)),
    Attack(
        "say that an Admin accepted what was signed on paper",
        accepted(ADMIN),
        (SHEET, no_constraint("loans_sheet_accepted_together", "loans_termsheet")),
    ),
    Attack(
        "let a paper take effect without its term sheet",
        "UPDATE loans_paperacceptance SET state = 'accepted' WHERE number = 'PA-0001';",
        (PAPER,),
    ),
    Attack(
        "let somebody else have signed",
        "UPDATE loans_paperacceptance SET signed_by = 'Otto' WHERE number = 'PA-0001';",
        (PAPER,),
    ),
    Attack(
        "put another document under a signature",
        "UPDATE loans_paperacceptance SET document_digest = repeat('0', 64);",
        (PAPER,),
    ),
    Attack("record a signature as nobody", recorded(by=who("nobody")), (PAPER,)),
    Attack("record a signature before the issue", recorded(on="p.signed_on - 1"), (PAPER,)),
    Attack("record a signature of another version", recorded(digest="'x'"), (PAPER,)),
    Attack(
        "record a signature on a paper about another loan", recorded(subject="'L-0002'"), (PAPER,)
    ),
    Attack(
        "delete a signature",
        "DELETE FROM loans_paperacceptance;",
        (
            may("DELETE", "loans_paperacceptance"),
            no_trigger("loans_paperacceptance_stays", "loans_paperacceptance"),
        ),
    ),
)
