"""Attacks on matches, resolutions of breaks and the policies of matching."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger, who
from tests.attacks.statements import LINE

ALLOWED = no_trigger("treasury_match_allowed", "treasury_match")
APPROVED = no_trigger("treasury_match_as_approved", "treasury_match")
POINTS = no_trigger("treasury_match_points", "treasury_match")
UNDO = "DROP INDEX treasury_undone_once;"
POLICY = no_trigger("treasury_matchingpolicy_guard", "treasury_matchingpolicy")
KEPT = no_trigger("treasury_openline_kept", "treasury_openline")
RESOLUTION = no_trigger("treasury_resolution_guard", "treasury_resolution")


def matched(
    line: str, kind: str, amount: str = "l.amount", to: str = "NULL", digest: str = ""
) -> str:
    """Insert a match of a line of the world, to an instruction by its reference."""
    return (
        "INSERT INTO treasury_match (line_id, kind, amount, rule, instruction_id, effect_digest,"
        f" matched_at) SELECT l.id, '{kind}', {amount}, 'me', (SELECT id FROM treasury_instruction"
        f" WHERE reference = {to}), '{digest}', now() FROM treasury_statementline l"
        f" WHERE l.entry_id = '{line}';"
    )


def undone(amount: str = "-amount") -> str:
    """Undo the match of the world."""
    return (
        "INSERT INTO treasury_match (line_id, kind, amount, rule, undoes_id, effect_digest,"
        f" matched_at) SELECT line_id, kind, {amount}, 'me', id, effect_digest, now()"
        " FROM treasury_match WHERE kind = 'resolution';"
    )


def a_policy(version: int, digest: str = "''") -> str:
    """Insert a version of what matching may do by itself."""
    return (
        "INSERT INTO treasury_matchingpolicy (account_id, version, fees, charges_up_to, days,"
        f" effect_digest, set_by_id, set_at) SELECT 'retail', {version}, '{{}}', 9000000000, 60,"
        f" {digest}, {who('officer')}, now();"
    )


MATCHING = (
    Attack(
        "call a line matched of which nothing is",
        "UPDATE treasury_statementline SET state = 'matched' WHERE entry_id = 'e3';",
        (no_trigger("treasury_lines_add_up", "treasury_statementline"),),
    ),
    Attack(
        "match more than a line",
        matched("e3", "charge", "l.amount - 1"),
        (ALLOWED,),
    ),
    Attack(
        "match a line against its way",
        matched("e3", "charge", "1"),
        (ALLOWED,),
    ),
    Attack(
        "match a line that is not there",
        "INSERT INTO treasury_match (line_id, kind, amount, rule, effect_digest, matched_at)"
        " VALUES (999999, 'charge', -1, 'me', '', now());",
        (ALLOWED,),
    ),
    Attack(
        "match a payment that is not there",
        "INSERT INTO treasury_match (line_id, kind, instruction_id, amount, rule, effect_digest,"
        " matched_at) SELECT id, 'payment', 999999, -1, 'me', '', now()"
        " FROM treasury_statementline WHERE entry_id = 'e3';",
        (ALLOWED,),
    ),
    Attack(
        "match a funding that is not there",
        "INSERT INTO treasury_match (line_id, kind, funding_id, amount, rule, effect_digest,"
        " matched_at) SELECT id, 'funding', 999999, -1, 'me', '', now()"
        " FROM treasury_statementline WHERE entry_id = 'e3';",
        (POINTS,),
    ),
    Attack(
        "match a conversion that is not there",
        "INSERT INTO treasury_match (line_id, kind, conversion_id, amount, rule, effect_digest,"
        " matched_at) SELECT id, 'conversion', 999999, -1, 'me', '', now()"
        " FROM treasury_statementline WHERE entry_id = 'e3';",
        (POINTS,),
    ),
    Attack(
        "undo a match that is not there",
        "INSERT INTO treasury_match (line_id, kind, undoes_id, amount, rule, effect_digest,"
        " matched_at) SELECT id, 'charge', 999999, -1, 'me', '', now()"
        " FROM treasury_statementline WHERE entry_id = 'e3';",
        (POINTS, ALLOWED),
    ),
    Attack(
        "number a line anew, so that its matches are of none",
        "UPDATE treasury_statementline SET id = id + 999999 WHERE entry_id = 'e1';",
        (LINE, no_trigger("treasury_lines_add_up", "treasury_statementline")),
    ),
    Attack("match a line again", matched("e2", "charge", "-1"), (ALLOWED,)),
    Attack(
        "match a payment that the rail did not settle",
        matched("e3", "payment", "-1", "'OUT-000001'"),
        (ALLOWED,),
    ),
    Attack(
        "match a return of nothing",
        matched("e3", "return", "-1"),
        (no_constraint("treasury_match_of_its_kind", "treasury_match"),),
    ),
    Attack(
        "resolve a break by a match without anybody's approval",
        matched("e3", "resolution"),
        (ALLOWED, APPROVED),
    ),
    Attack("undo a match that nobody undid", undone(), (ALLOWED, APPROVED)),
    Attack(
        "undo a match twice",
        undone() + undone(),
        (UNDO, ALLOWED, APPROVED),
    ),
    Attack(
        "hide a break from who looks for breaks",
        "DELETE FROM treasury_openline;",
        (may("DELETE", "treasury_openline"), KEPT),
    ),
    Attack(
        "hide all breaks at once",
        "TRUNCATE treasury_openline;",
        (may("TRUNCATE", "treasury_openline"), KEPT),
    ),
    Attack(
        "give a break of one account to another",
        "UPDATE treasury_openline SET account_id = 'ops';",
        (may("UPDATE", "treasury_openline"), KEPT),
    ),
    Attack(
        "let a line wait that is matched",
        "INSERT INTO treasury_openline (line_id, account_id)"
        " SELECT id, account_id FROM treasury_statementline WHERE state = 'matched';",
        ("GRANT INSERT ON treasury_openline TO together_app;", KEPT),
    ),
    Attack(
        "edit a match",
        "UPDATE treasury_match SET rule = 'me';",
        (may("UPDATE", "treasury_match"), no_append_only("treasury_match")),
    ),
    Attack(
        "delete a match",
        "DELETE FROM treasury_match;",
        (may("DELETE", "treasury_match"), no_append_only("treasury_match")),
    ),
    Attack(
        "let matching do what nobody allowed",
        a_policy(2),
        (POLICY,),
    ),
    Attack(
        "let matching do more than was allowed, by an old approval",
        a_policy(2, "(SELECT effect_digest FROM treasury_matchingpolicy)"),
        (POLICY,),
    ),
    Attack(
        "change what matching may do",
        "UPDATE treasury_matchingpolicy SET charges_up_to = 9000000000;",
        (
            may("UPDATE", "treasury_matchingpolicy"),
            no_append_only("treasury_matchingpolicy"),
        ),
    ),
    Attack(
        "change a resolution that waits",
        "UPDATE treasury_resolution SET kind = 'charge' WHERE state = 'proposed';",
        (RESOLUTION,),
    ),
    Attack(
        "book a resolution again",
        "UPDATE treasury_resolution SET state = 'proposed' WHERE state = 'booked';",
        (RESOLUTION,),
    ),
    Attack(
        "delete a resolution",
        "DELETE FROM treasury_resolution;",
        (
            may("DELETE", "treasury_resolution"),
            no_trigger("treasury_resolution_stays", "treasury_resolution"),
        ),
    ),
    Attack(
        "undo a match",
        "UPDATE treasury_statementline SET state = 'break' WHERE state = 'matched';",
        (LINE,),
    ),
    Attack(
        "book a resolution without anybody's approval",
        "INSERT INTO treasury_resolution (line_id, kind, reason, effect_digest, state,"
        " proposed_by_id, proposed_at) SELECT l.id, 'claim', 'me', '', 'proposed', p.id, now()"
        " FROM treasury_statementline l, controls_person p LIMIT 1;"
        "UPDATE treasury_resolution SET state = 'booked';",
        (no_trigger("treasury_resolution_guard", "treasury_resolution"),),
    ),
)
