"""Decisions as rows for PostgreSQL: DuckDB turns the decisions file into CSV for COPY."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from retail_claims.formats import inputs

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
           '{{' || array_to_string(d.reasons, ',') || '}}', to_json(d.tests),
           to_json(list_transform(d.class_losses,
               lambda c: {{'class': c.class, 'loss': c.loss::varchar}})),
           d.fills, (d.loss * 100000000)::bigint, (d.net_assets * 100000000)::bigint,
           d.ratio_num, d.ratio_den, {money}
      FROM read_parquet($decisions) d LEFT JOIN payee a USING (person_id)
) TO '{out}' (FORMAT csv, HEADER false, NULLSTR '\\N')
"""
FRACTIONS = "SELECT person_id FROM read_parquet($decisions) WHERE {fraction} LIMIT 1"
# An account that was chosen counts only while it is that person's.
PAYEES = """
CREATE TEMP TABLE payee AS
SELECT person_id, coalesce(min(account_id) FILTER (is_chosen), min(account_id)) AS account_id
  FROM (SELECT o.person_id, o.account_id, c.account_id IS NOT NULL AS is_chosen
          FROM ({owners}) o LEFT JOIN chosen c USING (person_id, account_id))
 GROUP BY person_id
"""
CHOSEN = "CREATE TEMP TABLE chosen (person_id VARCHAR, account_id VARCHAR)"
# The file was read cell by cell before the run was decided; nothing in it was rejected.
CSV = "SELECT account_id, person_id FROM read_csv('{part}', all_varchar = true, delim = ',')"
PARQUET = "SELECT account_id::varchar AS account_id, person_id::varchar AS person_id FROM '{part}'"
NOBODY = "SELECT NULL::varchar AS account_id, NULL::varchar AS person_id LIMIT 0"
MONEY = ("demand", "award", "escrow", "paid", "payable")


class NotInMinorUnits(ValueError):
    """Raised when an award has more decimals than the asset it is paid in."""


def write_csv(
    *,
    decisions: Path,
    accounts: str | None,
    chosen: Mapping[str, str],
    run: int,
    decimals: int,
    out: Path,
) -> None:
    """
    Write the rows of a decisions file, in the order of ``COLUMNS``.

    A person's payee is the one of their listed accounts that was ``chosen`` for them, or else the
    smallest, or the person's own id. ``accounts`` names the evidence of that role.

    :raises NotInMinorUnits: if an amount is no whole number of minor units
    """
    with duckdb.connect() as database:
        fraction = " OR ".join(f"({name} * {10**decimals}) % 1 <> 0" for name in MONEY)
        found = database.execute(
            FRACTIONS.format(fraction=fraction), {"decisions": str(decisions)}
        ).fetchall()
        if found:
            raise NotInMinorUnits(
                f"person {found[0][0]}: an amount has more than {decimals} decimals"
            )
        database.execute(CHOSEN)
        if chosen:
            database.executemany("INSERT INTO chosen VALUES (?, ?)", list(chosen.items()))
        database.execute(PAYEES.format(owners=_owners(accounts)))
        money = ", ".join(f"(d.{name} * {10**decimals})::bigint" for name in MONEY)
        database.execute(
            ROWS.format(money=money, out=_quoted(out)),
            {"run": run, "decisions": str(decisions)},
        )


def _owners(accounts: str | None) -> str:
    """Give the SQL of the listed accounts and their persons."""
    if accounts is None:
        return NOBODY
    return " UNION ALL ".join(
        (PARQUET if part.name.endswith(".parquet") else CSV).format(part=_quoted(part))
        for part in inputs.find(accounts).parts
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
