"""The simulated world's tables, conditions and clock: what its rail and statements share."""

import hashlib
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from together.ledger.rules.money import Money

SCHEMA = """
CREATE TABLE IF NOT EXISTS conditions (name TEXT PRIMARY KEY, value REAL NOT NULL);
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, act TEXT NOT NULL, reference TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS call_reference ON call (reference);
CREATE TABLE IF NOT EXISTS transfer (
    id INTEGER PRIMARY KEY, wallet TEXT NOT NULL, type TEXT NOT NULL, reference TEXT NOT NULL,
    counterparty TEXT NOT NULL, amount INTEGER NOT NULL, asset TEXT NOT NULL,
    visible_at REAL NOT NULL, booked_at REAL NOT NULL, origin TEXT UNIQUE, statement INTEGER);
CREATE INDEX IF NOT EXISTS transfer_reference ON transfer (wallet, reference);
CREATE INDEX IF NOT EXISTS transfer_unstated ON transfer (wallet) WHERE statement IS NULL;
CREATE TABLE IF NOT EXISTS statement (
    wallet TEXT NOT NULL, number INTEGER NOT NULL, closing INTEGER NOT NULL, at REAL NOT NULL,
    text TEXT NOT NULL, PRIMARY KEY (wallet, number));
CREATE TABLE IF NOT EXISTS clock (wallet TEXT PRIMARY KEY, ahead REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Conditions:
    """
    How hostile the rail is.

    Rates are per 10,000 calls or lines; ``latency`` and ``lateness`` are seconds. A payee that
    contains ``closed`` is refused.
    """

    seed: float = 1
    latency: float = 0.002
    lateness: float = 0.5
    timeout_before: float = 400
    timeout_after: float = 400
    late: float = 300
    repeated_lines: float = 50
    returned: float = 10


def drawn(conditions: Conditions, *parts: object) -> int:
    """Draw a number from 0 to 9,999, the same for the same seed and parts."""
    text = "|".join(map(str, (conditions.seed, *parts)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % 10_000


def now_of(database: sqlite3.Connection, wallet: str) -> float:
    """Give a wallet's time in seconds: the real one, unless its clock was set."""
    set_to = database.execute("SELECT ahead FROM clock WHERE wallet = ?", (wallet,)).fetchone()
    return time.time() + (set_to[0] if set_to else 0.0)


def insert(database: sqlite3.Connection, wallet: str, type_: str, *row: object) -> None:
    """Write a transfer: reference, counterparty, amount, asset, origin; an origin comes once."""
    database.execute(
        "INSERT OR IGNORE INTO transfer (wallet, type, reference, counterparty, amount, asset,"
        " origin, visible_at, booked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (wallet, type_, *row, time.time(), now_of(database, wallet)),
    )


def moment(seconds: float) -> datetime:
    """Give a number of seconds as a moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def text_of(amount: int, asset: str) -> str:
    """Write an amount of minor units as a plain decimal."""
    return format(Money(amount, asset).decimal, "f")
