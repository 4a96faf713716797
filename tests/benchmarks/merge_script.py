"""
The peer of P10: the merge script that an analyst writes in pandas for the same statement.

It reads the open lines of an account and its payments, merges them step by step in memory, the
surest first, and copies what it found into a table of its own. It is written as people write such
scripts, without a look at our rules: a step takes the best candidates of what the steps before left.
"""

import pandas as pd
import psycopg
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

TABLE = """
CREATE TABLE IF NOT EXISTS script_match (line_id bigint, instruction_id bigint, amount bigint,
                                         rule text);
GRANT INSERT, SELECT ON script_match TO together_app;
"""
LINES = """
SELECT id AS line, type, amount, booked_at::date AS booked_on, reference, counterparty,
       counterparty_account, details
  FROM treasury_statementline
 WHERE account_id = %s AND state = 'break' AND type IN ('payment', 'return')
"""
PAYMENTS = """
SELECT i.id AS payment, i.reference, i.amount, i.settled_at::date AS paid_on,
       coalesce(t.identifier, i.payee) AS payee, coalesce(t.holder, '') AS holder,
       b.number AS batch
  FROM treasury_instruction i
  JOIN treasury_batch b ON b.id = i.batch_id
  JOIN treasury_disbursement d ON d.id = b.disbursement_id
  LEFT JOIN treasury_destination t ON t.id = i.destination_id
 WHERE d.account_id = %s AND i.state = 'settled'
"""
FOUND = """
SELECT l.entry_id, i.reference, -s.amount FROM script_match s
  JOIN treasury_statementline l ON l.id = s.line_id
  JOIN treasury_instruction i ON i.id = s.instruction_id
"""
# What an own reference looks like in running text.
OURS = r"(R-?\d{4}-?\d{8}|L-?\d{4}-?DRAWDOWN)"
BATCH = r"(D-\d{5}-\d{4})"
DAYS = 7
ALIKE, SAME_PAYEE = 80, 90


def reconcile(url: str, account: str, fees: list[int]) -> None:
    """Match the open lines of an account and write the result down; fees in minor units."""
    with psycopg.connect(url) as connection:
        lines = _read(connection, LINES, account)
        payments = _read(connection, PAYMENTS, account)
        for table in (lines, payments):
            table["key"] = _plain(table["reference"])
        lines["absolute"] = lines["amount"].abs()
        steps = (exact, in_text, with_fee, split, batches, named, fuzzy)
        out = lines[lines["type"] == "payment"]
        done: list[pd.DataFrame] = []
        for step in steps:
            found = step(out, payments, fees)[["line", "payment", "amount"]].assign(
                rule=step.__name__
            )
            out = out[~out["line"].isin(found["line"])]
            taken = payments["payment"].isin(found["payment"])
            done.append(found.merge(payments, on="payment", suffixes=("", "_ordered")))
            payments = payments[~taken]
        paid = pd.concat(done)
        back = returned(lines[lines["type"] == "return"], paid)
        _write(connection, pd.concat([paid, back])[["line", "payment", "amount", "rule"]])


def exact(lines: pd.DataFrame, payments: pd.DataFrame, fees: list[int]) -> pd.DataFrame:
    """Merge by reference and amount."""
    pairs = lines.merge(payments, on="key", suffixes=("", "_paid"))
    return _one_each(pairs[pairs["absolute"] == pairs["amount_paid"]])


def in_text(lines: pd.DataFrame, payments: pd.DataFrame, fees: list[int]) -> pd.DataFrame:
    """Merge by the only reference that stands in a line's texts, and amount."""
    text = (lines["reference"] + " " + lines["details"]).str.upper()
    told = lines.assign(key=_plain(text.str.extract(OURS, expand=False).fillna("")))
    return exact(told[told["key"] != ""], payments, fees)


def with_fee(lines: pd.DataFrame, payments: pd.DataFrame, fees: list[int]) -> pd.DataFrame:
    """Merge by reference where the amounts differ by a fee."""
    pairs = lines.merge(payments, on="key", suffixes=("", "_paid"))
    pairs = pairs[(pairs["absolute"] - pairs["amount_paid"]).isin(fees)]
    return _one_each(pairs.assign(amount=-pairs["amount_paid"]))


