"""The tree and its proofs: every leaf proves itself, nothing else does, no sum can be hidden."""

import copy
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_claims.rules import merkle, proofs
from retail_claims.rules.proofs import NotAProof, NotProved
from retail_claims.rules.rejects import shown
from retail_claims.rules.texts import canonical, write_money

SALT, DIGEST, CENT = "a-salt-of-the-tests-1", "ab" * 32, 10**6


def row(n, award, escrow):
    return {
        "person_id": f"p{n}",
        "decision": "award",
        "award": write_money(award * CENT),
        "escrow": write_money(escrow * CENT),
    }


def forest(amounts, available):
    """Give rows, tree and root of persons with these awards and escrows in cents."""
    rows = [row(n, award, escrow) for n, (award, escrow) in enumerate(amounts)]
    leaves = []
    for one, (award, escrow) in zip(rows, amounts, strict=True):
        ref = merkle.person_ref(merkle.person_salt(SALT, one["person_id"]), one["person_id"])
        leaves.append(merkle.leaf(ref, award, escrow, hashlib.sha256(canonical(one)).digest()))
    tree = merkle.levels(leaves)
    root = merkle.root(
        size=len(leaves), top_node=merkle.top(tree), available=available, policy_digest=DIGEST
    )
    return rows, tree, root


def proof_of(rows, tree, n, available):
    made = proofs.make(
        row=rows[n],
        salt=SALT,
        unit="0.01000000",
        index=n,
        size=len(rows),
        path=merkle.path(tree, n),
        top=merkle.top(tree),
        available=available,
        policy_digest=DIGEST,
    )
    return proofs.read(json.dumps(made).encode())


AMOUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=40)


@given(AMOUNTS, st.data())
@settings(max_examples=60)
def test_every_leaf_of_every_tree_proves_itself(amounts, data):
    total = sum(award + escrow for award, escrow in amounts)
    rows, tree, root = forest(amounts, total)
    n = data.draw(st.integers(0, len(rows) - 1))
    found = proofs.verify(proof_of(rows, tree, n, total), root)
    assert (found.person_id, found.award) == (f"p{n}", rows[n]["award"])


def test_the_shape_is_that_of_rfc_6962():
    def plain(leaves):
        """Join as the definition says: left the largest power of two below the number."""
        if len(leaves) == 1:
            return leaves[0]
        left = 1
        while left * 2 < len(leaves):
            left *= 2
        return merkle.join(plain(leaves[:left]), plain(leaves[left:]))

    for size in range(1, 40):
        leaves = [merkle.leaf(bytes(32), n, 2 * n, bytes(32)) for n in range(size)]
        tree = merkle.levels(leaves)
        assert merkle.top(tree) == plain([merkle.open_node(one) for one in leaves])


def test_a_tree_of_nobody_has_the_hash_of_nothing():
    assert merkle.top(merkle.levels([])) == (hashlib.sha256(b"").digest(), 0, 0)


@pytest.fixture
def given_proof():
    rows, tree, root = forest([(100 * n, n) for n in range(1, 8)], 5000)
    return proof_of(rows, tree, 3, 5000), root


def forged(proof, **changes):
    changed = copy.deepcopy(proof)
    for key, value in changes.items():
        changed[key] = value
    return changed


def test_a_genuine_proof_is_valid(given_proof):
    proof, root = given_proof
    assert proofs.verify(proof, root).person_id == "p3"


@pytest.mark.parametrize(
    "changes",
    [
        {"person_id": "p2"},
        {"person_salt": "00" * 32},
        {"unit": "0.10000000"},
        {"unit": "0.00000000"},
        {"leaf_index": 2},
        {"leaf_index": 7},
        {"leaf_index": -1},
        {"tree_size": 8},
        {"path": []},
        {"award_total": 2801},
        {"available": 5001},
        {"available": -1},
        {"policy_digest": "cd" * 32},
        {"policy_digest": "zz"},
    ],
)
def test_a_proof_with_one_part_changed_is_not_valid(given_proof, changes):
    proof, root = given_proof
    with pytest.raises(NotProved):
        proofs.verify(forged(proof, **changes), root)


def test_a_larger_award_in_the_row_is_not_valid(given_proof):
    proof, root = given_proof
    larger = forged(proof)
    larger["row"]["award"] = write_money(401 * CENT)
    with pytest.raises(NotProved):
        proofs.verify(larger, root)


def test_the_root_inside_a_proof_is_not_trusted(given_proof):
    proof, _ = given_proof
    with pytest.raises(NotProved, match="another root"):
        proofs.verify(forged(proof, merkle_root="ab" * 32), "ab" * 32)


@pytest.mark.parametrize("amount", [-1, 2**63, 2**64 - 10**6])
def test_no_amount_may_hide_below_zero_or_beyond_63_bits(given_proof, amount):
    proof, root = given_proof
    hiding = forged(proof)
    hiding["path"][0]["award"] = amount
    with pytest.raises(NotProved, match="is not from 0 to 2"):
        proofs.verify(hiding, root)


def test_an_operator_cannot_award_more_than_is_available():
    rows, tree, root = forest([(600, 0), (500, 0)], 1000)
    with pytest.raises(NotProved, match="more was awarded than was available"):
        proofs.verify(proof_of(rows, tree, 0, 1000), root)


@pytest.mark.parametrize(
    "text",
    [b"[1", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"x": ' + b"9" * 5000 + b"}"],
)
def test_what_is_no_proof_is_told_apart_from_a_false_one(text):
    with pytest.raises(NotAProof):
        proofs.read(text)


@pytest.mark.parametrize("key", sorted(proofs.KEYS))
def test_a_proof_without_a_part_is_no_proof(given_proof, key):
    proof, _ = given_proof
    rest = {name: value for name, value in proof.items() if name != key}
    with pytest.raises(NotAProof, match=key):
        proofs.read(json.dumps(rest).encode())


@pytest.mark.parametrize("key", ["leaf_index", "available", "tree_size"])
def test_true_is_no_number_in_a_proof(given_proof, key):
    proof, _ = given_proof
    with pytest.raises(NotAProof, match=key):
        proofs.read(json.dumps({**proof, key: True}).encode())


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("a\tb\n", "a?b?"),
        ("x" * 100, "x" * 64),
        (None, ""),
        ("plain", "plain"),
    ],
)
def test_a_rejected_cell_is_shown_safely(cell, safe):
    assert shown(cell) == safe
