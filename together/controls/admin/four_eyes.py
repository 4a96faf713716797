"""Four eyes on a record's page: whose decision it waits for, or who decided, with the request."""

from typing import Any

from together.controls.admin.showing import NOTHING, link
from together.controls.models import Approval
from together.controls.rules.roles import BY_CODE


def approval_fact(kind: str, subject: str, effect_digest: str = "") -> tuple[str, Any]:
    """
    Tell where the request about a record stands, with a link to it; two queries.

    Without a digest the newest request of that kind about the subject is meant.
    """
    found = Approval.objects.filter(kind=kind, subject=subject)
    if effect_digest:
        found = found.filter(effect_digest=effect_digest)
    approval = found.order_by("-id").first()
    return ("Approval", link(approval, _words(approval)) if approval else NOTHING)


def _words(approval: Approval) -> str:
    decided = list(approval.decisions.select_related("person").order_by("stage"))
    for one in decided:
        if one.verdict == "declined":
            return f"declined by {one.person}"
    if len(decided) < len(approval.roles):
        return f"waits for a {BY_CODE[approval.roles[len(decided)]].name.lower()}"
    return "approved by " + ", ".join(str(one.person) for one in decided)


def stages_to_pass(approval: Approval) -> str:
    """Say how many stages a request must pass, for a message: "1 stage must pass"."""
    stages = len(approval.roles)
    return f"{stages} stage{'s' * (stages > 1)} must pass"
