"""Attacks on the screening against lists of sanctions."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger, who

HIT = no_trigger("controls_hit_guard", "controls_hit")
ENTRY = no_trigger("controls_listentry_guard", "controls_listentry")
DECIDED = f"decided_by_id = {who('nobody')}, decided_at = now()"
OPEN_AGAIN = "state = 'open', decided_by_id = NULL, decided_at = NULL"

SCREENING = (
    Attack(
        "clear a hit that nobody approved",
        f"UPDATE controls_hit SET state = 'cleared', {DECIDED} WHERE state = 'open';",
        (HIT,),
    ),
    Attack(
        "clear a hit by the approval of another one",
        f"UPDATE controls_hit SET state = 'cleared', {DECIDED}, effect_digest = (SELECT"
        " effect_digest FROM controls_hit WHERE state = 'cleared') WHERE state = 'open';",
        (HIT,),
    ),
    Attack(
        "confirm a hit without a reason",
        f"UPDATE controls_hit SET state = 'confirmed', reason = '', {DECIDED} WHERE state = 'open';",
        (no_constraint("controls_hit_decided_together", "controls_hit"),),
    ),
    Attack(
        "open a hit again without a change",
        f"UPDATE controls_hit SET {OPEN_AGAIN}, times_opened = 2 WHERE state = 'cleared';",
        (HIT,),
    ),
    Attack("let a hit be about somebody else", "UPDATE controls_hit SET subject = 'I-9';", (HIT,)),
    Attack("lower the score of a hit", "UPDATE controls_hit SET score = 1;", (HIT,)),
    Attack(
        "say why a hit was cleared afterwards",
        "UPDATE controls_hit SET reason = 'else' WHERE state = 'cleared';",
        (HIT,),
    ),
    Attack(
        "delete a hit",
        "DELETE FROM controls_hit;",
        (may("DELETE", "controls_hit"), no_trigger("controls_hit_stays", "controls_hit")),
    ),
    Attack(
        "call an entry of a list something else",
        "UPDATE controls_listentry SET names = ARRAY['Else'];",
        (ENTRY,),
    ),
    Attack(
        "drop an entry by the version that it came with",
        "UPDATE controls_listentry SET dropped_id = since_id;",
        (ENTRY,),
    ),
    Attack(
        "delete an entry of a list",
        "DELETE FROM controls_listentry WHERE reference = 'E-3';",
        (
            may("DELETE", "controls_listentry"),
            no_trigger("controls_listentry_stays", "controls_listentry"),
        ),
    ),
    Attack(
        "say that a list is of today",
        "UPDATE controls_screeninglist SET issued_on = now();",
        (may("UPDATE", "controls_screeninglist"), no_append_only("controls_screeninglist")),
    ),
    Attack(
        "say that somebody was screened today",
        "UPDATE controls_screening SET at = now() + interval '1 year';",
        (may("UPDATE", "controls_screening"), no_append_only("controls_screening")),
    ),
    Attack(
        "raise the threshold of the policy",
        "UPDATE controls_screeningpolicy SET threshold = 100;",
        (may("UPDATE", "controls_screeningpolicy"), no_append_only("controls_screeningpolicy")),
    ),
    Attack(
        "put a policy in force that nobody approved",
        "INSERT INTO controls_screeningpolicy (version, threshold, most_days, reason,"
        " effect_digest, set_at) VALUES (2, 100, 7, 'x', 'x', now());",
        (no_trigger("controls_screeningpolicy_guard", "controls_screeningpolicy"),),
    ),
)
