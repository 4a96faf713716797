"""From rows to persons: losses by class, net assets, flags and sums, one row a person."""

import duckdb
import pyarrow as pa

from retail_claims.operations.adjudication.cells import MONEY_TYPE
from retail_claims.rules import attribution
from retail_claims.rules.attribution import EVERY_INSTRUMENT, Incident, Span
from retail_claims.rules.policy import Policy

# Rank of the best class at the moment of a loss, own instrument or every instrument.
RANKED = """
CREATE TABLE counted AS
SELECT f.account_id, least(coalesce(own.rank, {none}), coalesce(every.rank, {none})) AS rank,
       {amount} AS amount
  FROM (SELECT *, '{star}' AS star FROM fills WHERE {is_counted}) f
  ASOF LEFT JOIN span own
    ON f.instrument = own.instrument AND f.liquidated_at >= own.starts_at
  ASOF LEFT JOIN span every
    ON f.star = every.instrument AND f.liquidated_at >= every.starts_at
"""
# Every account that was hit counts as a row of the output, whatever its losses are.
PEOPLE = """
CREATE TABLE person AS
SELECT row_number() OVER (ORDER BY person_id) - 1 AS n, * FROM (
    SELECT coalesce(o.person_id, h.account_id) AS person_id,
           coalesce(sum(h.fills), 0)::BIGINT AS fills, {sums}
      FROM (SELECT account_id, count(*) AS fills, {losses} FROM counted GROUP BY 1
            UNION ALL BY NAME
            SELECT DISTINCT account_id FROM fills WHERE {is_event}
            UNION ALL BY NAME
            SELECT DISTINCT account_id FROM hurt WHERE role = 'fills') h
      LEFT JOIN owner o USING (account_id)
     GROUP BY 1)
 ORDER BY n
"""
# Only balances of the policy's instant and wallets count.
BALANCES = """
CREATE TABLE balance AS
SELECT p.n, sum(s.balances)::BIGINT AS balances, sum(s.net) AS net
  FROM (SELECT account_id, count(*) AS balances, sum({value}) AS net FROM snapshot
         WHERE as_of = {at} AND {is_listed} GROUP BY 1) s
  LEFT JOIN owner o USING (account_id)
  JOIN person p ON p.person_id = coalesce(o.person_id, s.account_id)
 GROUP BY 1
"""
HURT = """
CREATE TABLE hurt_person AS
SELECT p.n, count(*) AS hurt
  FROM hurt h LEFT JOIN owner o USING (account_id)
  JOIN person p ON p.person_id = coalesce(o.person_id, h.account_id) GROUP BY 1
"""
# A row about an account or a person, and the row of the output it belongs to, if any.
ABOUT = """
CREATE TABLE about_{role} AS
SELECT p.n, r.*
  FROM (SELECT t.*, CASE t.subject_kind WHEN 'account' THEN coalesce(o.person_id, t.subject)
                                        ELSE t.subject END AS person_id
          FROM {role} t LEFT JOIN owner o ON o.account_id = t.subject) r
  LEFT JOIN person p USING (person_id)
"""
FLAGS = """
CREATE TABLE {role}_active AS
SELECT n, string_agg(code, ',' ORDER BY code) AS codes FROM (
    SELECT DISTINCT n, code FROM about_{role}
     WHERE n IS NOT NULL AND (expires_at IS NULL OR expires_at > {decided_at}))
 GROUP BY 1
"""
SUMS = """
CREATE TABLE {role}_sum AS
SELECT n, sum(amount) AS amount FROM about_{role} WHERE n IS NOT NULL GROUP BY 1
"""
# All that is known of a person, in the order of the output.
FACTS = """
CREATE TABLE fact AS
SELECT p.*, coalesce(h.hurt, 0) AS hurt, coalesce(b.balances, 0) AS balances, b.net,
       coalesce(e.codes, '') AS exclusions, coalesce(w.codes, '') AS holds,
       coalesce(r.amount, 0) AS prior, coalesce(q.amount, 0) AS paid
  FROM person p
  LEFT JOIN hurt_person h USING (n)
  LEFT JOIN balance b USING (n)
  LEFT JOIN exclusions_active e USING (n)
  LEFT JOIN holds_active w USING (n)
  LEFT JOIN prior_sum r USING (n)
  LEFT JOIN paid_sum q USING (n)
 ORDER BY p.n
"""


