"""The presets of the policy: `announced` as the press reported it, `seed` as it was founded."""

from typing import Any

from retail_claims.rules.texts import CONTRACT

EXCLUSION_CODES = [
    "employee",
    "affiliate",
    "market_maker",
    "corporate",
    "sanctions",
    "restricted_country",
    "self_trading",
    "closed",
    "court_order",
]
HOLD_CODES = ["kyc_pending", "sanctions_potential", "dispute", "deceased"]

ANNOUNCED: dict[str, Any] = {
    "contract": CONTRACT,
    "name": "announced",
    "window": {"start": "2025-10-10T00:00:00Z", "end": "2025-10-12T00:00:00Z"},
    "products": ["futures", "margin"],
    "events": ["liquidation"],
    "loss": {"include_fees": False},
    "snapshot": {
        "at": "2025-10-09T23:59:00Z",
        "wallets": None,
        "net_debts": True,
        "missing": "hold",
        "not_positive": "review",
    },
    "eligibility": {"min_loss": "50", "min_ratio": "0.30"},
    "coverage": {"default_class": "market", "rates": {"market": "1", "platform_fault": "1"}},
    "award": {
        "rule": {"type": "rate", "rate": "1"},
        "unit": "0.01",
        "rounding": "half_up",
        "floor": "4",
        "cap": "6000",
        "cap_at_loss": False,
    },
    "pool": {
        "amount": "300000000",
        "appeals_reserve": "0",
        "weight": "demand",
        "infeasible_floors": "stop",
    },
    "prior_compensation": "exclude",
    "exclusion_codes": EXCLUSION_CODES,
    "hold_codes": HOLD_CODES,
    "escrow": ["hold", "review"],
    "data": {"max_rejected_rows": 0, "max_expanded_bytes": 17_179_869_184},
}
SEED: dict[str, Any] = {
    **ANNOUNCED,
    "name": "seed",
    "award": {**ANNOUNCED["award"], "floor": "4000"},
    "prior_compensation": "ignore",
}
PRESETS: dict[str, dict[str, Any]] = {"announced": ANNOUNCED, "seed": SEED}
# What the founding text expects of losses from market movement alone: they are not covered. Not a
# preset of the contract, which knows the two above; a form can begin from it.
VARIANTS: dict[str, dict[str, Any]] = {
    **PRESETS,
    "fault_only": {
        **ANNOUNCED,
        "name": "fault_only",
        "coverage": {
            **ANNOUNCED["coverage"],
            "rates": {**ANNOUNCED["coverage"]["rates"], "market": "0"},
        },
    },
}
