"""The tree of awards: leaves, sums that climb with the hashes, paths (ADJUDICATE.md section 7)."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

_SUMS = Struct(">QQ")
NOTHING = sha256(b"").digest() + _SUMS.pack(0, 0)


class Node(NamedTuple):
    """A node of the tree: its hash, and the units awarded and escrowed below it."""

    hash: bytes
    award: int
    escrow: int


def person_salt(salt: str, person_id: str) -> bytes:
    """Give the salt of one person, from which nobody learns the salt of another."""
    return hmac.digest(salt.encode(), b"person:" + person_id.encode(), "sha256")


def person_ref(own_salt: bytes, person_id: str) -> bytes:
    """Give the reference under which a person stands in the tree."""
    return sha256(own_salt + person_id.encode()).digest()


def leaf(ref: bytes, award: int, escrow: int, row_digest: bytes) -> bytes:
    """
    Give a leaf as the 48 bytes of a node: hash, then the two sums.

    :raises struct.error: if an amount is not between 0 and 2^64 - 1
    """
    sums = _SUMS.pack(award, escrow)
    return sha256(b"\0" + ref + sums + row_digest).digest() + sums


def levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """
    Build the tree and give its levels, from the leaves to the top.

    Neighbours are joined pair by pair and an odd last node climbs alone: the shape of RFC 6962.
    """
    found = [leaves]
    while len(found[-1]) > 1:
        found.append(_parents(found[-1]))
    return found


def top(tree: Sequence[Sequence[bytes]]) -> Node:
    """Give the topmost node; of a tree without leaves the hash of nothing."""
    return open_node(tree[-1][0] if tree[-1] else NOTHING)


def path(tree: Sequence[Sequence[bytes]], index: int) -> list[Node]:
    """Give the neighbours that lead from a leaf to the top."""
    found = []
    for level in tree[:-1]:
        beside = index ^ 1
        if beside < len(level):
            found.append(open_node(level[beside]))
        index //= 2
    return found


def join(left: Node, right: Node) -> Node:
    """Join two neighbours into the node above them."""
    parts = [b"\1", left.hash, _SUMS.pack(left.award, left.escrow)]
    parts += [right.hash, _SUMS.pack(right.award, right.escrow)]
    award, escrow = left.award + right.award, left.escrow + right.escrow
    return Node(sha256(b"".join(parts)).digest(), award, escrow)


def open_node(packed: bytes) -> Node:
    """Give the parts of a packed node."""
    return Node(packed[:32], *_SUMS.unpack(packed[32:]))


def root(*, size: int, top_node: Node, available: int, policy_digest: str) -> str:
    """Give the root: it commits to the totals, the pool and the policy besides the rows."""
    parts = [b"\2", size.to_bytes(8, "big"), top_node.hash]
    parts.append(_SUMS.pack(top_node.award, top_node.escrow))
    parts += [available.to_bytes(8, "big"), bytes.fromhex(policy_digest)]
    return sha256(b"".join(parts)).hexdigest()


def _parents(level: Sequence[bytes]) -> list[bytes]:
    unpack, pack = _SUMS.unpack_from, _SUMS.pack
    found = []
    pairs = iter(level)
    for left, right in zip(pairs, pairs, strict=False):
        award, escrow = unpack(left, 32)
        more_award, more_escrow = unpack(right, 32)
        sums = pack(award + more_award, escrow + more_escrow)
        found.append(sha256(b"\1" + left + right).digest() + sums)
    if len(level) % 2:
        found.append(level[-1])
    return found
