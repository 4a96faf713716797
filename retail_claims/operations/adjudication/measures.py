"""
Measuring: ratio and demand of each person, by the pure rules, in exact whole numbers.

Nearly all are measured by columns; whose numbers do not fit 64 bits, one by one.
"""

from collections.abc import Iterable
from math import gcd

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from retail_claims.formats import atoms
from retail_claims.operations.adjudication.people import losses
from retail_claims.rules import award_rules, demand_columns
from retail_claims.rules.award_rules import Terms
from retail_claims.rules.policy import Policy
from retail_claims.rules.texts import write_money

AT_ONCE = 500_000
FACTS = """
SELECT n, {losses}, net IS NOT NULL AS is_known, coalesce(net, 0)::DECIMAL(38, 8) AS net,
       prior::DECIMAL(38, 8) AS prior
  FROM fact WHERE n >= {start} AND n < {end} ORDER BY n
"""
TABLE = """
CREATE TABLE measure (n BIGINT, ratio_num VARCHAR, ratio_den VARCHAR, is_ratio_enough BOOLEAN,
                      raw VARCHAR, first_demand DECIMAL(38, 8), demand DECIMAL(38, 8))
"""
INSERT = """
INSERT INTO measure SELECT n, ratio_num, ratio_den, is_enough, raw, {first}, {demand} FROM measured
"""
UNITS = "({name} * {unit}::DECIMAL(19, 8))::DECIMAL(38, 8)"
Person = tuple[tuple[int, ...], int | None, int]
Columns = dict[str, pa.Array]
Numbers = NDArray[np.int64]


def measure(db: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """
    Measure every person of ``fact`` into the table ``measure``.

    ``first_demand`` is d0 of the contract, ``demand`` what an offset leaves of it.
    """
    terms = policy.terms
    db.execute(TABLE)
    (persons,) = db.execute("SELECT count(*) FROM fact").fetchall()[0]
    for start in range(0, persons, AT_ONCE):
        query = FACTS.format(losses=", ".join(losses(policy)), start=start, end=start + AT_ONCE)
        _measure(db, policy, terms, db.sql(query).to_arrow_table())


def _measure(db: duckdb.DuckDBPyConnection, policy: Policy, terms: Terms, facts: pa.Table) -> None:
    """Measure some persons: those who fit by columns, the others by the rule."""
    read = [atoms.narrow(facts[name]) for name in losses(policy)]
    net, fits_net = atoms.narrow(facts["net"])
    prior, fits_prior = atoms.narrow(facts["prior"])
    by_class = [numbers for numbers, _ in read]
    fitting = fits_net & fits_prior & demand_columns.fits(terms, policy.min_ratio, by_class, net)
    for _, is_small in read:
        fitting &= is_small
    if fitting.any():
        columns = _by_columns(
            policy,
            terms,
            [numbers[fitting] for numbers in by_class],
            (net[fitting], prior[fitting]),
        )
        unit = write_money(policy.unit)
        amounts = {name: UNITS.format(name=name, unit=unit) for name in ("first", "demand")}
        _store(db, {"n": facts["n"].filter(pa.array(fitting)), **columns}, amounts)
    if not fitting.all():
        left = facts.filter(pa.array(~fitting))
        columns = _one_by_one(policy, terms, _persons(policy, left))
        _store(db, {"n": left["n"], **columns}, {"first": "first", "demand": "demand"})


def _store(db: duckdb.DuckDBPyConnection, columns: Columns, amounts: dict[str, str]) -> None:
    db.register("measured", pa.table(columns))
    db.execute(INSERT.format(**amounts))
    db.unregister("measured")


def _by_columns(
    policy: Policy,
    terms: Terms,
    by_class: list[Numbers],
    nets_and_priors: tuple[Numbers, Numbers],
) -> Columns:
    """Measure persons by columns, amounts in whole units."""
    net, prior = nets_and_priors
    found = demand_columns.measure(terms, policy.min_ratio, by_class, net)
    demand = found.units
    if policy["prior_compensation"] == "offset":
        demand = demand_columns.less_prior(demand, prior, policy.unit)
    has_ratio = net > 0
    loss = np.sum(by_class, axis=0)
    above, below = demand_columns.reduced(loss, np.where(has_ratio, net, 1))
    raw = demand_columns.reduced(found.above, found.below)
    return {
        "ratio_num": pa.array(above, mask=~has_ratio).cast(pa.string()),
        "ratio_den": pa.array(below, mask=~has_ratio).cast(pa.string()),
        "raw": pc.binary_join_element_wise(*(pa.array(one).cast(pa.string()) for one in raw), "/"),
        "is_enough": pa.array(found.is_enough, mask=~has_ratio),
        "first": pa.array(found.units),
        "demand": pa.array(demand),
    }


def _persons(policy: Policy, facts: pa.Table) -> Iterable[Person]:
    """Read persons as (losses by class, net or None, prior), in atoms."""
    rows = zip(*(atoms.read(facts[name]) for name in losses(policy)), strict=True)
    nets = zip(atoms.read(facts["net"]), facts["is_known"].to_pylist(), strict=True)
    known = (net if is_known else None for net, is_known in nets)
    return zip(rows, known, atoms.read(facts["prior"]), strict=True)


def _one_by_one(policy: Policy, terms: Terms, persons: Iterable[Person]) -> Columns:
    """Measure persons by the rule, amounts in atoms."""
    ratios: list[tuple[str | None, str | None, bool | None]] = []
    raw: list[str] = []
    first: list[int] = []
    then: list[int] = []
    unit = policy.unit
    is_offset = policy["prior_compensation"] == "offset"
    for by_class, net, prior in persons:
        ratios.append(_ratio(policy, sum(by_class), net))
        demand = award_rules.demand(terms, by_class, net)
        raw.append(f"{demand.above}/{demand.below}")
        first.append(demand.units * unit)
        taken = -(-prior // unit) if is_offset else 0
        then.append(max(0, demand.units - taken) * unit)
    above, below, enough = zip(*ratios, strict=True)
    return {
        "ratio_num": pa.array(above, pa.string()),
        "ratio_den": pa.array(below, pa.string()),
        "raw": pa.array(raw, pa.string()),
        "is_enough": pa.array(enough, pa.bool_()),
        "first": atoms.write(first),
        "demand": atoms.write(then),
    }


def _ratio(
    policy: Policy, loss: int, net: int | None
) -> tuple[str | None, str | None, bool | None]:
    """Give loss / net in lowest terms and whether it is enough; None where it is not known."""
    if net is None or net <= 0:
        return None, None, None
    common, least = gcd(loss, net), policy.min_ratio
    is_enough = loss * least.denominator >= least.numerator * net
    return str(loss // common), str(net // common), is_enough
