"""Tables of the retail programme."""

from retail_claims.models.decisions import Decision
from retail_claims.models.evidence import Evidence
from retail_claims.models.fact_sets import FactSet
from retail_claims.models.findings import Finding
from retail_claims.models.policies import Policy, Programme
from retail_claims.models.runs import Computation, Run

__all__ = [
    "Computation",
    "Decision",
    "Evidence",
    "FactSet",
    "Finding",
    "Policy",
    "Programme",
    "Run",
]
