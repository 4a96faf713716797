"""Attacks on what institutions do by themselves: drafts, answers, withdrawing, collateral."""

from tests.attacks.making import Attack, may, no_constraint, no_trigger, who

DRAFT = no_trigger("loans_draft_guard", "loans_draft")
FILE = no_trigger("loans_draftfile_guard", "loans_draftfile")
ASKED = no_trigger("loans_informationrequest_guard", "loans_informationrequest")
COLLATERAL = no_trigger("loans_collateralrequest_guard", "loans_collateralrequest")
APPLICATION = no_trigger("loans_application_guard", "loans_application")
NOBODY, OFFICER, MANAGER = who("nobody"), who("loan-officer"), who("manager")
# Of the world: DA-0001 is open with a file, DA-0002 was submitted as A-0006, of which IR-0001 asks;
# CR-0001 is what it offered, CR-0002 asks for PL-0001 back.


def withdrawn(by: str, reason: str = "'x'") -> str:
    """Withdraw an application past the operations."""
    return (
        f"UPDATE loans_application SET state = 'withdrawn', withdrawn_by_id = {by},"
        f" withdrawn_at = now(), withdrawn_for = {reason} WHERE number = 'A-0006';"
    )


def draft(changes: str, number: str = "DA-0001") -> str:
    """Change a draft past the operations."""
    return f"UPDATE loans_draft SET version = version + 1, {changes} WHERE number = '{number}';"


def answered(by: str, documents: str = "'{}'") -> str:
    """Answer a question past the operations."""
    return (
        "UPDATE loans_informationrequest SET state = 'answered', answer = 'Yes', ended_at ="
        f" asked_at, ended_by_id = {by}, documents = {documents} WHERE number = 'IR-0001';"
    )


def ended(state: str, by: str, more: str = "", number: str = "CR-0001") -> str:
    """End a request about collateral past the operations."""
    return (
        f"UPDATE loans_collateralrequest SET state = '{state}', ended_at = asked_at,"
        f" ended_by_id = {by}{more} WHERE number = '{number}';"
    )


def requested(application: str, by: str, pledge: str = "NULL") -> str:
    """Ask about collateral past the operations."""
    kind = "pledge" if pledge == "NULL" else "substitution"
    return (
        "INSERT INTO loans_collateralrequest (number, application_id, kind, key, instrument_id,"
        " quantity, kept_by, reference, reason, state, asked_by_id, asked_at, ended_for, pledge_id)"
        f" SELECT 'CR-X', (SELECT id FROM loans_application WHERE number = '{application}'),"
        f" '{kind}', gen_random_uuid(), 'BTC', 1, 'x', '', '', 'open', {by}, asked_at, '',"
        f" {pledge} FROM loans_collateralrequest WHERE number = 'CR-0001';"
    )


PORTAL = (
    Attack("withdraw an application as an officer", withdrawn(OFFICER), (APPLICATION,)),
    Attack(
        "withdraw an application without a reason",
        withdrawn(MANAGER, "''"),
        (no_constraint("loans_application_withdrawn_together", "loans_application"),),
    ),
    Attack(
        "withdraw an application that was approved",
        withdrawn(MANAGER).replace("A-0006", "A-0001"),
        (APPLICATION,),
    ),
    Attack(
        "write a draft for an institution as an officer",
        draft(f"content = '{{}}', changed_by_id = {OFFICER}"),
        (DRAFT,),
    ),
    Attack(
        "give a draft to another application than its own",
        draft(
            "state = 'submitted', application_id = (SELECT id FROM loans_application"
            " WHERE number = 'A-0002')"
        ),
        (DRAFT,),
    ),
    Attack("change a draft that was submitted", draft("content = '{}'", "DA-0002"), (DRAFT,)),
    Attack(
        "change a draft under who looks at it",
        "UPDATE loans_draft SET content = '{}' WHERE number = 'DA-0001';",
        (DRAFT,),
    ),
    Attack(
        "delete a draft",
        "DELETE FROM loans_draftfile; DELETE FROM loans_draft WHERE number = 'DA-0001';",
        (may("DELETE", "loans_draft"), no_trigger("loans_draft_stays", "loans_draft")),
    ),
    Attack(
        "slip a file into a draft as an officer",
        "INSERT INTO loans_draftfile (draft_id, kind, title, name, size, content_id, added_by_id,"
        " added_at) SELECT d.id, 'other', 'x', 'x.pdf', 1, (SELECT min(sha256) FROM"
        f" controls_documentcontent), {OFFICER}, now() FROM loans_draft d"
        " WHERE d.number = 'DA-0001';",
        (FILE,),
    ),
    Attack(
        "put another file under the title of one",
        "UPDATE loans_draftfile SET title = 'Audited';",
        (FILE,),
    ),
    Attack("answer for an institution as an officer", answered(OFFICER), (ASKED,)),
    Attack(
        "answer with documents that somebody else filed",
        answered(MANAGER, "ARRAY[(SELECT min(number) FROM controls_document)]"),
        (ASKED,),
    ),
    Attack(
        "put another question into an officer's mouth",
        "UPDATE loans_informationrequest SET question = 'Nothing';",
        (ASKED,),
    ),
    Attack(
        "call a question off as the institution",
        "UPDATE loans_informationrequest SET state = 'withdrawn', answer = 'x', ended_at ="
        f" asked_at, ended_by_id = {MANAGER};",
        (ASKED,),
    ),
    Attack(
        "delete a question",
        "DELETE FROM loans_informationrequest;",
        (
            may("DELETE", "loans_informationrequest"),
            no_trigger("loans_informationrequest_stays", "loans_informationrequest"),
        ),
    ),
    Attack(
        "take collateral up that was never proposed",
        ended("taken_up", OFFICER),
        (COLLATERAL,),
    ),
    Attack(
        "take collateral up as another pledge than was announced",
        ended("taken_up", OFFICER, ", made_id = (SELECT min(id) FROM loans_pledge)"),
        (COLLATERAL,),
    ),
    Attack(
        "take a release up that nobody asked approval for",
        ended("taken_up", OFFICER, number="CR-0002"),
        (COLLATERAL,),
    ),
    Attack(
        "decline a request as the institution",
        ended("declined", MANAGER, ", ended_for = 'x'"),
        (COLLATERAL,),
    ),
    Attack(
        "decline a request without a reason",
        ended("declined", OFFICER),
        (no_constraint("loans_collateral_request_ended_together", "loans_collateralrequest"),),
    ),
    Attack("withdraw a request as an officer", ended("withdrawn", OFFICER), (COLLATERAL,)),
    Attack(
        "announce less than was announced",
        "UPDATE loans_collateralrequest SET quantity = 1 WHERE number = 'CR-0001';",
        (COLLATERAL,),
    ),
    Attack("announce collateral as a stranger", requested("A-0006", NOBODY), (COLLATERAL,)),
    Attack("announce collateral of an unsecured loan", requested("A-0001", MANAGER), (COLLATERAL,)),
    Attack(
        "exchange the pledge of another loan",
        requested("A-0006", MANAGER, "(SELECT id FROM loans_pledge WHERE number = 'PL-0001')"),
        (COLLATERAL,),
    ),
    Attack(
        "delete a request about collateral",
        "DELETE FROM loans_collateralrequest;",
        (
            may("DELETE", "loans_collateralrequest"),
            no_trigger("loans_collateralrequest_stays", "loans_collateralrequest"),
        ),
    ),
)
