"""Proofs of awards: from the stored decision and the tree of its run."""

from pathlib import Path
from typing import Any

from retail_claims.formats import tree_file
from retail_claims.models import Decision, Run
from retail_claims.rules import merkle, proofs
from retail_claims.rules.texts import ATOMS, read_money, write_money
from together.ledger.rules.money import ASSETS

TREE = "tree.bin"


class NoDecision(LookupError):
    """Raised when a run decided nothing about somebody."""


def proof_of(run: Run, person_id: str) -> dict[str, Any]:
    """
    Give the proof of what a run decided for a person, found by id or by reference.

    It was checked against the run's root before it is given, so what is given verifies.

    :raises NoDecision: if the run has no decision of theirs
    :raises NotProved: if the stored rows no longer lead to the run's root
    """
    rows = Decision.objects.filter(run=run)
    decision = rows.filter(person_id=person_id).first()
    decision = decision or rows.filter(person_ref=person_id).first()
    if decision is None:
        raise NoDecision(f"run {run.number} decided nothing about {person_id}")
    climb = tree_file.read(Path(run.folder) / TREE, decision.leaf_index)
    unit = run.policy.document["award"]["unit"]
    proof = proofs.make(
        row=_row(decision, run.programme.pool.asset),
        salt=run.policy.salt,
        unit=unit,
        index=decision.leaf_index,
        size=climb.size,
        path=[merkle.open_node(packed) for packed in climb.neighbours],
        top=merkle.open_node(climb.top),
        available=read_money(run.summary["pool"]["available"]) // read_money(unit),
        policy_digest=run.policy.digest,
    )
    proofs.verify(proof, run.merkle_root)
    return proof


def _row(decision: Decision, asset: str) -> dict[str, Any]:
    """Give a decision as the row that its digest was taken of."""
    per_unit = ATOMS // 10 ** ASSETS[asset]
    money = {
        name: write_money(getattr(decision, name) * per_unit)
        for name in ("demand", "award", "escrow", "paid", "payable")
    }
    net = decision.net_e8
    return {
        "person_id": decision.person_id,
        "fills": decision.fills,
        "loss": write_money(decision.loss_e8),
        "class_losses": decision.class_losses,
        "net_assets": None if net is None else write_money(net),
        "ratio_num": decision.ratio_num,
        "ratio_den": decision.ratio_den,
        "decision": decision.decision,
        "reasons": list(decision.reasons),
        "tests": decision.tests,
        **money,
    }
