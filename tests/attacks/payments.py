"""Attacks on pools and payments."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger

NEXT = (
    "(SELECT b.id FROM treasury_batch b JOIN treasury_disbursement d ON d.id = b.disbursement_id"
    " WHERE d.state = 'prepared')"
)
OUT = (
    "(SELECT b.id FROM treasury_batch b JOIN treasury_disbursement d ON d.id = b.disbursement_id"
    " WHERE d.subject = 'RUN-OUT')"
)

FIXED = no_trigger("treasury_instruction_guard", "treasury_instruction")
BATCH = no_trigger("treasury_batch_guard", "treasury_batch")


def instruction(batch: str, subject: str = "forged", state: str = "ready") -> str:
    """Insert an instruction."""
    return (
        "INSERT INTO treasury_instruction (batch_id, kind, subject, reference, payee, amount, asset,"
        f" state, tries, worker, rail_reference) VALUES ({batch}, 'award', '{subject}', 'forged',"
        f" 'me', 1, 'USDC', '{state}', 0, '', '');"
    )


PAYMENTS = (
    Attack(
        "release a batch that nobody approved",
        f"UPDATE treasury_batch SET released_at = now() WHERE id = {NEXT};",
        (BATCH,),
    ),
    Attack(
        "release a batch of a disbursement that was given up",
        "UPDATE treasury_batch SET released_at = now() WHERE disbursement_id ="
        " (SELECT id FROM treasury_disbursement WHERE state = 'withdrawn');",
        (BATCH,),
    ),
    Attack(
        "write a batch that is born released",
        "INSERT INTO treasury_batch (number, disbursement_id, wave_id, count, total, released_at)"
        " SELECT 'B', disbursement_id, id, 1, 1, now() FROM treasury_wave LIMIT 1;",
        (BATCH,),
    ),
    Attack(
        "release a disbursement that nobody approved",
        "UPDATE treasury_disbursement SET state = 'released', released_at = now()"
        " WHERE state = 'prepared';",
        (no_trigger("treasury_disbursement_guard", "treasury_disbursement"),),
    ),
    Attack(
        "swap what was asked for under an approval",
        f"UPDATE treasury_disbursement SET effect_digest = '{'0' * 64}';",
        (no_trigger("treasury_disbursement_guard", "treasury_disbursement"),),
    ),
    Attack("pay somebody else", "UPDATE treasury_instruction SET payee = 'me';", (FIXED,)),
    Attack(
        "number a payment anew, so that its matches are of none",
        f"UPDATE treasury_instruction SET id = id + 999999 WHERE batch_id = {NEXT};",
        (FIXED,),
    ),
    Attack("pay more", "UPDATE treasury_instruction SET amount = amount * 100;", (FIXED,)),
    Attack("join a batch that is released", instruction(OUT), (FIXED,)),
    Attack(
        "write an instruction that is born settled", instruction(NEXT, state="settled"), (FIXED,)
    ),
    Attack(
        "instruct a payment twice",
        instruction(NEXT, subject="OUT:1"),
        (no_constraint("treasury_paid_once", "treasury_instruction"),),
    ),
    Attack(
        "send what is not released",
        f"UPDATE treasury_instruction SET state = 'sending' WHERE batch_id = {NEXT};",
        (FIXED,),
    ),
    Attack(
        "skip the rail",
        f"UPDATE treasury_instruction SET state = 'settled' WHERE batch_id = {OUT};",
        (FIXED,),
    ),
    Attack(
        "delete an instruction",
        f"DELETE FROM treasury_instruction WHERE batch_id = {NEXT};",
        (
            may("DELETE", "treasury_instruction"),
            no_trigger("treasury_instruction_stays", "treasury_instruction"),
        ),
    ),
    Attack(
        "convert money without anybody's approval",
        "INSERT INTO treasury_cashaccount (code, pool_id, kind, asset, identifier, servicer, holder)"
        " VALUES ('mine', 'retail', 'bank', 'USD', 'my bank', '', '');"
        "INSERT INTO treasury_conversion (number, pool_id, sold_from_id, bought_on_id, sold, bought,"
        ' rate, source, "on", effect_digest, state, proposed_by_id, proposed_at) SELECT'
        " 'FX-9', 'retail', 'retail', 'mine', 1, 1, '1', 'me', now(), '', 'proposed', id, now()"
        " FROM controls_person LIMIT 1;"
        "UPDATE treasury_conversion SET state = 'booked';",
        (no_trigger("treasury_conversion_guard", "treasury_conversion"),),
    ),
    Attack(
        "let an account be another one",
        "UPDATE treasury_cashaccount SET identifier = 'mine' WHERE code = 'retail';",
        (no_append_only("treasury_cashaccount"),),
    ),
    Attack(
        "edit a funding",
        "UPDATE treasury_funding SET amount = 1;",
        (may("UPDATE", "treasury_funding"), no_append_only("treasury_funding")),
    ),
    Attack(
        "edit what the rail answered",
        "TRUNCATE treasury_attempt;",
        (may("TRUNCATE", "treasury_attempt"), no_append_only("treasury_attempt")),
    ),
)
