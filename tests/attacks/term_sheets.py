"""Attacks on term sheets: what a loan is offered on, and who accepted it."""

from tests.attacks.making import Attack, may, no_constraint, no_trigger

GUARD = no_trigger("loans_termsheet_guard", "loans_termsheet")
ADMIN = "(SELECT max(person_id) FROM controls_rolegrant WHERE role = 'institution_admin')"


def accepted(by: str, at: str = "issued_at", number: str = "TS-0001") -> str:
    """Accept a term sheet past the operations."""
    return (
        f"UPDATE loans_termsheet SET state = 'accepted', accepted_by_id = {by}, accepted_at = {at},"
        f" wording = 'acceptance/1' WHERE number = '{number}';"
    )


def offered(
    state: str = "issued", terms: str = "terms_digest", version: str = "version + 1"
) -> str:
    """Take the place of the sheet that waits, past the operations."""
    return (
        "UPDATE loans_termsheet SET state = 'superseded' WHERE number = 'TS-0001';"
        " INSERT INTO controls_document (number, subject, area, kind, title, content_id, name,"
        " media_type, size, withdrawn_for, filed_by_id, filed_at) SELECT 'D-X', subject, area, kind,"
        " title, content_id, name, media_type, size, '', filed_by_id, filed_at"
        " FROM controls_document WHERE id = (SELECT document_id FROM loans_termsheet"
        " WHERE number = 'TS-0001');"
        " INSERT INTO loans_termsheet (number, loan_id, version, content, digest, terms_digest,"
        " document_id, lapses_on, state, issued_by_id, issued_at, wording, accepted_by_id,"
        f" accepted_at) SELECT 'TS-X', loan_id, {version}, content, digest, {terms},"
        " (SELECT id FROM controls_document WHERE number = 'D-X'), lapses_on,"
        f" '{state}', issued_by_id, issued_at, {_outcome(state)}"
        " FROM loans_termsheet WHERE number = 'TS-0001';"
    )


def _outcome(state: str) -> str:
    return f"'acceptance/1', {ADMIN}, issued_at" if state == "accepted" else "'', NULL, NULL"


TERM_SHEETS = (
    Attack("accept a term sheet as the officer who issued it", accepted("issued_by_id"), (GUARD,)),
    Attack(
        "accept a term sheet that lapsed",
        accepted(ADMIN, "issued_at + interval '14 days'"),
        (GUARD,),
    ),
    Attack(
        "accept a term sheet before it was issued",
        accepted(ADMIN, "issued_at - interval '1 day'"),
        (GUARD,),
    ),
    Attack(
        "accept a term sheet in no words",
        "UPDATE loans_termsheet SET state = 'accepted' WHERE number = 'TS-0001';",
        (GUARD, no_constraint("loans_sheet_accepted_together", "loans_termsheet")),
    ),
    Attack(
        "let a term sheet say something else",
        "UPDATE loans_termsheet SET content = '{}' WHERE number = 'TS-0001';",
        (GUARD,),
    ),
    Attack(
        "let a term sheet stay open for longer",
        "UPDATE loans_termsheet SET lapses_on = lapses_on + 30 WHERE number = 'TS-0001';",
        (GUARD,),
    ),
    Attack(
        "take an acceptance back",
        "UPDATE loans_termsheet SET state = 'superseded', accepted_by_id = NULL,"
        " accepted_at = NULL, wording = '' WHERE number = 'TS-0002';",
        (GUARD,),
    ),
    Attack("let a term sheet be born accepted", offered("accepted"), (GUARD,)),
    Attack("offer other terms than the loan has", offered(terms="'x'"), (GUARD,)),
    Attack("leave a version of a term sheet out", offered(version="version + 2"), (GUARD,)),
    Attack(
        "delete a term sheet",
        "DELETE FROM loans_termsheet WHERE number = 'TS-0002';",
        (
            may("DELETE", "loans_termsheet"),
            no_trigger("loans_termsheet_stays", "loans_termsheet"),
        ),
    ),
)
