"""Attacks on who an institution is: its profile, its group, its parents."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger

PROFILE = no_trigger("loans_institution_guard", "loans_institution")
CHANGE = no_trigger("loans_profilechange_guard", "loans_profilechange")
CONTACT = no_trigger("loans_contact_guard", "loans_contact")
WAITING = "(SELECT id FROM loans_profilechange WHERE state = 'proposed')"

PARTIES = (
    Attack(
        "raise the limit of an institution",
        'UPDATE loans_institution SET "limit" = 10^15;',
        (PROFILE,),
    ),
    Attack(
        "take an institution out of its group",
        "UPDATE loans_institution SET group_id = NULL;",
        (PROFILE,),
    ),
    Attack(
        "be another legal entity",
        "UPDATE loans_institution SET lei = 'HWUPKR0MPOU8FGXBT394';",
        (PROFILE,),
    ),
    Attack(
        "let a change hold that nobody approved",
        f'UPDATE loans_institution SET "limit" = 20000000000000, change_id = {WAITING};',
        (PROFILE,),
    ),
    Attack(
        "change more than was approved",
        f"UPDATE loans_institution SET sector = 'miner', change_id = {WAITING};",
        (PROFILE,),
    ),
    Attack(
        "enter an institution that is its own parent",
        "INSERT INTO loans_institution (number, legal_name, aliases, lei, jurisdiction, sector,"
        ' parent_name, parent_lei, affiliation, exchange, "limit", entered_by_id, entered_at)'
        " SELECT 'I-9', 'Round', '{}', 'HWUPKR0MPOU8FGXBT394', 'KY', 'other', 'Round',"
        " 'HWUPKR0MPOU8FGXBT394', 'none', '', 1, entered_by_id, now() FROM loans_institution;",
        (PROFILE,),
    ),
    Attack(
        "name a parent without its LEI",
        "INSERT INTO loans_institution (number, legal_name, aliases, lei, jurisdiction, sector,"
        ' parent_name, parent_lei, affiliation, exchange, "limit", entered_by_id, entered_at)'
        " SELECT 'I-9', 'Half', '{}', 'HWUPKR0MPOU8FGXBT394', 'KY', 'other', 'Somebody', '',"
        " 'none', '', 1, entered_by_id, now() FROM loans_institution;",
        (no_constraint("loans_parent_named_whole", "loans_institution"),),
    ),
    Attack(
        "edit what a change said",
        "UPDATE loans_profilechange SET after = before WHERE state = 'applied';",
        (CHANGE,),
    ),
    Attack(
        "call a change made that was not",
        "UPDATE loans_profilechange SET state = 'applied' WHERE state = 'proposed';",
        (CHANGE,),
    ),
    Attack(
        "withdraw a change that holds",
        "UPDATE loans_profilechange SET state = 'withdrawn' WHERE state = 'applied';",
        (CHANGE,),
    ),
    Attack(
        "delete a change",
        "DELETE FROM loans_profilechange WHERE state = 'proposed';",
        (
            may("DELETE", "loans_profilechange"),
            no_trigger("loans_profilechange_stays", "loans_profilechange"),
        ),
    ),
    Attack(
        "let a contact be reached elsewhere",
        "UPDATE loans_contact SET email = 'mallory@example.test';",
        (CONTACT,),
    ),
    Attack(
        "let somebody speak again who was ended",
        "UPDATE loans_contact SET ended_on = NULL, ended_by_id = NULL, ended_at = NULL,"
        " ended_for = '';",
        (CONTACT,),
    ),
    Attack(
        "end a contact without saying why",
        "UPDATE loans_contact SET ended_on = now(), ended_by_id = entered_by_id, ended_at = now()"
        " WHERE ended_on IS NULL;",
        (no_constraint("loans_contact_ended_together", "loans_contact"),),
    ),
    Attack(
        "delete a contact",
        "DELETE FROM loans_contact WHERE name = 'Otto';",
        (may("DELETE", "loans_contact"), no_trigger("loans_contact_stays", "loans_contact")),
    ),
    Attack(
        "call a group something else",
        "UPDATE loans_group SET name = 'Else';",
        (may("UPDATE", "loans_group"), no_append_only("loans_group")),
    ),
)
