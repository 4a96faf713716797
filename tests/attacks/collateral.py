"""Attacks on collateral and margin calls."""

from tests.attacks.making import (
    SCREENED,
    Attack,
    may,
    no_append_only,
    no_constraint,
    no_trigger,
    who,
)

PLEDGE = no_trigger("loans_pledge_guard", "loans_pledge")
POLICY = no_trigger("loans_collateralpolicy_guard", "loans_collateralpolicy")


def to(state: str, number: str) -> str:
    """Move a pledge to a state."""
    return f"UPDATE loans_pledge SET state = '{state}' WHERE number = '{number}';"


def lent(application: str) -> str:
    """Write the loan of an application."""
    return (
        "INSERT INTO loans_loan (number, application_id, institution_id, pool_id, amount, cancelled,"
        " terms, terms_digest, state, approved_at) SELECT 'L-X', id, institution_id, pool_id, amount,"
        f" 0, terms, 'x', 'committed', '2025-10-14T12:00:00Z' FROM loans_application WHERE number = '{application}';"
    )


COLLATERAL = (
    Attack("put a pledge in force that nobody approved", to("in_force", "PL-0004"), (PLEDGE,)),
    Attack(
        "pledge more than was approved",
        "UPDATE loans_pledge SET quantity = quantity * 2 WHERE number = 'PL-0002';",
        (PLEDGE,),
    ),
    Attack("release a pledge without approval", to("released", "PL-0001"), (PLEDGE,)),
    Attack(
        "release a pledge by its own pledging",
        "UPDATE loans_pledge SET state = 'released', release_digest = effect_digest"
        " WHERE number = 'PL-0001';",
        (PLEDGE,),
    ),
    Attack("take a pledge away without a substitute", to("substituted", "PL-0001"), (PLEDGE,)),
    Attack(
        "keep both a pledge and its substitute",
        to("in_force", "PL-0003"),
        (no_trigger("loans_pledge_substitutes", "loans_pledge"),),
    ),
    Attack(
        "pledge without a life",
        "INSERT INTO loans_pledge (number, application_id, instrument_id, quantity, custodian,"
        " reference, evidence_id, state, effect_digest, release_digest, proposed_by_id,"
        " proposed_at) SELECT 'PL-X', application_id, instrument_id, quantity, custodian, 'other',"
        " evidence_id, 'in_force', effect_digest, '', proposed_by_id, now() FROM loans_pledge"
        " WHERE number = 'PL-0001';",
        (PLEDGE,),
    ),
    Attack(
        "pledge nothing",
        "INSERT INTO loans_pledge (number, application_id, instrument_id, quantity, custodian,"
        " reference, evidence_id, state, effect_digest, release_digest, proposed_by_id,"
        " proposed_at) SELECT 'PL-X', application_id, instrument_id, 0, custodian, 'other',"
        " evidence_id, 'proposed', effect_digest, '', proposed_by_id, now() FROM loans_pledge"
        " WHERE number = 'PL-0001';",
        (no_constraint("loans_pledged_some", "loans_pledge"),),
    ),
    Attack(
        "delete a pledge",
        "DELETE FROM loans_pledge WHERE number = 'PL-0004';",
        (may("DELETE", "loans_pledge"), no_trigger("loans_pledge_stays", "loans_pledge")),
    ),
    Attack(
        "lend with less collateral than was approved",
        "INSERT INTO loans_collateralpolicy (version, initial, margin_call, liquidation,"
        " cure_hours, haircuts, effect_digest, set_by_id, set_at) SELECT 2, 9000, 9500, 9900,"
        f" cure_hours, haircuts, effect_digest, {who('loan-officer')}, now()"
        " FROM loans_collateralpolicy;",
        (POLICY,),
    ),
    Attack(
        "change a haircut",
        "UPDATE loans_collateralpolicy SET haircuts = '{\"BTC\": 0}';",
        (may("UPDATE", "loans_collateralpolicy"), no_append_only("loans_collateralpolicy")),
    ),
    Attack(
        "commit a secured loan with too little pledged",
        lent("A-0004"),
        (
            no_trigger("loans_loan_guard", "loans_loan"),
            no_trigger("loans_loan_is_secured", "loans_loan"),
            SCREENED,
        ),
    ),
    Attack(
        "commit a secured loan with nothing pledged",
        lent("A-0005"),
        (
            no_trigger("loans_loan_guard", "loans_loan"),
            no_trigger("loans_loan_is_secured", "loans_loan"),
            SCREENED,
        ),
    ),
)
CALL = no_trigger("loans_margincall_guard", "loans_margincall")


def called(change: str) -> str:
    """Change the margin call of the world."""
    return f"UPDATE loans_margincall SET {change} WHERE number = 'MC-0001';"


OWED = (
    "SELECT ledger_post('attack', 'X', '2025-10-14', '', '', ARRAY['loan.principal','cash'],"
    " ARRAY['L-0002','retail'], ARRAY['USDC','USDC'], ARRAY[100000000,-100000000]::bigint[]);"
)
CALLS = (
    Attack(
        "call a margin call met that is not cured",
        OWED + called("state = 'met', ended_at = opened_at"),
        (CALL,),
    ),
    Attack(
        "give more time without approval",
        called("state = 'extended', due_at = due_at + interval '1 day'"),
        (CALL,),
    ),
    Attack("move the moment a call is due", called("due_at = due_at + interval '1 day'"), (CALL,)),
    Attack(
        "default a call before it is due",
        called("state = 'defaulted', ended_at = opened_at"),
        (CALL,),
    ),
    Attack("forget what was owed at a call", called("owed = 1"), (CALL,)),
    Attack(
        "delete a margin call",
        "DELETE FROM loans_margincall;",
        (
            may("DELETE", "loans_margincall"),
            no_trigger("loans_margincall_stays", "loans_margincall"),
        ),
    ),
    Attack(
        "call a loan twice at once",
        "INSERT INTO loans_margincall (number, loan_id, policy_id, owed, market_value, prices, band,"
        " state, opened_at, due_at, extension_digest) SELECT 'MC-X', loan_id, policy_id, owed,"
        " market_value, prices, band, 'open', opened_at, due_at, '' FROM loans_margincall;",
        ("DROP INDEX loans_one_margin_call_at_a_time;",),
    ),
)
