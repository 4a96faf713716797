"""Drawing up: an evidence of another one's files and the findings in force, for the next run."""

import tempfile
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from django.conf import settings

from retail_claims.formats import inputs
from retail_claims.models import Evidence, Finding, Policy
from retail_claims.operations import evidence as evidence_operations
from retail_claims.operations import taking_in
from retail_claims.operations.adjudication import merging
from retail_claims.rules import findings as rules
from retail_claims.rules import policy as policy_rules
from retail_claims.rules.findings import PAYEES, Change
from retail_claims.rules.states import FindingState
from together import Refused
from together.controls.models import Person
from together.controls.operations import people


class NothingFound(Refused):
    """Raised when no finding in force changes a file of the evidence."""


def draw_up(*, evidence: Evidence, policy: Policy, by: Person, at: datetime) -> Evidence:
    """
    Register an evidence whose files say what the findings in force say, beside what they said.

    It begins with the files of the ``evidence`` that findings never changed: drawn up again it
    says what stands now, not what once stood. The files of the roles concerned are read as a run
    under the policy would read them.

    :raises OfAnotherProgramme: if evidence and policy are not of one programme
    :raises NothingFound: if no finding in force changes a file
    :raises NotUsable: if a file has rejected rows, or a finding is none by this policy
    """
    people.demand(by, "claims.write")
    base = evidence.base or evidence
    evidence_operations.demand_same_programme(base, policy)
    found = list(standing(base))
    if not found:
        raise NothingFound(f"no finding in force changes a file of {base}")
    changes: dict[str, list[Change]] = defaultdict(list)
    for one in found:
        changes[one.role].append(rules.change(one.role, one.cells, counts=one.counts))
    given = {role: inputs.find(one["path"]) for role, one in base.files.items()}
    root = Path(settings.CLAIMS_EVIDENCE_DIR)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".drawing-up-", dir=root) as place:
        written = merging.merge(
            policy=policy_rules.recall(policy.document, policy.salt),
            given=given,
            changes=changes,
            to=Path(place),
        )
        kept = {role: taking_in.keep(role, path) for role, path in written.items()}
    files = {role: Path(one["path"]) for role, one in base.files.items()}
    return evidence_operations.register(
        programme=base.programme,
        files={**files, **kept},
        by=by,
        at=at,
        base=base,
        findings=[one.number for one in found],
    )


def standing(evidence: Evidence) -> list[Finding]:
    """Give the findings in force that change files of an evidence, by their numbers."""
    found = Finding.objects.filter(programme_id=evidence.programme_id, state=FindingState.IN_FORCE)
    return list(found.exclude(role=PAYEES).order_by("id"))
