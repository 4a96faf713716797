"""Attacks on loans and claims."""

from tests.attacks.making import (
    SCREENED,
    Attack,
    may,
    may_draw,
    no_append_only,
    no_constraint,
    no_trigger,
)
from tests.attacks.statements import dollars_in

LOAN = no_trigger("loans_loan_guard", "loans_loan")
AGREED = no_trigger("loans_event_is_agreed", "loans_event")
VERIFIED = no_trigger("loans_verification_guard", "loans_verification")
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


def received(loan: str, sequence: int, entry: str = "e1") -> str:
    """Insert a repayment with a receipt: that of the world, or another one."""
    return (
        'INSERT INTO loans_event (loan_id, sequence, type, "on", amount, further, line_id,'
        f" recorded_at) SELECT l.id, {sequence}, 'repayment', '2025-10-14', s.amount, '{{}}', s.id,"
        f" now() FROM treasury_statementline s, loans_loan l WHERE s.entry_id = '{entry}'"
        f" AND l.number = '{loan}';"
    )


POINTS = no_trigger("loans_event_points_back", "loans_event")
FIXED = no_trigger("loans_event_is_fixed", "loans_event")
SERVICING = (
    Attack(
        "set the rate of a loan to what nobody observed",
        'INSERT INTO loans_event (loan_id, sequence, type, "on", further, recorded_at)'
        ' SELECT id, 2, \'rate_fixed\', \'2026-10-14\', \'{"index": "SOFR", "value": "0.9"}\','
        " now() FROM loans_loan WHERE number = 'L-0002';",
        (FIXED,),
    ),
    Attack(
        "correct a drawdown as if it were a fixing",
        pointing("rate_fixed", "L-0002", "L-0002"),
        (AGREED, POINTS, FIXED),
    ),
    Attack(
        "repay a loan of USDC with as many dollars",
        dollars_in(100) + received("L-0001", 2, "dollars"),
        (no_trigger("loans_event_is_received", "loans_event"),),
    ),
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
        "DELETE FROM loans_adjustment WHERE number = 'ADJ-0001';",
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
        "INSERT INTO loans_loan (number, application_id, institution_id, pool_id, amount, cancelled,"
        " terms, terms_digest, state, approved_at) SELECT 'L-X', id, institution_id, pool_id,"
        " amount, 0, terms, 'x', 'committed', now() FROM loans_application WHERE number = 'A-0002';",
        (LOAN, SCREENED),
    ),
    Attack("change the terms of a loan", "UPDATE loans_loan SET terms = '{}';", (LOAN,)),
    Attack(
        "change the terms of a loan as its day is closed",
        "UPDATE loans_loan SET business_date = business_date + 1, terms = '{}'"
        " WHERE number = 'L-0002';",
        (LOAN,),
        "SELECT terms = '{}' FROM loans_loan WHERE number = 'L-0002'",
    ),
    Attack(
        "open a closed day of a loan again",
        "UPDATE loans_loan SET business_date = business_date - 1 WHERE number = 'L-0002';",
        (LOAN,),
    ),
    Attack(
        "let a loan wait for a payment to somebody else",
        "UPDATE loans_loan SET state = 'drawing', disbursement_id = (SELECT id FROM"
        " treasury_disbursement WHERE subject = 'RUN-OUT') WHERE number = 'L-0001';",
        (no_trigger("loans_loan_paid_to_its_own", "loans_loan"), *may_draw()),
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
    Attack(
        "verify an institution that compliance did not look at",
        "UPDATE loans_verification SET state = 'in_force' WHERE state = 'proposed';",
        (VERIFIED,),
    ),
    Attack(
        "let a verification hold for longer",
        "UPDATE loans_verification SET expires_on = expires_on + 1;",
        (VERIFIED,),
    ),
    Attack(
        "verify by an approval of before",
        "INSERT INTO loans_verification (number, institution_id, verified_on, expires_on,"
        " documents, finding, effect_digest, state, proposed_by_id, proposed_at) SELECT 'V-9',"
        " institution_id, verified_on, expires_on + 1, documents, finding, effect_digest,"
        " 'in_force', proposed_by_id, proposed_at FROM loans_verification"
        " WHERE state = 'in_force';",
        (VERIFIED,),
    ),
    Attack(
        "delete a verification",
        "DELETE FROM loans_verification;",
        (
            may("DELETE", "loans_verification"),
            no_trigger("loans_verification_stays", "loans_verification"),
        ),
    ),
)
