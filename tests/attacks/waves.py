"""Attacks on waves, brakes and remedies."""

from tests.attacks.making import Attack, may, no_trigger, who

ORDER = "(SELECT id FROM treasury_disbursement WHERE subject = 'RUN-WAVES')"
LATER = f"(SELECT id FROM treasury_wave WHERE disbursement_id = {ORDER} AND number = 2)"
TAKEN = (
    "(SELECT i.id FROM treasury_instruction i JOIN treasury_batch b ON b.id = i.batch_id"
    f" WHERE b.disbursement_id = {ORDER} AND i.state = 'settled')"
)
WAVE = no_trigger("treasury_wave_guard", "treasury_wave")
BATCH = no_trigger("treasury_batch_guard", "treasury_batch")
BRAKE = no_trigger("treasury_brake_guard", "treasury_brake")
REMEDY = no_trigger("treasury_remedy_guard", "treasury_remedy")
SENT = no_trigger("treasury_instruction_guard", "treasury_instruction")


def planned(count: int, total: int, number: int = 1) -> str:
    """Write a disbursement of 500 payments and a wave of it."""
    return (
        "WITH d AS (INSERT INTO treasury_disbursement (number, pool_id, account_id, kind, subject,"
        " approval_kind, source_code, source_subject, count, total, effect_digest, state,"
        " is_tested, prepared_by_id, prepared_at) SELECT 'D-FORGED', 'retail', 'retail', 'award', 'FORGED',"
        " 'retail.payout', 'fund.available', 'retail', 500, 900000000000000, '', 'prepared', false, id,"
        " now() FROM controls_person LIMIT 1 RETURNING id)"
        " INSERT INTO treasury_wave (disbursement_id, number, count, total)"
        f" SELECT id, {number}, {count}, {total} FROM d;"
    )


def released(where: str) -> str:
    """Release waves."""
    by = who("officer")
    return f"UPDATE treasury_wave SET released_at = now(), released_by_id = {by} WHERE {where};"


WAVES = (
    Attack("let a canary have more than a hundred payees", planned(101, 101), (WAVE,)),
    Attack("let a canary be more than its share", planned(2, 300_000_000_001), (WAVE,)),
    Attack("begin with the last wave", planned(500, 900_000_000_000_000, number=4), (WAVE,)),
    Attack(
        "release a wave that nobody approved",
        released(
            "disbursement_id IN (SELECT id FROM treasury_disbursement WHERE state = 'prepared')"
        ),
        (WAVE,),
    ),
    Attack("release a wave before the canary is complete", released(f"id = {LATER}"), (WAVE,)),
    Attack(
        "join a wave to what is released",
        "INSERT INTO treasury_wave (disbursement_id, number, count, total)"
        f" VALUES ({ORDER}, 3, 1, 1);",
        (WAVE,),
    ),
    Attack(
        "make a wave larger", f"UPDATE treasury_wave SET total = 9 WHERE id = {LATER};", (WAVE,)
    ),
    Attack(
        "delete a wave",
        # The keys of its batches are asked when the transaction ends; nothing of it is needed.
        f"DELETE FROM treasury_wave WHERE id = -1 AND disbursement_id = {ORDER};",
        (
            may("DELETE", "treasury_wave"),
            no_trigger("treasury_wave_stays", "treasury_wave"),
        ),
    ),
    Attack(
        "release a batch of a wave that is not",
        f"UPDATE treasury_batch SET released_at = now() WHERE wave_id = {LATER};",
        (BATCH,),
    ),
    Attack(
        "move a batch into another wave",
        "UPDATE treasury_batch SET wave_id = (SELECT min(id) FROM treasury_wave"
        f" WHERE disbursement_id = {ORDER}) WHERE wave_id = {LATER};",
        (BATCH,),
    ),
    Attack(
        "send what is stopped",
        "UPDATE treasury_instruction SET state = 'sending' WHERE state = 'ready' AND batch_id IN"
        f" (SELECT id FROM treasury_batch WHERE disbursement_id = {ORDER}"
        " AND released_at IS NOT NULL);",
        (SENT,),
    ),
    Attack(
        "let go on what one released",
        f"UPDATE treasury_brake SET resumed_at = now(), resumed_by_id = {who('officer')},"
        " resumed_reason = 'mine';",
        (BRAKE,),
    ),
    Attack(
        "let a stop say something else",
        "UPDATE treasury_brake SET reason = 'nothing';",
        (BRAKE,),
    ),
    Attack(
        "delete a stop",
        "DELETE FROM treasury_brake;",
        (
            may("DELETE", "treasury_brake"),
            no_trigger("treasury_brake_stays", "treasury_brake"),
        ),
    ),
    Attack(
        "promise more, so that a canary may be larger",
        "UPDATE treasury_pool SET promised = promised * 1000 WHERE code = 'retail';",
        (no_trigger("treasury_pool_guard", "treasury_pool"),),
    ),
    Attack(
        "decide about a payment that was taken",
        "INSERT INTO treasury_remedy (number, instruction_id, origin_id, way, payee, reason,"
        f" effect_digest, state, proposed_by_id, proposed_at) SELECT 'RM-F', {TAKEN}, {ORDER},"
        " 'pay_again', 'me', 'again', '', 'proposed', id, now() FROM controls_person LIMIT 1;",
        (REMEDY,),
    ),
    Attack(
        "book a remedy that nobody approved",
        "UPDATE treasury_remedy SET state = 'booked', booked_at = now();",
        (REMEDY,),
    ),
    Attack(
        "pay a remedy to somebody else",
        "UPDATE treasury_remedy SET payee = 'me';",
        (REMEDY,),
    ),
    Attack(
        "delete a remedy",
        "DELETE FROM treasury_remedy;",
        (
            may("DELETE", "treasury_remedy"),
            no_trigger("treasury_remedy_stays", "treasury_remedy"),
        ),
    ),
    Attack(
        "pay again without a remedy",
        "INSERT INTO treasury_instruction (batch_id, kind, subject, reference, payee, amount,"
        " asset, state, tries, worker, rail_reference) SELECT b.id, 'payment.again', 'f', 'f',"
        " 'me', 1, 'USDC', 'ready', 0, '', '' FROM treasury_batch b JOIN treasury_disbursement d"
        " ON d.id = b.disbursement_id WHERE d.state = 'prepared';",
        (SENT,),
    ),
)
