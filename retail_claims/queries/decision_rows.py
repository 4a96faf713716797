"""Decisions as rows for PostgreSQL: DuckDB turns the decisions file into CSV for COPY."""

from pathlib import Path

import duckdb

COLUMNS = (
    "id",
    "run_id",
    "leaf_index",
    "person_id",
    "person_ref",
    "payee",
    "decision",
    "reasons",
    "tests",
    "class_losses",
    "fills",
    "loss_e8",
    "net_e8",
    "ratio_num",
    "ratio_den",
    "demand",
    "award",
    "escrow",
    "paid",
    "payable",
)
# Below 2^63 atoms of 0.00000001 USD, about 92bn; more stops the copy with an error.
ROWS = """
COPY (
    SELECT $run * 4294967296 + d.leaf_index, $run, d.leaf_index, d.person_id, d.person_ref,
           coalesce(a.account_id, d.person_id), d.decision,
           '{' || array_to_string(d.reasons, ',') || '}', to_json(d.tests),
           to_json(list_transform(d.class_losses,
               lambda c: {'class': c.class, 'loss': c.loss::varchar})),
           d.fills, (d.loss * 100000000)::bigint, (d.net_assets * 100000000)::bigint,
           d.ratio_num, d.ratio_den, %(money)s
      FROM read_parquet($decisions) d LEFT JOIN payee a USING (person_id)
) TO '%(out)s' (FORMAT csv, HEADER false, NULLSTR '\\N')
"""
PAYEES = """
CREATE TEMP TABLE payee AS
SELECT person_id, min(account_id) AS account_id
  FROM read_csv($accounts, all_varchar = true) GROUP BY person_id
"""


class NotInMinorUnits(ValueError):
    """Raised when an award has more decimals than the asset it is paid in."""


def write_csv(
    *, decisions: Path, accounts: Path | None, run: int, decimals: int, out: Path
) -> None:
    """
    Write the rows of a decisions file, in the order of ``COLUMNS``.

    A person's payee is the smallest of their listed accounts, or the person's own id.

    :raises NotInMinorUnits: if an amount is no whole number of minor units
    """
    with duckdb.connect() as database:
        names = ("demand", "award", "escrow", "paid", "payable")
        fraction = " OR ".join(f"({n} * {10**decimals}) % 1 <> 0" for n in names)
        found = database.execute(
            f"SELECT person_id FROM read_parquet($decisions) WHERE {fraction} LIMIT 1",  # noqa: S608
            {"decisions": str(decisions)},
        ).fetchone()
        if found:
            raise NotInMinorUnits(f"person {found[0]}: an amount has more than {decimals} decimals")
        if accounts and accounts.suffix == ".csv":
            database.execute(PAYEES, {"accounts": str(accounts)})
        else:
            database.execute("CREATE TEMP TABLE payee (person_id text, account_id text)")
        money = ", ".join(f"(d.{n} * {10**decimals})::bigint" for n in names)
        database.execute(
            ROWS % {"money": money, "out": str(out).replace("'", "''")},
            {"run": run, "decisions": str(decisions)},
        )
