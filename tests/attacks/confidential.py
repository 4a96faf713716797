"""Attacks on confidential applications: letting oneself in, letting out twice, hiding traces."""

from tests.attacks.making import Attack, may, no_constraint, no_trigger, who

HELD = no_trigger("loans_confidentiality_guard", "loans_confidentiality")
ACCESS = no_trigger("loans_accessgrant_guard", "loans_accessgrant")
LET_IN = (
    "INSERT INTO loans_accessgrant (confidentiality_id, person_id, granted_by_id, granted_at,"
    " ended_for) SELECT id, {person}, {by}, now(), '' FROM loans_confidentiality;"
)
NOBODY, OUT = who("nobody"), who("out")

CONFIDENTIAL = (
    Attack(
        "let oneself in",
        LET_IN.format(person=NOBODY, by=NOBODY),
        (ACCESS, no_constraint("loans_access_by_another", "loans_accessgrant")),
    ),
    Attack(
        "be let in by somebody who does not own it",
        LET_IN.format(person=NOBODY, by=OUT),
        (ACCESS,),
    ),
    Attack(
        "be let in to what was lifted",
        "UPDATE loans_confidentiality SET lifted_at = now(), lifted_by_id = owner_id,"
        " lifted_for = 'It is known'; " + LET_IN.format(person=NOBODY, by="owner_id"),
        (ACCESS,),
    ),
    Attack(
        "be let in again without anybody letting in",
        "UPDATE loans_accessgrant SET ended_at = NULL, ended_by_id = NULL, ended_for = ''"
        f" WHERE person_id = {OUT};",
        (ACCESS,),
    ),
    Attack(
        "give one's access to somebody else",
        f"UPDATE loans_accessgrant SET person_id = {NOBODY} WHERE ended_at IS NULL;",
        (ACCESS,),
    ),
    Attack(
        "end somebody's access as a stranger",
        f"UPDATE loans_accessgrant SET ended_at = now(), ended_by_id = {NOBODY},"
        " ended_for = 'Away' WHERE ended_at IS NULL;",
        (ACCESS,),
    ),
    Attack(
        "end somebody's access without saying why",
        "UPDATE loans_accessgrant SET ended_at = now(), ended_by_id = granted_by_id"
        " WHERE ended_at IS NULL;",
        (no_constraint("loans_access_ended_together", "loans_accessgrant"),),
    ),
    Attack(
        "forget who was let in",
        "DELETE FROM loans_accessgrant;",
        (
            may("DELETE", "loans_accessgrant"),
            no_trigger("loans_accessgrant_stays", "loans_accessgrant"),
        ),
    ),
    Attack(
        "lift what one does not own",
        f"UPDATE loans_confidentiality SET lifted_at = now(), lifted_by_id = {OUT},"
        " lifted_for = 'It is known';",
        (HELD,),
    ),
    Attack(
        "own what another made confidential",
        f"UPDATE loans_confidentiality SET owner_id = {OUT};",
        (HELD,),
    ),
    Attack(
        "make confidential as no officer",
        "INSERT INTO loans_confidentiality (number, application_id, owner_id, made_at, lifted_for)"
        f" SELECT 'CF-9', id, {NOBODY}, now(), '' FROM loans_application a WHERE NOT EXISTS"
        " (SELECT FROM loans_confidentiality WHERE application_id = a.id) LIMIT 1;",
        (HELD,),
    ),
    Attack(
        "make confidential twice",
        "INSERT INTO loans_confidentiality (number, application_id, owner_id, made_at, lifted_for)"
        " SELECT 'CF-9', application_id, owner_id, now(), '' FROM loans_confidentiality;",
        ("DROP INDEX loans_confidential_once;",),
    ),
    Attack(
        "forget that it was confidential",
        "DELETE FROM loans_accessgrant; DELETE FROM loans_confidentiality;",
        (
            may("DELETE", "loans_accessgrant")
            + no_trigger("loans_accessgrant_stays", "loans_accessgrant"),
            may("DELETE", "loans_confidentiality"),
            no_trigger("loans_confidentiality_stays", "loans_confidentiality"),
        ),
    ),
)
