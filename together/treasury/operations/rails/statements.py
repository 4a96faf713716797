"""The simulated world's statements: numbered, kept, each opening where the last one closed."""

import sqlite3
import time

from together.treasury.formats import statement_csv
from together.treasury.formats.parsed import ParsedLine, ParsedStatement
from together.treasury.operations.rails.tables import (
    Conditions,
    drawn,
    insert,
    moment,
    now_of,
    text_of,
)

Row = tuple[int, str, str, str, int, str, float]


def next_statement(database: sqlite3.Connection, wallet: str, conditions: Conditions) -> str | None:
    """Write the next statement, and choose which of its payments come back; None if empty."""
    number, opening, since = database.execute(
        "SELECT coalesce(max(number), 0), coalesce((SELECT closing FROM statement s"
        " WHERE s.wallet = ?1 ORDER BY number DESC LIMIT 1), 0), coalesce(max(at), 0)"
        " FROM statement WHERE wallet = ?1",
        (wallet,),
    ).fetchone()
    now = now_of(database, wallet)
    rows = database.execute(
        "UPDATE transfer SET statement = ? WHERE wallet = ? AND statement IS NULL"
        " AND visible_at <= ?"
        " RETURNING id, type, reference, counterparty, amount, asset, booked_at",
        (number + 1, wallet, time.time()),
    ).fetchall()
    if not rows:
        return None
    rows.sort()
    closing = opening + sum(row[4] for row in rows)
    text = _text(
        conditions,
        wallet=wallet,
        number=number + 1,
        balances=(opening, closing),
        span=(since or now, now),
        rows=rows,
    )
    database.execute(
        "INSERT INTO statement VALUES (?, ?, ?, ?, ?)",
        (wallet, number + 1, closing, now, text),
    )
    for _, type_, reference, payee, amount, asset, _ in rows:
        chance = drawn(conditions, "return", reference, 0)
        if type_ == "payment" and chance < conditions.returned:
            insert(
                database,
                wallet,
                "return",
                reference,
                payee,
                -amount,
                asset,
                f"return {reference}",
            )
    return text


def _text(
    conditions: Conditions,
    *,
    wallet: str,
    number: int,
    balances: tuple[int, int],
    span: tuple[float, float],
    rows: list[Row],
) -> str:
    """Write the statement; now and then a line stands there twice, word for word."""
    asset, lines = rows[0][5], []
    for id_, type_, reference, counterparty, amount, line_asset, at in rows:
        line = ParsedLine(
            entry_id=f"SIM-{id_}",
            booked_at=moment(at),
            type=type_,
            amount=text_of(amount, line_asset),
            asset=line_asset,
            reference=reference,
            counterparty=counterparty,
        )
        is_repeated = drawn(conditions, "line", id_) < conditions.repeated_lines
        lines += [line] * (2 if is_repeated else 1)
    return statement_csv.write(
        ParsedStatement(
            number=number,
            account=wallet,
            asset=asset,
            opening=text_of(balances[0], asset),
            closing=text_of(balances[1], asset),
            from_at=moment(span[0]),
            to_at=moment(span[1]),
            lines=tuple(lines),
            repeated=0,
        )
    )
