"""The policy: strict JSON, presets, its canonical form and its digest (ADJUDICATE.md section 3)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from retail_claims.rules import award_rules, policy_readers, policy_shape, presets
from retail_claims.rules.award_rules import Rule, Terms
from retail_claims.rules.policy_readers import BadPolicy, Reader
from retail_claims.rules.texts import canonical

__all__ = ["BadPolicy", "Policy", "parse", "recall"]


@dataclass(frozen=True, slots=True)
class Policy:
    """
    A policy that passed every check.

    ``document`` is its canonical form: complete, without salt, ready to be published. The other
    fields say the same in numbers: amounts in atoms of 0.00000001, times in microseconds.
    """

    document: dict[str, Any]
    digest: str
    salt: str
    name: str
    decided_at: int
    window: tuple[int, int]
    snapshot_at: int
    min_loss: int
    min_ratio: Fraction
    default_class: str
    rates: Mapping[str, Fraction]
    rule: Rule
    unit: int
    floor: int
    cap: int
    pool: int
    reserve: int

    @property
    def classes(self) -> list[str]:
        """Give the classes of loss, in byte order."""
        return sorted(self.rates)

    @property
    def terms(self) -> Terms:
        """Give the rule of the award with its rates and edges, ready for many persons."""
        return award_rules.prepare(
            rule=self.rule,
            rates=[self.rates[class_id] for class_id in self.classes],
            unit=self.unit,
            rounding=self["award.rounding"],
            floor=self.floor,
            cap=self.cap,
            is_capped_at_loss=self["award.cap_at_loss"],
        )

    def __getitem__(self, path: str) -> Any:
        """Give what the document says at a path such as ``"pool.weight"``."""
        found: Any = self.document
        for key in path.split("."):
            found = found[key]
        return found


def parse(text: str | bytes) -> Policy:
    """
    Read a policy, its preset and its salt.

    :raises BadPolicy: with the path of what is wrong and the rule it breaks
    """
    raw = _load(text)
    if not isinstance(raw, dict):
        raise BadPolicy("", "the policy must be a JSON object")
    return _understand(_with_preset(raw), read_rate=policy_readers.rate)


def recall(document: Mapping[str, Any], salt: str) -> Policy:
    """
    Give the policy of a canonical document back, with its salt.

    :raises BadPolicy: if the document is not canonical, or the salt is another one
    """
    raw = {key: value for key, value in document.items() if key != "salt_sha256"}
    policy = _understand({**raw, "salt": salt}, read_rate=policy_readers.reduced_rate)
    if policy.document != document:
        raise BadPolicy("", "this document and salt are not those of one policy")
    return policy


def _load(text: str | bytes) -> Any:
    """Read strict JSON: no repeated keys, no NaN."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in items:
            if key in found:
                raise BadPolicy(key, "the key stands twice")
            found[key] = value
        return found

    def constant(name: str) -> Any:
        raise BadPolicy("", f"{name} is not JSON")

    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadPolicy):
            raise
        raise BadPolicy("", f"this is not JSON: {str(error)[:100]}") from None


def _with_preset(raw: dict[str, Any]) -> dict[str, Any]:
    """Supply what the named preset says of missing keys; objects merge one level deep."""
    if "preset" not in raw:
        return raw
    preset = raw["preset"]
    if not isinstance(preset, str) or preset not in presets.PRESETS:
        raise BadPolicy("preset", f"must be one of {', '.join(sorted(presets.PRESETS))}")
    merged = dict(presets.PRESETS[preset])
    for key, value in raw.items():
        base = merged.get(key)
        both = isinstance(value, dict) and isinstance(base, dict)
        merged[key] = {**base, **value} if both else value  # type: ignore[dict-item]
    del merged["preset"]
    return merged


def _understand(raw: dict[str, Any], *, read_rate: Reader) -> Policy:
    """Check a complete policy and give it in numbers, with its canonical form and digest."""
    read = policy_shape.read(raw, read_rate)
    salt = read.value["salt"]
    document = {key: text for key, text in read.text.items() if key != "salt"}
    document["salt_sha256"] = hashlib.sha256(salt.encode()).hexdigest()
    value = read.value
    policy_shape.check_together(value)
    return Policy(
        document=document,
        digest=hashlib.sha256(canonical(document)).hexdigest(),
        salt=salt,
        name=value["name"],
        decided_at=value["decided_at"],
        window=(value["window"]["start"], value["window"]["end"]),
        snapshot_at=value["snapshot"]["at"],
        min_loss=value["eligibility"]["min_loss"],
        min_ratio=value["eligibility"]["min_ratio"],
        default_class=value["coverage"]["default_class"],
        rates=value["coverage"]["rates"],
        rule=value["award"]["rule"],
        unit=value["award"]["unit"],
        floor=value["award"]["floor"],
        cap=value["award"]["cap"],
        pool=value["pool"]["amount"],
        reserve=value["pool"]["appeals_reserve"],
    )
