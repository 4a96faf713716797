"""Attacks on assessments of the loss allowance, and on the watch list."""

from tests.attacks.making import Attack, may, no_append_only, no_trigger

GUARD = no_trigger("loans_impairment_guard", "loans_impairment")
WATCH = no_trigger("loans_watch_guard", "loans_watch")

IMPAIRMENTS = (
    Attack(
        "book an assessment that nobody approved",
        "UPDATE loans_impairment SET state = 'booked' WHERE state = 'proposed';",
        (GUARD,),
    ),
    Attack(
        "let an assessment say less",
        "UPDATE loans_impairment SET allowance = allowance - 1 WHERE state = 'proposed';",
        (GUARD,),
    ),
    Attack(
        "let an assessment be born booked",
        "INSERT INTO loans_impairment (number, pool_id, as_of, policy_id, allowance, suspended,"
        " rows_digest, effect_digest, state, proposed_by_id, proposed_at) SELECT 'IM-9', pool_id,"
        " as_of, policy_id, allowance, suspended, rows_digest, effect_digest, 'booked',"
        " proposed_by_id, proposed_at FROM loans_impairment WHERE state = 'proposed';",
        (GUARD,),
    ),
    Attack(
        "delete an assessment",
        "DELETE FROM loans_impairment WHERE state = 'withdrawn';",
        (
            may("DELETE", "loans_impairment"),
            no_trigger("loans_impairment_stays", "loans_impairment"),
        ),
    ),
    Attack(
        "put a loan back into stage 1",
        "UPDATE loans_loanimpairment SET stage = 1, allowance = 0;",
        (may("UPDATE", "loans_loanimpairment"), no_append_only("loans_loanimpairment")),
    ),
    Attack(
        "leave a loan out of an assessment",
        "DELETE FROM loans_loanimpairment;",
        (may("DELETE", "loans_loanimpairment"), no_append_only("loans_loanimpairment")),
    ),
    Attack(
        "take a loan off the watch list as who put it there",
        "UPDATE loans_watch SET taken_off_by_id = put_on_by_id, taken_off_at = put_on_at,"
        " taken_off_for = 'x';",
        (WATCH,),
    ),
    Attack(
        "let a loan have been watched for something else",
        "UPDATE loans_watch SET reason = 'nothing';",
        (WATCH,),
    ),
    Attack(
        "forget that a loan was watched",
        "DELETE FROM loans_watch;",
        (may("DELETE", "loans_watch"), no_trigger("loans_watch_stays", "loans_watch")),
    ),
)
