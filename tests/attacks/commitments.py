"""Attacks on commitments and the pools they are of: cancelled, drawn, funded past who approves it."""

from tests.attacks.making import Attack, may, may_draw, no_append_only, no_trigger, who

LOAN = no_trigger("loans_loan_guard", "loans_loan")
CANCELLATION = no_trigger("loans_cancellation_guard", "loans_cancellation")
BOOKED = no_trigger("loans_cancellation_booked", "loans_cancellation")
TEST = no_trigger("loans_drawdowntest_guard", "loans_drawdowntest")
RELEASES = no_trigger("loans_drawdowntest_releases", "loans_drawdowntest")
ORDER = no_trigger("loans_drawdown_tested", "treasury_disbursement")
POOL = no_trigger("treasury_pool_guard", "treasury_pool")
FUNDED = no_trigger("treasury_funded_as_approved", "ledger_entry")


def cancellation(side: str = "lender", by: str = "loan-officer", digest: str = "z") -> str:
    """Write a cancellation of 5 of the committed loan of the world."""
    asked_by = who(by) if by else "NULL"
    return (
        'INSERT INTO loans_cancellation (number, loan_id, side, amount, "on", reason, effect_digest,'
        f" state, asked_by_id, asked_at) SELECT 'CAN-X', id, '{side}', 5, '2025-10-14', 'x',"
        f" '{digest}', 'proposed', {asked_by}, now() FROM loans_loan WHERE number = 'L-0001';"
    )


def order(*, is_tested: bool) -> str:
    """Write the order of a drawdown past the operations."""
    return (
        "INSERT INTO treasury_disbursement (number, pool_id, account_id, kind, subject,"
        " approval_kind, source_code, source_subject, count, total, is_tested, effect_digest,"
        " state, prepared_by_id, prepared_at) SELECT 'D-X', pool_id, account_id, 'drawdown',"
        " 'L-0001', 'loan.drawdown', 'fund.committed', 'L-0001', 1, 5,"
        f" {is_tested}, effect_digest, 'prepared', prepared_by_id, prepared_at"
        " FROM treasury_disbursement LIMIT 1;"
    )


COMMITMENTS = (
    Attack(
        "put a cancellation into effect that nobody approved",
        cancellation() + "UPDATE loans_cancellation SET state = 'booked', booked_on = '2025-10-14'"
        " WHERE number = 'CAN-X';",
        (CANCELLATION, BOOKED),
    ),
    Attack(
        "cancel more after the approval was asked for",
        cancellation() + "UPDATE loans_cancellation SET amount = 6 WHERE number = 'CAN-X';",
        (CANCELLATION,),
    ),
    Attack(
        "give a borrower's notice as somebody else",
        cancellation("borrower", "loan-officer", ""),
        (CANCELLATION,),
    ),
    Attack("enter a borrower's wish without its paper", cancellation("borrower"), (CANCELLATION,)),
    Attack(
        "let a commitment lapse that is available", cancellation("lapse", "", ""), (CANCELLATION,)
    ),
    Attack(
        "delete a cancellation",
        cancellation() + "DELETE FROM loans_cancellation;",
        (
            may("DELETE", "loans_cancellation"),
            no_trigger("loans_cancellation_stays", "loans_cancellation"),
        ),
    ),
    Attack(
        "take a part of a commitment away",
        "UPDATE loans_loan SET cancelled = 5 WHERE number = 'L-0001';",
        (LOAN,),
    ),
    Attack(
        "end a committed loan",
        "UPDATE loans_loan SET cancelled = amount, state = 'cancelled' WHERE number = 'L-0001';",
        (LOAN,),
    ),
    Attack(
        "draw a loan while a cancellation of it waits",
        cancellation() + "UPDATE loans_loan SET state = 'drawing' WHERE number = 'L-0001';",
        (*may_draw(), no_trigger("loans_loan_wanted", "loans_loan")),
    ),
    Attack(
        "order a drawdown that nobody tests again",
        order(is_tested=False),
        (ORDER,),
    ),
    Attack(
        "write down that a drawdown was tested",
        "INSERT INTO loans_drawdowntest (loan_id, disbursement_id, amount, found, tested_by_id,"
        " tested_at) SELECT l.id, d.id, 5, '{}', d.prepared_by_id, now() FROM loans_loan l,"
        " treasury_disbursement d WHERE l.number = 'L-0001' AND d.state = 'prepared' LIMIT 1;",
        (TEST, RELEASES),
    ),
    Attack(
        "change what a drawdown was tested on",
        "UPDATE loans_drawdowntest SET found = '{}';",
        (may("UPDATE", "loans_drawdowntest"), no_append_only("loans_drawdowntest")),
    ),
    Attack(
        "give a pool to another programme",
        "UPDATE treasury_pool SET given_for = 'costs' WHERE code = 'retail';",
        (POOL,),
    ),
    Attack(
        "open a pool for no programme",
        "INSERT INTO treasury_pool (code, name, asset, given_for, promised)"
        " VALUES ('x', 'x', 'USDC', '', 1);",
        (POOL,),
    ),
    Attack(
        "promise more than a pool was opened with",
        "UPDATE treasury_pool SET promised = promised + 1;",
        (POOL,),
    ),
    Attack(
        "ask for a loan from a pool that is given for something else",
        "INSERT INTO treasury_pool (code, name, asset, given_for, promised)"
        " VALUES ('x', 'x', 'USDC', 'retail', 1);"
        " INSERT INTO loans_application (number, institution_id, pool_id, amount, purpose, terms,"
        " figures, assessment, state, decline_reason, withdrawn_for, submitted_by_id, submitted_at)"
        " SELECT 'A-9', institution_id, 'x', amount, purpose, terms, figures, assessment,"
        " 'submitted', '', '', submitted_by_id, submitted_at FROM loans_application LIMIT 1;",
        (no_trigger("loans_application_born", "loans_application"),),
    ),
    Attack(
        "book a funding that nobody approved",
        "SELECT ledger_post('funding:FORGED', 'POOL_FUNDED', '2025-10-14', '', '',"
        " ARRAY['cash', 'fund.available'], ARRAY['retail', 'retail'], ARRAY['USDC', 'USDC'],"
        " ARRAY[5, -5]::bigint[]);",
        (FUNDED,),
    ),
    Attack(
        "add a spread to a rate that does not float",
        'INSERT INTO loans_event (loan_id, sequence, type, "on", further, recorded_at)'
        " SELECT id, 2, 'margin_change', '2026-10-14', '{\"spread\": \"0.01\"}', now()"
        " FROM loans_loan WHERE number = 'L-0002';",
        (
            no_trigger("loans_event_is_agreed", "loans_event"),
            no_trigger("loans_event_is_margin", "loans_event"),
            no_trigger("loans_event_is_accepted", "loans_event"),
        ),
    ),
)
