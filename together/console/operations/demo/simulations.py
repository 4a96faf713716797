"""Simulations of the demo: facts gathered once, and what another policy would have decided."""

import json
from datetime import datetime

from retail_claims.models import Run
from retail_claims.operations import fact_sets, simulations
from retail_claims.rules import policy as policy_rules
from together.console.operations.demo import funds
from together.console.operations.demo.funds import People, Tell

ATOMS_TO_MINOR = 100


def simulate(run: Run, *, cast: People, at: datetime, tell: Tell) -> None:
    """Tell what a policy that pays for faults of the platform alone would decide."""
    policy = run.policy
    facts = fact_sets.ask(evidence=run.evidence, policy=policy, by=cast["claims_officer"], at=at)
    if fact_sets.gather(fact_set=facts, at=at) != "ready":
        return
    document = {**policy.document, "name": "fault_only", "salt": policy.salt}
    del document["salt_sha256"]
    coverage = document["coverage"]
    document["coverage"] = {**coverage, "rates": {**coverage["rates"], "market": "0"}}
    facts.refresh_from_db()
    changed = policy_rules.parse(json.dumps(document))
    found, compared = simulations.of(facts, policy=changed, against=policy)
    minor = changed.unit // ATOMS_TO_MINOR
    tell(
        f"{facts.number}: simulated, a policy that pays nothing for market losses awards"
        f" {found.decisions['award']:,} persons {funds.usdc(found.award * minor)};"
        f" {compared.losing if compared else 0:,} would get less than under {policy.name!r}"
    )