def split(lines: pd.DataFrame, payments: pd.DataFrame, fees: list[int]) -> pd.DataFrame:
    """Find lines of one reference that add up to its payment."""
    told = lines.assign(key=lines["key"].str.extract("^" + OURS, expand=False).fillna(""))
    sums = told.groupby("key", as_index=False)["absolute"].sum()
    whole = sums.merge(payments, on="key")
    whole = whole[whole["absolute"] == whole["amount"]][["key", "payment"]]
    return told.merge(whole, on="key")


def batches(lines: pd.DataFrame, payments: pd.DataFrame, fees: list[int]) -> pd.DataFrame:
    """Find lines that name a batch and are the sum of what is left of it."""
    text = (lines["reference"] + " " + lines["details"]).str.upper()
    told = lines.assign(batch=text.str.extract(BATCH, expand=False)).dropna(subset="batch")
    return _sums(told, payments, "batch")


def named(lines: pd.DataFrame, payments: pd.DataFrame, fees: list[int]) -> pd.DataFrame:
    """Find lines that name several references and are their sum."""
    told = lines.assign(key=lines["details"].str.upper().str.findall(OURS)).explode("key")
    told = told.dropna(subset="key")
    return _sums(told.assign(key=_plain(told["key"])), payments, "key")


def fuzzy(lines: pd.DataFrame, payments: pd.DataFrame, fees: list[int]) -> pd.DataFrame:
    """Merge by amount, within some days and of the same payee, the references most alike first."""
    pairs = lines.merge(payments, left_on="absolute", right_on="amount", suffixes=("", "_paid"))
    late = (pd.to_datetime(pairs["booked_on"]) - pd.to_datetime(pairs["paid_on"])).dt.days
    pairs = pairs[late.between(-1, DAYS)]
    alike = cpdist(pairs["key"].tolist(), pairs["key_paid"].tolist(), scorer=fuzz.ratio)
    payee = cpdist(_payee(pairs).tolist(), _plain(pairs["payee"]).tolist(), scorer=fuzz.ratio)
    pairs = pairs.assign(alike=alike, same=payee >= SAME_PAYEE, unknown=_payee(pairs) == "")
    good = pairs["same"] | ((pairs["alike"] >= ALIKE) & pairs["unknown"])
    return _one_each(pairs[good].sort_values(["same", "alike"], ascending=False, kind="stable"))


def returned(lines: pd.DataFrame, paid: pd.DataFrame) -> pd.DataFrame:
    """Merge what came back with a payment that was found, by reference and amount."""
    once = paid.drop_duplicates("payment")
    pairs = lines.merge(once, on="key", suffixes=("", "_paid"))
    pairs = pairs[pairs["amount"] == pairs["amount_ordered"]]
    return _one_each(pairs).assign(rule="returned")


def _sums(told: pd.DataFrame, payments: pd.DataFrame, by: str) -> pd.DataFrame:
    """Give the lines whose payments, found by a column, add up to them: a row for each payment."""
    pairs = told.merge(payments, on=by, suffixes=("", "_paid"))
    total = pairs.groupby("line")["amount_paid"].transform("sum")
    pairs = pairs[total == pairs["absolute"]].drop_duplicates("payment")
    return pairs.assign(amount=-pairs["amount_paid"])


def _payee(pairs: pd.DataFrame) -> pd.Series:
    """Give the account of the counterparty, or what stands for it at the exchange."""
    account = pairs["counterparty_account"]
    return _plain(account.where(account != "", pairs["counterparty"]))


def _one_each(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs.drop_duplicates("line").drop_duplicates("payment")


def _plain(texts: pd.Series) -> pd.Series:
    return texts.str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)


def _read(connection: psycopg.Connection, query: str, account: str) -> pd.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(query, [account])
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names)


def _write(connection: psycopg.Connection, found: pd.DataFrame) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY script_match (line_id, instruction_id, amount, rule) FROM STDIN") as copy,
    ):
        for row in found.itertuples(index=False):
            copy.write_row(row)
