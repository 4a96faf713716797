"""A simulation as its page shows it: figures, reasons, tenths with a chart, gains and losses."""

from typing import Any

from retail_claims.models import FactSet
from retail_claims.rules.criteria import DECISIONS
from retail_claims.rules.policy import Policy
from retail_claims.rules.simulated import Compared, Simulated, Tenth
from retail_claims.rules.texts import write_fraction
from together.controls.admin.base import Fact
from together.controls.admin.showing import Table, money, number
from together.ledger.rules.money import ASSETS, Money

ATOM_DECIMALS = 8
REASONS = {
    "data": "a row of theirs was rejected",
    "exclusion": "excluded",
    "min_loss": "loss too small",
    "snapshot": "no balance at the snapshot",
    "net_assets": "net assets not above zero",
    "min_ratio": "share of net assets lost too small",
    "demand": "nothing to demand",
    "prior": "compensated elsewhere",
    "hold": "held",
}
WORDS = {"award": "Awarded", "decline": "Declined", "review": "Reviewed", "hold": "Held"}
BOUNDS = {
    "floors_exceed_pool": "The floors need {bound}, and {available} is available: {shortfall} is"
    " missing. A run under this policy would be refused with this bound.",
    "paid_exceeds_pool": "{bound} was paid already, and {available} is available: {shortfall} is"
    " missing. A run under this policy would be refused with this bound.",
}


class Shown:
    """Writes whole units of a policy's award as money of a pool's asset."""

    def __init__(self, policy: Policy, asset: str) -> None:
        self.unit, self.asset = policy.unit, asset

    def __call__(self, units: int) -> Any:
        """Write an amount."""
        return money(self.money(units))

    def money(self, units: int) -> Money:
        """Give an amount; the unit is never finer than the asset's own."""
        minor = units * self.unit // 10 ** (ATOM_DECIMALS - ASSETS[self.asset])
        return Money(minor, self.asset)


def shown(
    found: tuple[Simulated, Compared | None], policy: Policy, record: FactSet
) -> dict[str, Any]:
    """Give what the page says of a simulation."""
    simulated, compared = found
    write = Shown(policy, record.policy.programme.pool.asset)
    tables = [_reasons(simulated), *_tenths(simulated, write)]
    return {
        "found": simulated,
        "bound": _bound(simulated, write),
        "figures": _figures(simulated, write),
        "compared": _compared(compared, write) if compared else (),
        "chart": _chart(simulated.tenths, write),
        "tables": tables,
    }


def _figures(one: Simulated, write: Shown) -> list[Fact]:
    reach = [
        (WORDS[name], f"{one.decisions[name]:,} ({_share(one.decisions[name], one.persons)})")
        for name in DECISIONS
    ]
    costs: list[Fact] = [("Persons", number(one.persons)), *reach]
    costs += [("Demand", write(one.demand)), ("Awards", write(one.award))]
    costs += [("Set aside for undecided", write(one.escrow))]
    if one.pool:
        left = one.pool.available - one.award - one.escrow
        costs += [
            ("Available", write(one.pool.available)),
            ("Left in the pool", write(left)),
            ("Level L", _level(one)),
            ("On the floor", f"{one.at_floor:,} persons"),
            ("On the cap", f"{one.at_cap:,} persons"),
        ]
        if one.pool.are_floors_dropped:
            costs.append(("Floors", "dropped: the pool does not reach for them"))
    return costs


def _level(one: Simulated) -> str:
    if one.level is None:
        return "none: everybody gets their demand"
    return f"{float(one.level):.4f} = {write_fraction(one.level)}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0.0 %"


def _bound(one: Simulated, write: Shown) -> str:
    cause = one.infeasible
    if cause is None:
        return ""
    amounts = {
        "bound": cause.bound,
        "available": cause.available,
        "shortfall": cause.bound - cause.available,
    }
    return BOUNDS[cause.code].format(
        **{name: str(write.money(units)) for name, units in amounts.items()}
    )


def _reasons(one: Simulated) -> Table:
    rows = [
        [REASONS[code], number(persons), _share(persons, one.persons)]
        for code, persons in one.reasons.items()
    ]
    heads = ["Failed test", "Persons", "Share"]
    return Table("Why not", heads, rows, frozenset({1, 2}), more="A person may fail several.")


def _tenths(one: Simulated, write: Shown) -> list[Table]:
    rows = [
        [f"{n}.", number(tenth.persons), write(tenth.least), write(tenth.most), write(tenth.total)]
        for n, tenth in enumerate(one.tenths, start=1)
    ]
    heads = ["Tenth", "Persons", "From", "To", "Together"]
    title = "Awarded persons in tenths, from the smallest award"
    return [Table(title, heads, rows, frozenset({1, 2, 3, 4}), "Nobody is awarded anything.")]


def _chart(tenths: tuple[Tenth, ...], write: Shown) -> dict[str, Any] | None:
    if not tenths:
        return None
    return {
        "kind": "bars",
        "title": f"Awards by tenth of the awarded persons, in {write.asset}",
        "label": "Awards",
        "labels": [f"{n}." for n in range(1, len(tenths) + 1)],
        "values": [str(write.money(tenth.total).decimal) for tenth in tenths],
    }


def _compared(one: Compared, write: Shown) -> list[Fact]:
    return [
        ("Gain", f"{one.gaining:,} persons"),
        ("They gain", write(one.gained)),
        ("Lose", f"{one.losing:,} persons"),
        ("They lose", write(one.lost)),
        ("Newly awarded", f"{one.newly:,} persons"),
        ("No longer awarded", f"{one.no_longer:,} persons"),
    ]