def gather(db: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Bring the rows of all inputs together, in the table ``fact``."""
    db.execute("CREATE VIEW owner AS SELECT account_id, person_id FROM accounts")
    _count_losses(db, policy)
    _find_people(db, policy)
    net_debts = policy["snapshot.net_debts"]
    wallets = policy["snapshot.wallets"]
    db.execute(
        BALANCES.format(
            value="value" if net_debts else "greatest(value, 0)",
            at=policy.snapshot_at,
            is_listed="true" if wallets is None else _among("wallet", wallets),
        )
    )
    db.execute(HURT)
    for role in ("exclusions", "holds", "prior", "paid"):
        db.execute(ABOUT.format(role=role))
    for role in ("exclusions", "holds"):
        db.execute(FLAGS.format(role=role, decided_at=policy.decided_at))
    for role in ("prior", "paid"):
        db.execute(SUMS.format(role=role))
    db.execute(FACTS)
    # The rows have been counted; their place is needed for what comes.
    for table in ("fills", "snapshot", "counted", "person", "balance", "hurt_person"):
        db.execute(f"DROP TABLE {table}")


def losses(policy: Policy) -> list[str]:
    """Give the columns that hold a person's losses, in the byte order of the classes."""
    return [f"loss_{number}" for number in range(len(policy.classes))]


def _count_losses(db: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Find the fills that count, and the class of each by the incidents."""
    rank_of = attribution.ranks(policy.rates)
    rows = db.execute('SELECT instrument, starts_at, ends_at, "class" FROM incidents').fetchall()
    spans = attribution.spans([Incident(*row) for row in rows], rank_of)
    names = list(Span._fields)
    types = [pa.string(), pa.int64(), pa.int32()]
    columns = list(zip(*spans, strict=True)) or [(), (), ()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    db.register("spans", pa.table(arrays, names=names))
    db.execute("CREATE TABLE span AS SELECT * FROM spans")
    db.unregister("spans")
    start, end = policy.window
    is_counted = (
        f"{_among('event', policy['events'])} AND {_among('product', policy['products'])}"
        f" AND liquidated_at >= {start} AND liquidated_at < {end}"
    )
    db.execute(
        RANKED.format(
            none=len(rank_of),
            amount="f.loss + f.fee" if policy["loss.include_fees"] else "f.loss",
            star=EVERY_INSTRUMENT,
            is_counted=is_counted,
        )
    )


def _find_people(db: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Sum the losses of each person by class."""
    rank_of = attribution.ranks(policy.rates)
    sums, parts = [], []
    for name, class_id in zip(losses(policy), policy.classes, strict=True):
        ranks = [rank_of[class_id]]
        if class_id == policy.default_class:
            ranks.append(len(rank_of))
        is_class = f"rank IN ({', '.join(map(str, ranks))})"
        parts.append(f"sum(amount) FILTER ({is_class}) AS {name}")
        sums.append(f"coalesce(sum(h.{name}), 0)::{MONEY_TYPE} AS {name}")
    db.execute(
        PEOPLE.format(
            sums=", ".join(sums),
            losses=", ".join(parts),
            is_event=_among("event", policy["events"]),
        )
    )


def _among(name: str, words: list[str]) -> str:
    """Say in SQL that a column holds one of some ids, which hold no quotes."""
    return f"{name} IN ({', '.join(repr(word) for word in words)})" if words else "false"
