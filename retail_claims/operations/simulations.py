"""Simulations: what a policy would decide on a fact set, and who differs from another version."""

from collections.abc import Iterator
from pathlib import Path

from retail_claims.models import FactSet
from retail_claims.models import Policy as PolicyVersion
from retail_claims.operations.adjudication import simulating
from retail_claims.operations.adjudication.simulating import OtherFacts, Row, TooLarge
from retail_claims.rules import policy as policy_rules
from retail_claims.rules.policy import Policy
from retail_claims.rules.simulated import Compared, Simulated
from together import Refused


class NotSimulated(Refused):
    """Raised when facts do not serve a policy, or their files are gone."""


def of(
    fact_set: FactSet, *, policy: Policy, against: PolicyVersion | None
) -> tuple[Simulated, Compared | None]:
    """
    Simulate a policy, and compare it with a version if one is named.

    :raises NotSimulated: if the facts do not serve one of them, or their files are gone
    """
    folder = Path(fact_set.folder)
    try:
        if against is None:
            return simulating.simulate(folder, policy), None
        return simulating.compare(folder, policy, before=_version(against))
    except (OtherFacts, TooLarge, FileNotFoundError) as error:
        raise NotSimulated(_words(fact_set, error)) from error


def differences(fact_set: FactSet, *, policy: Policy, against: PolicyVersion) -> Iterator[Row]:
    """
    Give everybody whose decision or award is another one than under a version.

    :raises NotSimulated: if the facts do not serve one of them, or their files are gone
    """
    try:
        return simulating.differences(Path(fact_set.folder), policy, before=_version(against))
    except (OtherFacts, TooLarge, FileNotFoundError) as error:
        raise NotSimulated(_words(fact_set, error)) from error


def _version(against: PolicyVersion) -> Policy:
    return policy_rules.recall(against.document, against.salt)


def _words(fact_set: FactSet, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the files of {fact_set.number} are gone: gather it anew"
    if isinstance(error, OtherFacts):
        return f"{error}: gather the facts of the evidence for that version"
    return str(error)
