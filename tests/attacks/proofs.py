"""Attacks on the three-way proofs that are kept."""

from tests.attacks.making import Attack, may, no_append_only, no_trigger

NO_PROOF_EDITS = no_append_only("treasury_threewayproof")
PROOFS = (
    Attack(
        "let a proof say that nothing is unexplained",
        "UPDATE treasury_threewayproof SET unexplained = 0, breaks = 0, breaks_total = 0;",
        (may("UPDATE", "treasury_threewayproof"), NO_PROOF_EDITS),
        "SELECT bool_and(breaks = 0) FROM treasury_threewayproof",
    ),
    Attack(
        "forget the proofs that were not true",
        "DELETE FROM treasury_threewayproof WHERE breaks > 0;",
        (may("DELETE", "treasury_threewayproof"), NO_PROOF_EDITS),
        "SELECT NOT EXISTS (SELECT FROM treasury_threewayproof WHERE breaks > 0)",
    ),
    Attack(
        "forget all proofs at once",
        "TRUNCATE treasury_threewayproof;",
        (may("TRUNCATE", "treasury_threewayproof"), NO_PROOF_EDITS),
        "SELECT NOT EXISTS (SELECT FROM treasury_threewayproof)",
    ),
    Attack(
        "date a true proof before the one that was not",
        "INSERT INTO treasury_threewayproof (account_id, at, cash, stated, expected_in, breaks,"
        " breaks_total, settled, on_statements, in_clearing, wrong_lines, unexplained)"
        " SELECT account_id, at - interval '1 minute', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"
        " FROM treasury_threewayproof ORDER BY id DESC LIMIT 1;",
        (no_trigger("treasury_proof_follows", "treasury_threewayproof"),),
    ),
)
