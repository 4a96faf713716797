"""Attacks on approvals, roles and the trail."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger, who

DECIDED = no_trigger("controls_decision_allowed", "controls_decision")
GRANTED = no_trigger("controls_grant_allowed", "controls_rolegrant")

WAITING = (
    "(SELECT a.id FROM controls_approval a JOIN treasury_disbursement d ON d.number = a.subject"
    " WHERE d.state = 'prepared')"
)
HALF = "(SELECT id FROM controls_approval WHERE subject = 'R-0001')"


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
    Attack(
        "change the bytes of a document",
        "UPDATE controls_documentcontent SET data = 'else';",
        (
            may("UPDATE", "controls_documentcontent"),
            no_append_only("controls_documentcontent"),
            no_constraint("controls_content_is_its_digest", "controls_documentcontent"),
        ),
    ),
    Attack(
        "file a document under another digest",
        f"INSERT INTO controls_documentcontent (sha256, data) VALUES ('{'0' * 64}', 'x');",
        (no_constraint("controls_content_is_its_digest", "controls_documentcontent"),),
    ),
    Attack(
        "let a document be about somebody else",
        "UPDATE controls_document SET subject = 'I-0002';",
        (no_trigger("controls_document_guard", "controls_document"),),
    ),
    Attack(
        "let a document expire later",
        "UPDATE controls_document SET expires_on = '2099-01-01';",
        (no_trigger("controls_document_guard", "controls_document"),),
    ),
    Attack(
        "delete a document",
        "DELETE FROM controls_document WHERE kind = 'financials';",
        (
            may("DELETE", "controls_document"),
            no_trigger("controls_document_stays", "controls_document"),
        ),
    ),
    Attack(
        "wipe who looked",
        "DELETE FROM controls_accessrecord;",
        (may("DELETE", "controls_accessrecord"), no_append_only("controls_accessrecord")),
    ),
    Attack(
        "say that somebody else looked",
        f"UPDATE controls_accessrecord SET by_id = {who('nobody')};",
        (may("UPDATE", "controls_accessrecord"), no_append_only("controls_accessrecord")),
    ),
)
