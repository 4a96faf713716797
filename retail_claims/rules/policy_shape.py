"""The shape of a policy: every key, what may stand there, and what must hold between keys."""

from collections.abc import Mapping
from typing import Any

from retail_claims.rules import award_rules, texts
from retail_claims.rules import policy_readers as readers
from retail_claims.rules.policy_readers import Read, Reader

EVENTS = ("liquidation", "adl", "stop", "trade")
PRODUCTS = ("futures", "margin", "spot", "options", "loan")
FATES = ("hold", "review", "decline")
LARGEST = 2**63


Shape = Mapping[str, "Reader | Shape"]


def read(raw: dict[str, Any], read_rate: Reader) -> Read:
    """
    Read every key of a complete policy.

    :raises BadPolicy: if a key is unknown or missing, or what stands there breaks its rule
    """
    return _object("", raw, _shape(read_rate))


def check_together(value: Mapping[str, Any]) -> None:
    """
    Check what must hold between keys.

    :raises BadPolicy: if it does not
    """
    window, award, pool = value["window"], value["award"], value["pool"]
    readers.demand(window["start"] < window["end"], "window.end", "must be after window.start")
    coverage = value["coverage"]
    known = coverage["default_class"] in coverage["rates"]
    readers.demand(known, "coverage.default_class", "must be a class of coverage.rates")
    readers.demand(award["floor"] <= award["cap"], "award.floor", "must not be above award.cap")
    amounts = {"award.floor": award["floor"], "award.cap": award["cap"]}
    amounts |= {"pool.amount": pool["amount"], "pool.appeals_reserve": pool["appeals_reserve"]}
    for path, amount in amounts.items():
        readers.demand(amount % award["unit"] == 0, path, "must be a multiple of award.unit")
    reserve = pool["appeals_reserve"]
    readers.demand(
        reserve <= pool["amount"], "pool.appeals_reserve", "must not be above pool.amount"
    )
    fits = pool["amount"] // award["unit"] < LARGEST
    readers.demand(fits, "pool.amount", "must be less than 2^63 units of award.unit")


def _shape(read_rate: Reader) -> Shape:
    share = readers.at_most(read_rate, 1)
    return {
        "contract": readers.choice(texts.CONTRACT),
        "name": readers.name,
        "decided_at": readers.moment,
        "window": {"start": readers.moment, "end": readers.moment},
        "products": readers.choices(PRODUCTS, may_be_empty=False),
        "events": readers.choices(EVENTS, may_be_empty=False),
        "loss": {"include_fees": readers.flag},
        "snapshot": {
            "at": readers.moment,
            "wallets": readers.wallets,
            "net_debts": readers.flag,
            "missing": readers.choice(*FATES),
            "not_positive": readers.choice(*FATES),
        },
        "eligibility": {"min_loss": readers.money, "min_ratio": readers.at_most(read_rate, 1000)},
        "coverage": {"default_class": readers.identifier, "rates": _rates(share)},
        "award": {
            "rule": _rule(read_rate),
            "unit": readers.unit,
            "rounding": readers.choice("half_up", "half_even", "down", "up"),
            "floor": readers.money,
            "cap": readers.money,
            "cap_at_loss": readers.flag,
        },
        "pool": {
            "amount": readers.money,
            "appeals_reserve": readers.money,
            "weight": readers.choice("demand", "loss", "equal"),
            "infeasible_floors": readers.choice("stop", "drop_floor"),
        },
        "prior_compensation": readers.choice("exclude", "offset", "ignore"),
        "exclusion_codes": readers.identifiers,
        "hold_codes": readers.identifiers,
        "escrow": readers.choices(("hold", "review"), may_be_empty=True),
        "data": {"max_rejected_rows": readers.integer(0), "max_expanded_bytes": readers.integer(1)},
        "salt": readers.salt,
    }


def _object(path: str, raw: Any, shape: Shape) -> Read:
    readers.demand(isinstance(raw, dict), path, "must be an object")
    value, text = {}, {}
    for key in raw:
        readers.demand(key in shape, readers.join(path, key), "is no key of a policy")
    for key, inner in shape.items():
        at = readers.join(path, key)
        readers.demand(key in raw, at, "is missing")
        one = inner(at, raw[key]) if callable(inner) else _object(at, raw[key], inner)
        value[key], text[key] = one
    return Read(value, text)


def _rule(read_rate: Reader) -> Reader:
    """Read one of the three rules of ADJUDICATE.md section 5."""
    share = readers.at_most(read_rate, 1)

    def reader(path: str, raw: Any) -> Read:
        readers.demand(isinstance(raw, dict), path, "must be an object")
        kind = readers.choice("rate", "bands", "tiers")(f"{path}.type", raw.get("type")).value
        if kind == "rate":
            read = _object(path, raw, {"type": readers.choice("rate"), "rate": share})
            step = award_rules.Step(None, read.value["rate"])
            return Read(award_rules.Rule("rate", "", (step,)), read.text)
        by, limit = "", readers.positive(readers.money)
        shape: dict[str, Reader] = {"type": readers.choice(kind)}
        if kind == "tiers":
            by = readers.choice("loss", "ratio")(f"{path}.by", raw.get("by")).value
            shape["by"] = readers.choice(by)
            limit = readers.positive(read_rate) if by == "ratio" else limit
        shape[kind] = _steps(limit, share)
        read = _object(path, raw, shape)
        steps = tuple(award_rules.Step(s["upto"], s["rate"]) for s in read.value[kind])
        return Read(award_rules.Rule(kind, by, steps), read.text)

    return reader


def _steps(limit: Reader, share: Reader) -> Reader:
    """Read bands or tiers: ``upto`` rises, and is null in the last one and only there."""

    def reader(path: str, raw: Any) -> Read:
        readers.demand(isinstance(raw, list) and bool(raw), path, "must be a list, not empty")
        steps, before = [], 0
        for n, one in enumerate(raw):
            is_last = n == len(raw) - 1
            shape: Shape = {"upto": readers.nothing if is_last else limit, "rate": share}
            step = _object(f"{path}[{n}]", one, shape)
            if not is_last:
                upto = step.value["upto"]
                readers.demand(upto > before, f"{path}[{n}].upto", "must be above the one before")
                before = upto
            steps.append(step)
        return Read([step.value for step in steps], [step.text for step in steps])

    return reader


def _rates(share: Reader) -> Reader:
    def reader(path: str, raw: Any) -> Read:
        readers.demand(isinstance(raw, dict) and bool(raw), path, "must name a class and its rate")
        read = {
            readers.identifier(readers.join(path, key), key).value: share(
                readers.join(path, key), raw[key]
            )
            for key in raw
        }
        return Read(
            {key: one.value for key, one in read.items()},
            {key: one.text for key, one in read.items()},
        )

    return reader
