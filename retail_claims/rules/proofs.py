"""Proofs of one award: made from the tree, checked with the standard library alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from retail_claims.rules import merkle
from retail_claims.rules.texts import CONTRACT, NotReadable, canonical, read_id, read_money

KEYS = {
    "contract": str,
    "person_id": str,
    "person_salt": str,
    "row": dict,
    "unit": str,
    "leaf_index": int,
    "tree_size": int,
    "path": list,
    "award_total": int,
    "escrow_total": int,
    "available": int,
    "policy_digest": str,
    "merkle_root": str,
}
LARGEST = 2**63 - 1


class NotAProof(ValueError):
    """Raised when a text is no proof at all: not JSON, a part missing or of the wrong kind."""


class NotProved(ValueError):
    """Raised when a proof does not lead to the root; says at which step it fails."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What a valid proof shows."""

    person_id: str
    decision: str
    award: str
    escrow: str


def make(
    *,
    row: Mapping[str, Any],
    salt: str,
    unit: str,
    index: int,
    size: int,
    path: Sequence[merkle.Node],
    top: merkle.Node,
    available: int,
    policy_digest: str,
) -> dict[str, Any]:
    """
    Make the proof of one row of a run.

    ``row`` is what its digest was taken of; ``salt`` the policy's, of which only this person's
    own part goes into the proof; ``available`` is in units; ``size`` leaves make the tree.
    """
    return {
        "contract": CONTRACT,
        "person_id": row["person_id"],
        "person_salt": merkle.person_salt(salt, row["person_id"]).hex(),
        "row": dict(row),
        "unit": unit,
        "leaf_index": index,
        "tree_size": size,
        "path": [
            {"hash": node.hash.hex(), "award": node.award, "escrow": node.escrow} for node in path
        ],
        "award_total": top.award,
        "escrow_total": top.escrow,
        "available": available,
        "policy_digest": policy_digest,
        "merkle_root": merkle.root(
            size=size, top_node=top, available=available, policy_digest=policy_digest
        ),
    }


def read(text: bytes) -> dict[str, Any]:
    """
    Read a proof and check that every part of it is there and of its kind.

    :raises NotAProof: if it is not
    """
    try:
        proof = json.loads(text)
        canonical(proof)
    except (ValueError, RecursionError):
        raise NotAProof("the proof is not JSON") from None
    if not isinstance(proof, dict):
        raise NotAProof("the proof is not a JSON object")
    _demand_kinds(proof, KEYS, "")
    _demand_kinds(
        proof["row"], dict.fromkeys(("person_id", "decision", "award", "escrow"), str), "row."
    )
    for n, step in enumerate(proof["path"]):
        if type(step) is not dict:
            raise NotAProof(f"path[{n}] is no object")
        _demand_kinds(step, {"hash": str, "award": int, "escrow": int}, f"path[{n}].")
    return proof


def _demand_kinds(found: Mapping[str, Any], kinds: Mapping[str, type], where: str) -> None:
    for key, kind in kinds.items():
        if type(found.get(key)) is not kind:
            raise NotAProof(f"{where}{key} is missing or of the wrong kind")


def verify(proof: Mapping[str, Any], root: str) -> Proved:
    """
    Follow a proof from its row to the published root.

    The root inside the proof is not trusted. ``proof`` is what :func:`read` gave.

    :raises NotProved: if the proof does not lead to ``root``
    """
    row, unit = proof["row"], _atoms(proof["unit"], "unit")
    _demand(unit > 0, "unit is not above zero")
    _demand(row["person_id"] == proof["person_id"], "the row is another person's")
    award, escrow = (_units(row[key], unit, key) for key in ("award", "escrow"))
    own_salt = _bytes(proof["person_salt"], "person_salt")
    ref = merkle.person_ref(own_salt, _id(proof["person_id"]))
    digest = sha256(canonical(row)).digest()
    node = _climb(proof, merkle.Node(merkle.leaf(ref, award, escrow, digest)[:32], award, escrow))
    totals = (proof["award_total"], proof["escrow_total"])
    _demand((node.award, node.escrow) == totals, "the sums are not the totals")
    available = _amount(proof["available"], "available")
    _demand(node.award + node.escrow <= available, "more was awarded than was available")
    policy_digest = _bytes(proof["policy_digest"], "policy_digest").hex()
    found = merkle.root(
        size=proof["tree_size"],
        top_node=node,
        available=available,
        policy_digest=policy_digest,
    )
    _demand(found == root, "the proof leads to another root")
    return Proved(row["person_id"], row["decision"], row["award"], row["escrow"])


def _climb(proof: Mapping[str, Any], node: merkle.Node) -> merkle.Node:
    """Join the leaf with its neighbours up to the top, as RFC 9162 section 2.1.3.2 does."""
    index, size = proof["leaf_index"], _amount(proof["tree_size"], "tree_size")
    _demand(0 <= index < size, "leaf_index is outside the tree")
    last = size - 1
    for n, step in enumerate(proof["path"]):
        _demand(last > 0, "the path is too long")
        beside = merkle.Node(
            _bytes(step["hash"], f"path[{n}].hash"),
            _amount(step["award"], f"path[{n}].award"),
            _amount(step["escrow"], f"path[{n}].escrow"),
        )
        if index % 2 or index == last:
            node = merkle.join(beside, node)
            while index and index % 2 == 0:
                index, last = index // 2, last // 2
        else:
            node = merkle.join(node, beside)
        _amount(node.award, "sum of awards")
        _amount(node.escrow, "sum of escrows")
        index, last = index // 2, last // 2
    _demand(last == 0, "the path is too short")
    return node


def _units(text: str, unit: int, name: str) -> int:
    """Give an amount of money text in whole units."""
    units, rest = divmod(_atoms(text, name), unit)
    _demand(rest == 0, f"{name} is no multiple of the unit")
    return _amount(units, name)


def _atoms(text: str, name: str) -> int:
    try:
        return read_money(text)
    except NotReadable as error:
        raise NotProved(f"{name} {error}") from None


def _id(text: str) -> str:
    try:
        return read_id(text)
    except NotReadable as error:
        raise NotProved(f"person_id {error}") from None


def _amount(value: int, name: str) -> int:
    _demand(0 <= value <= LARGEST, f"{name} is not from 0 to 2^63 - 1")
    return value


def _bytes(text: str, name: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    _demand(len(found) == 32 and text == found.hex(), f"{name} is not 32 bytes in hex")
    return found


def _demand(holds: bool, message: str) -> None:
    if not holds:
        raise NotProved(message)
