"""Numbers of the controls' own proof: approvals that are not what was asked for."""

from django.db import connection

# What was approved by who asked, by one person twice, or without the role at that moment.
BROKEN = """
SELECT count(*) FROM controls_decision d JOIN controls_approval a ON a.id = d.approval_id
 WHERE d.person_id = a.requested_by_id
    OR d.stage > cardinality(a.roles)
    OR NOT EXISTS (SELECT FROM controls_rolegrant g
                    WHERE g.person_id = d.person_id AND g.role = a.roles[d.stage] AND g.scope = ''
                      AND g.granted_at <= d.decided_at
                      AND (g.revoked_at IS NULL OR g.revoked_at >= d.decided_at))
    OR a.effect_digest <> encode(sha256(convert_to(a.effect_text, 'UTF8')), 'hex')
"""


def broken_decisions() -> int:
    """Count decisions that four eyes would not allow; 0 is expected."""
    with connection.cursor() as cursor:
        cursor.execute(BROKEN)
        (found,) = cursor.fetchone()
    return int(found)
