"""Attacks on underwriting: the credit policy, accounts of borrowers, worksheets."""

from tests.attacks.making import Attack, may, may_draw, no_append_only, no_trigger

POLICY = no_trigger("loans_creditpolicy_guard", "loans_creditpolicy")
ONE_POLICY = no_trigger("loans_creditpolicy_one", "loans_creditpolicy")
APPLICATION = no_trigger("loans_application_guard", "loans_application")
CONDITION = no_trigger("loans_condition_guard", "loans_condition")
UNDERWRITING = (
    Attack(
        "lend by a policy that nobody approved",
        "UPDATE loans_creditpolicy SET state = 'superseded' WHERE state = 'in_force';"
        " UPDATE loans_creditpolicy SET state = 'in_force' WHERE state = 'proposed';",
        (POLICY,),
    ),
    Attack(
        "write a policy that is in force at once",
        "UPDATE loans_creditpolicy SET state = 'superseded' WHERE state = 'in_force';"
        " INSERT INTO loans_creditpolicy (number, document, reason, effect_digest, state)"
        " SELECT 'CP-9', document, reason, '', 'in_force' FROM loans_creditpolicy"
        " WHERE state = 'superseded';",
        (POLICY,),
    ),
    Attack(
        "lower the bar of the policy in force",
        "UPDATE loans_creditpolicy SET document = jsonb_set(document,"
        " '{scorecard,approved_from}', '1') WHERE state = 'in_force';",
        (POLICY,),
    ),
    Attack(
        "leave no policy in force",
        "UPDATE loans_creditpolicy SET state = 'superseded' WHERE state = 'in_force';"
        " SET CONSTRAINTS ALL IMMEDIATE;",
        (ONE_POLICY,),
    ),
    Attack(
        "delete a policy",
        "DELETE FROM loans_creditpolicy WHERE state = 'proposed';",
        (
            may("DELETE", "loans_creditpolicy"),
            no_trigger("loans_creditpolicy_stays", "loans_creditpolicy"),
        ),
    ),
    Attack(
        "make accounts look better",
        "UPDATE loans_spread SET amounts = jsonb_set(amounts, '{held_on_exchanges}', '0');",
        (may("UPDATE", "loans_spread"), no_append_only("loans_spread")),
    ),
    Attack(
        "enter the same months twice",
        "INSERT INTO loans_spread (number, institution_id, ends_on, months, basis, amounts,"
        " evidence, note, entered_by_id, entered_at) SELECT 'S-9', institution_id, ends_on, months,"
        " basis, amounts, evidence, note, entered_by_id, entered_at FROM loans_spread LIMIT 1;",
        (no_trigger("loans_spread_guard", "loans_spread"),),
    ),
    Attack(
        "let a worksheet recommend what it did not",
        "UPDATE loans_worksheet SET recommendation = 'approve', rationale = 'Fine';",
        (may("UPDATE", "loans_worksheet"), no_append_only("loans_worksheet")),
    ),
    Attack(
        "slip a worksheet under an application that was proposed",
        "INSERT INTO loans_worksheet (number, application_id, version, policy_id, spreads, figures,"
        " assessment, loss, headrooms, recommendation, rationale, digest, prepared_by_id,"
        " prepared_at) SELECT 'W-9', p.id, 9, w.policy_id, w.spreads, w.figures, w.assessment,"
        " w.loss, w.headrooms, w.recommendation, w.rationale, w.digest, w.prepared_by_id,"
        " w.prepared_at FROM loans_worksheet w, loans_application p WHERE p.number = 'A-0001';",
        (no_trigger("loans_worksheet_guard", "loans_worksheet"),),
    ),
    Attack(
        "decide an application anew",
        "UPDATE loans_application SET state = 'declined', decline_reason = 'x'"
        " WHERE number = 'A-0001';",
        (APPLICATION,),
    ),
    Attack(
        "let an application be born approved",
        "INSERT INTO loans_application (number, institution_id, pool_id, amount, purpose, terms,"
        " figures, assessment, state, decline_reason, withdrawn_for, submitted_by_id, submitted_at)"
        " SELECT 'A-9', institution_id, pool_id, amount, purpose, terms, figures, assessment,"
        " 'approved', '', '', submitted_by_id, submitted_at FROM loans_application LIMIT 1;",
        (no_trigger("loans_application_born", "loans_application"),),
    ),
    Attack(
        "raise what was asked for once it was proposed",
        "UPDATE loans_application SET amount = amount + 1 WHERE number = 'A-0001';",
        (APPLICATION,),
    ),
    Attack(
        "delete an application",
        "DELETE FROM loans_condition; DELETE FROM loans_guarantee; DELETE FROM loans_covenant c"
        " WHERE NOT EXISTS (SELECT FROM loans_covenanttest t WHERE t.covenant_id = c.id);"
        " DELETE FROM loans_worksheet; DELETE FROM loans_application WHERE number = 'A-0002';",
        (
            may("DELETE", "loans_application"),
            no_trigger("loans_application_stays", "loans_application"),
            may("DELETE", "loans_condition"),
            no_trigger("loans_condition_stays", "loans_condition"),
            may("DELETE", "loans_covenant"),
            no_trigger("loans_covenant_stays", "loans_covenant"),
            may("DELETE", "loans_guarantee"),
            no_trigger("loans_guarantee_stays", "loans_guarantee"),
            may("DELETE", "loans_worksheet"),
            no_append_only("loans_worksheet"),
        ),
    ),
    Attack(
        "satisfy a condition that nobody agreed is satisfied",
        "UPDATE loans_condition SET state = 'satisfied' WHERE state = 'open';",
        (CONDITION,),
    ),
    Attack(
        "draw a loan: a condition is open, a hit is not cleared, its term sheet not accepted",
        "UPDATE loans_loan SET state = 'drawing' WHERE number = 'L-0001';",
        may_draw(),
    ),
    Attack(
        "take a condition off after the proposal",
        "UPDATE loans_condition SET state = 'removed' WHERE state = 'open';",
        (CONDITION,),
    ),
    Attack(
        "lower the bound of a covenant",
        "UPDATE loans_covenant SET bound = '0' WHERE kind = 'financial';",
        (no_trigger("loans_covenant_guard", "loans_covenant"),),
    ),
    Attack(
        "let a guarantor answer for less",
        "UPDATE loans_guarantee SET amount = 1;",
        (no_trigger("loans_guarantee_guard", "loans_guarantee"),),
    ),
)
