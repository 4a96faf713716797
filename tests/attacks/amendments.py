"""Attacks on amendments: what the borrower was told, who accepted it, and what is booked by it."""

from tests.attacks.making import Attack, may, no_constraint, no_trigger

GUARD = no_trigger("loans_amendmentletter_guard", "loans_amendmentletter")
TOGETHER = no_constraint("loans_letter_answered_together", "loans_amendmentletter")
BOUND = no_trigger("loans_event_is_accepted", "loans_event")
PROMISED = no_trigger("loans_adjustment_is_promised", "loans_adjustment")
ADMIN = "(SELECT max(person_id) FROM controls_rolegrant WHERE role = 'institution_admin')"
# Of the world: ADJ-0003 extends L-0002 and is approved, AL-0001 is its letter and waits for an
# answer. ADJ-0001 is a charge that is approved, ADJ-0004 another extension that is not.


def answered(by: str = ADMIN, at: str = "issued_at", state: str = "accepted") -> str:
    """Answer a letter past the operations."""
    said = "wording = 'amendment/1'" if state == "accepted" else "words = 'No'"
    return (
        f"UPDATE loans_amendmentletter SET state = '{state}', answered_by_id = {by},"
        f" answered_at = {at}, {said} WHERE number = 'AL-0001';"
    )


def offered(
    *,
    of: str = "ADJ-0003",
    state: str = "issued",
    effect: str = "p.effect_digest",
    named: str = "p.effect_digest",
    version: str = "t.version + 1",
    by: str = "t.issued_by_id",
) -> str:
    """Issue another letter past the operations."""
    answer = f"{ADMIN}, t.issued_at, 'amendment/1'" if state == "accepted" else "NULL, NULL, ''"
    return (
        "UPDATE loans_amendmentletter SET state = 'superseded' WHERE number = 'AL-0001';"
        " INSERT INTO controls_document (number, subject, area, kind, title, content_id, name,"
        " media_type, size, withdrawn_for, filed_by_id, filed_at) SELECT 'D-X', subject, area, kind,"
        " title, content_id, name, media_type, size, '', filed_by_id, filed_at"
        " FROM controls_document WHERE id = (SELECT document_id FROM loans_amendmentletter"
        " WHERE number = 'AL-0001');"
        " INSERT INTO loans_amendmentletter (number, adjustment_id, version, content, digest,"
        " effect_digest, document_id, lapses_on, state, issued_by_id, issued_at, answered_by_id,"
        f" answered_at, wording, words) SELECT 'AL-X', a.id, {version},"
        " jsonb_build_object('pairs', jsonb_build_array(jsonb_build_array("
        f" 'Digest of the change', {named}))), 'x', {effect},"
        " (SELECT id FROM controls_document WHERE number = 'D-X'), t.lapses_on,"
        f" '{state}', {by}, t.issued_at, {answer}, ''"
        " FROM loans_amendmentletter t, loans_adjustment a"
        " JOIN controls_approval p ON p.id = a.approval_id"
        f" WHERE t.number = 'AL-0001' AND a.number = '{of}';"
    )


RECORDED = (
    'INSERT INTO loans_event (loan_id, sequence, type, "on", further, adjustment_id, recorded_at)'
    ' SELECT loan_id, event_count + 1, type, "on", further, id, now() FROM loans_adjustment'
    " WHERE number = 'ADJ-0003';"
)

AMENDMENTS = (
    Attack("record an amendment that its borrower did not accept", RECORDED, (BOUND,)),
    Attack(
        "record an amendment that its borrower declined",
        answered(state="declined") + RECORDED,
        (BOUND,),
    ),
    Attack("accept a letter as the officer who issued it", answered("issued_by_id"), (GUARD,)),
    Attack(
        "decline a letter as the officer who issued it",
        answered("issued_by_id", state="declined"),
        (GUARD,),
    ),
    Attack(
        "accept a letter that lapsed",
        answered(at="issued_at + interval '14 days'"),
        (GUARD,),
    ),
    Attack(
        "accept a letter before it was issued",
        answered(at="issued_at - interval '1 day'"),
        (GUARD,),
    ),
    Attack(
        "accept a letter in no words",
        "UPDATE loans_amendmentletter SET state = 'accepted' WHERE number = 'AL-0001';",
        (GUARD, TOGETHER),
    ),
    Attack(
        "accept a letter by a paper that nobody approved",
        "UPDATE loans_amendmentletter SET state = 'accepted', answered_at = issued_at,"
        " wording = 'paper/1' WHERE number = 'AL-0001';",
        (GUARD,),
    ),
    Attack(
        "let a letter say something else",
        "UPDATE loans_amendmentletter SET content = '{}' WHERE number = 'AL-0001';",
        (GUARD,),
    ),
    Attack(
        "let a letter stay open for longer",
        "UPDATE loans_amendmentletter SET lapses_on = lapses_on + 30 WHERE number = 'AL-0001';",
        (GUARD,),
    ),
    Attack(
        "take a letter back whose amendment stands",
        "UPDATE loans_amendmentletter SET state = 'withdrawn' WHERE number = 'AL-0001';",
        (GUARD,),
    ),
    Attack("let a letter be born accepted", offered(state="accepted"), (GUARD,)),
    Attack("offer something else than was approved", offered(effect="'x'"), (GUARD,)),
    Attack("offer a change under another digest", offered(named="'x'"), (GUARD,)),
    Attack("offer what the borrower need not accept", offered(of="ADJ-0001"), (GUARD,)),
    Attack("offer what was not approved", offered(of="ADJ-0004"), (GUARD,)),
    Attack("leave a version of a letter out", offered(version="t.version + 2"), (GUARD,)),
    Attack("issue a letter as its borrower", offered(by=ADMIN), (GUARD,)),
    Attack(
        "give an amendment up that was accepted",
        answered()
        + "UPDATE loans_adjustment SET state = 'withdrawn', ended_by_id = proposed_by_id,"
        " ended_at = proposed_at WHERE number = 'ADJ-0003';",
        (PROMISED,),
    ),
    Attack(
        "let a signature be of no paper",
        "UPDATE loans_paperacceptance SET sheet_id = NULL;",
        (
            no_trigger("loans_paperacceptance_guard", "loans_paperacceptance"),
            no_constraint("loans_paper_of_one", "loans_paperacceptance"),
        ),
    ),
    Attack(
        "delete a letter",
        "DELETE FROM loans_amendmentletter;",
        (
            may("DELETE", "loans_amendmentletter"),
            no_trigger("loans_amendmentletter_stays", "loans_amendmentletter"),
        ),
    ),
)
