"""Attacks on findings about claims: what two agreed on, and that of one key one stands."""

from tests.attacks.making import Attack, may, no_trigger, who

GUARD = no_trigger("claims_finding_guard", "retail_claims_finding")
REPLACED = no_trigger("claims_finding_replaced", "retail_claims_finding")
STAYS = no_trigger("claims_finding_stays", "retail_claims_finding")
IN_FORCE = "DROP INDEX claims_finding_in_force;"
# Of the world: FD-0001 says that an account is an employee's, which nobody approved; FD-0002 is a
# hold in force.


def stated(state: str, role: str = "exclusions", key: str = "'x'", subject: str = "y") -> str:
    """State a finding past the operations."""
    return (
        "INSERT INTO retail_claims_finding (number, programme_id, role, key, about, cells, counts,"
        " reason, effect_digest, state, proposed_by_id, proposed_at) SELECT 'FD-X', code,"
        f" '{role}', {key}, 'y', jsonb_build_object('subject', '{subject}'), true, 'x', 'z',"
        f" '{state}', {who('run-maker')}, now()"
        " FROM retail_claims_programme;"
    )


def changed(what: str, number: str = "FD-0001") -> str:
    """Change a finding past the operations."""
    return f"UPDATE retail_claims_finding SET {what} WHERE number = '{number}';"


FINDINGS = (
    Attack(
        "put an exclusion in force that nobody approved", changed("state = 'in_force'"), (GUARD,)
    ),
    Attack("state an exclusion that is in force at once", stated("in_force"), (GUARD,)),
    Attack("find a finding under another name", stated("proposed", subject="z"), (GUARD,)),
    Attack("say that a finding is of somebody else", changed("cells = '{}'"), (GUARD,)),
    Attack("turn a finding round", changed("counts = NOT counts"), (GUARD,)),
    Attack("give a finding another reason", changed("reason = 'because'"), (GUARD,)),
    Attack(
        "end a hold without a finding that says so",
        changed("state = 'superseded', ended_at = now()", "FD-0002"),
        (REPLACED,),
    ),
    Attack(
        "withdraw a hold that stands",
        changed("state = 'withdrawn', ended_at = now()", "FD-0002"),
        (GUARD,),
    ),
    Attack(
        "hold a claim twice",
        stated(
            "in_force", "holds", "(SELECT key FROM retail_claims_finding WHERE number = 'FD-0002')"
        ),
        (IN_FORCE,),
    ),
    Attack(
        "delete a finding",
        "DELETE FROM retail_claims_finding;",
        (may("DELETE", "retail_claims_finding"), STAYS),
    ),
)
