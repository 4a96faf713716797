"""The policy: strict, completed from presets, one digest for all its spellings."""

import hashlib
import json
from fractions import Fraction

import pytest

from retail_claims.rules import policy
from retail_claims.rules.policy import BadPolicy
from retail_claims.rules.texts import canonical

SMALL = {
    "preset": "announced",
    "contract": "retail-claims-adjudication/1",
    "decided_at": "2025-10-14T12:00:00Z",
    "salt": "a-salt-of-the-tests-1",
}


def parsed(**changes):
    return policy.parse(json.dumps({**SMALL, **changes}))


def bands(*steps):
    rule = {"type": "bands", "bands": [{"upto": upto, "rate": rate} for upto, rate in steps]}
    return {"rule": rule}


def test_the_presets_say_what_was_announced_and_what_was_founded():
    announced, seed = parsed(), parsed(preset="seed")
    assert (announced.floor, seed.floor, seed.cap) == (4 * 10**8, 4000 * 10**8, 6000 * 10**8)
    assert announced.pool == seed.pool == 300_000_000 * 10**8
    assert (announced["prior_compensation"], seed["prior_compensation"]) == ("exclude", "ignore")


def test_objects_merge_one_level_deep_and_rates_are_replaced_whole():
    merged = parsed(coverage={"rates": {"market": "0.4", "other": "1"}}, award={"cap": "10"})
    assert merged.rates == {"market": Fraction(2, 5), "other": Fraction(1)}
    assert merged.default_class == "market"
    assert (merged.floor, merged.cap) == (4 * 10**8, 10 * 10**8)


def test_another_spelling_is_the_same_policy():
    other = parsed(
        window={"start": "2025-10-10T02:00:00+02:00", "end": "2025-10-12T00:00:00.000Z"},
        eligibility={"min_loss": "50.00", "min_ratio": "3/10"},
        products=["margin", "futures", "margin"],
        salt="a-salt-of-the-tests-1",
    )
    assert other.digest == parsed().digest


def test_the_digest_is_that_of_the_published_document():
    found = parsed()
    assert "salt" not in found.document
    assert "preset" not in found.document
    assert found.document["salt_sha256"] == hashlib.sha256(found.salt.encode()).hexdigest()
    assert hashlib.sha256(canonical(found.document)).hexdigest() == found.digest


@pytest.mark.parametrize(
    "changes",
    [
        {"eligibility": {"min_ratio": "999.123457"}},
        {"award": bands(("10", "0.5"), ("20.5", "1/3"), (None, "0"))},
        {
            "award": {
                "rule": {
                    "type": "tiers",
                    "by": "ratio",
                    "tiers": [{"upto": "0.5", "rate": "1"}, {"upto": None, "rate": "0"}],
                }
            }
        },
    ],
)
def test_a_policy_is_recalled_from_its_document_and_salt(changes):
    found = parsed(**changes)
    assert policy.recall(found.document, found.salt) == found


def test_a_document_with_another_salt_is_refused():
    with pytest.raises(BadPolicy, match="not those of one policy"):
        policy.recall(parsed().document, "another-salt-of-the-tests")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"min_lss": "50"}, "min_lss"),
        ({"pool": {"wieght": "demand"}}, "pool.wieght"),
        ({"eligibility": {"min_loss": 50}}, "eligibility.min_loss"),
        ({"eligibility": {"min_ratio": 0.3}}, "eligibility.min_ratio"),
        ({"eligibility": {"min_ratio": "1001"}}, "eligibility.min_ratio"),
        ({"award": {"floor": "7000"}}, "award.floor"),
        ({"award": {"floor": "4.005"}}, "award.floor"),
        ({"award": {"unit": "0.05"}}, "award.unit"),
        ({"award": {"unit": "0.000000001"}}, "award.unit"),
        ({"award": {"cap_at_loss": 1}}, "award.cap_at_loss"),
        ({"award": bands(("5", "1"), ("5", "1"), (None, "1"))}, "award.rule.bands[1].upto"),
        ({"award": bands(("5", "1"), ("6", "1"))}, "award.rule.bands[1].upto"),
        ({"award": bands((None, "1"), (None, "1"))}, "award.rule.bands[0].upto"),
        ({"award": bands(("0", "1"), (None, "1"))}, "award.rule.bands[0].upto"),
        ({"award": bands((None, "1.1"))}, "award.rule.bands[0].rate"),
        ({"award": bands()}, "award.rule.bands"),
        ({"award": {"rule": {"type": "gift"}}}, "award.rule.type"),
        ({"award": {"rule": {"type": "rate", "rate": "1", "by": "loss"}}}, "award.rule.by"),
        ({"salt": "short"}, "salt"),
        ({"salt": "a-salt-with-\u00e9-in-it"}, "salt"),
        ({"window": {"start": "2025-10-12T00:00:00Z"}}, "window.end"),
        ({"decided_at": "2025-10-14T12:00:00"}, "decided_at"),
        ({"coverage": {"rates": {"other": "1"}}}, "coverage.default_class"),
        ({"coverage": {"rates": {"market": "1.1"}}}, "coverage.rates.market"),
        ({"coverage": {"rates": {}}}, "coverage.rates"),
        ({"pool": {"amount": "3e8"}}, "pool.amount"),
        ({"pool": {"amount": "10", "appeals_reserve": "11"}}, "pool.appeals_reserve"),
        ({"award": {"unit": "0.00000001"}, "pool": {"amount": "92233720369"}}, "pool.amount"),
        ({"contract": "other/1"}, "contract"),
        ({"preset": "generous"}, "preset"),
        ({"products": []}, "products"),
        ({"events": ["crash"]}, "events[0]"),
        ({"escrow": ["decline"]}, "escrow[0]"),
        ({"data": {"max_rejected_rows": True}}, "data.max_rejected_rows"),
        ({"data": {"max_expanded_bytes": 0}}, "data.max_expanded_bytes"),
        ({"data": {"max_rejected_rows": 1.0}}, "data.max_rejected_rows"),
        ({"snapshot": {"wallets": ["a b"]}}, "snapshot.wallets[0]"),
        ({"name": ""}, "name"),
    ],
)
def test_a_bad_policy_is_refused_with_the_path_of_its_fault(changes, path):
    with pytest.raises(BadPolicy) as refusal:
        parsed(**changes)
    assert refusal.value.path == path


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"x": NaN}',
        json.dumps(SMALL)[:-1] + ', "salt": "another-salt-0123456789"}',
        b"\xff\xfe",
        "[" * 100_000,
        '{"x": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_no_strict_json_is_refused(text):
    with pytest.raises(BadPolicy):
        policy.parse(text)


@pytest.mark.parametrize("missing", ["salt", "decided_at", "contract"])
def test_without_preset_or_key_nothing_is_assumed(missing):
    keys = {key: value for key, value in SMALL.items() if key not in (missing, "preset")}
    with pytest.raises(BadPolicy, match="is missing"):
        policy.parse(json.dumps(keys))


def test_a_refusal_does_not_repeat_the_salt():
    with pytest.raises(BadPolicy) as refusal:
        parsed(salt="secret-but-too-sh\u00f6rt")
    assert "secret" not in str(refusal.value)
