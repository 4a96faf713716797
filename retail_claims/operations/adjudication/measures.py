"""Measuring persons: ratio and demand of each, by the pure rules, in exact whole numbers."""

from collections.abc import Iterable
from math import gcd

import duckdb
import pyarrow as pa

from retail_claims.formats import atoms
from retail_claims.operations.adjudication.people import losses
from retail_claims.rules import award_rules
from retail_claims.rules.award_rules import Terms
from retail_claims.rules.policy import Policy

AT_ONCE = 100_000
FACTS = """
SELECT n, {losses}, net IS NOT NULL AS is_known, coalesce(net, 0)::DECIMAL(38, 8) AS net,
       prior::DECIMAL(38, 8) AS prior
  FROM fact WHERE n >= {start} AND n < {end} ORDER BY n
"""
TABLE = """
CREATE TABLE measure (n BIGINT, ratio_num VARCHAR, ratio_den VARCHAR, is_ratio_enough BOOLEAN,
                      raw VARCHAR, first_demand DECIMAL(38, 8), demand DECIMAL(38, 8))
"""
Measures = tuple[
    list[str | None], list[str | None], list[bool | None], list[str], list[int], list[int]
]


def measure(db: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """
    Measure every person of ``fact`` into the table ``measure``.

    ``first_demand`` is d0 of the contract, ``demand`` what an offset leaves of it.
    """
    terms = award_rules.prepare(
        rule=policy.rule,
        rates=[policy.rates[class_id] for class_id in policy.classes],
        unit=policy.unit,
        rounding=policy["award.rounding"],
        floor=policy.floor,
        cap=policy.cap,
        is_capped_at_loss=policy["award.cap_at_loss"],
    )
    db.execute(TABLE)
    names = losses(policy)
    (persons,) = db.execute("SELECT count(*) FROM fact").fetchall()[0]
    for start in range(0, persons, AT_ONCE):
        query = FACTS.format(losses=", ".join(names), start=start, end=start + AT_ONCE)
        facts = db.sql(query).to_arrow_table()
        rows = zip(*(atoms.read(facts[name]) for name in names), strict=True)
        nets = [
            net if is_known else None
            for net, is_known in zip(
                atoms.read(facts["net"]), facts["is_known"].to_pylist(), strict=True
            )
        ]
        found = _measure(policy, terms, zip(rows, nets, atoms.read(facts["prior"]), strict=True))
        columns = [facts["n"], *(pa.array(c, t) for c, t in zip(found[:4], TYPES, strict=True))]
        columns += [atoms.write(found[4]), atoms.write(found[5])]
        db.register("measured", pa.table(columns, names=["n", "a", "b", "c", "d", "e", "f"]))
        db.execute("INSERT INTO measure SELECT * FROM measured")
        db.unregister("measured")


TYPES = (pa.string(), pa.string(), pa.bool_(), pa.string())


def _measure(
    policy: Policy, terms: Terms, persons: Iterable[tuple[tuple[int, ...], int | None, int]]
) -> Measures:
    """Measure persons given as (losses by class, net or None, prior), in atoms."""
    found: Measures = ([], [], [], [], [], [])
    above, below, enough, raw, first, then = found
    least, unit = policy.min_ratio, policy.unit
    is_offset = policy["prior_compensation"] == "offset"
    for by_class, net, prior in persons:
        loss = sum(by_class)
        if net is None or net <= 0:
            above.append(None)
            below.append(None)
            enough.append(None)
        else:
            common = gcd(loss, net)
            above.append(str(loss // common))
            below.append(str(net // common))
            enough.append(loss * least.denominator >= least.numerator * net)
        demand = award_rules.demand(terms, by_class, net)
        raw.append(f"{demand.above}/{demand.below}")
        first.append(demand.units * unit)
        # What was paid elsewhere is rounded up to whole units before it is taken off.
        taken = -(-prior // unit) if is_offset else 0
        then.append(max(0, demand.units - taken) * unit)
    return found
