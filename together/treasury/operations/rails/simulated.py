"""A hostile rail: it times out before and after, answers late, repeats itself, gives back."""

import csv
import hashlib
import io
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from together.ledger.rules.money import Money
from together.treasury.operations.rails import RailRefused, RailTimeout, Receipt

SCHEMA = """
CREATE TABLE IF NOT EXISTS conditions (name TEXT PRIMARY KEY, value REAL NOT NULL);
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, act TEXT NOT NULL, reference TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS call_reference ON call (reference);
CREATE TABLE IF NOT EXISTS transfer (
    id INTEGER PRIMARY KEY, wallet TEXT NOT NULL, type TEXT NOT NULL, reference TEXT NOT NULL,
    counterparty TEXT NOT NULL, amount INTEGER NOT NULL, asset TEXT NOT NULL,
    visible_at REAL NOT NULL, statement INTEGER);
CREATE INDEX IF NOT EXISTS transfer_reference ON transfer (wallet, reference);
CREATE INDEX IF NOT EXISTS transfer_unstated ON transfer (wallet) WHERE statement IS NULL;
CREATE TABLE IF NOT EXISTS statement (
    wallet TEXT NOT NULL, number INTEGER NOT NULL, closing INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (wallet, number));
"""
COLUMNS = [
    "record",
    "entry_id",
    "booked_at",
    "type",
    "amount",
    "asset",
    "reference",
    "counterparty",
]


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


class SimulatedRail:
    """
    The outside world in one file: wallets, transfers, statements.

    It deduplicates nothing: sent twice is paid twice, and its own table shows it. The file is
    shared by all workers and outlives them; the books never see inside.
    """

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file)
        self._local = threading.local()

    @property
    def lateness_seconds(self) -> float:
        """Give the longest time after a call in which a payment may still appear."""
        return self.conditions().lateness

    # --- what the treasury calls ------------------------------------------------------------
    def send(self, *, wallet: str, reference: str, payee: str, amount: int, asset: str) -> Receipt:
        """Pay, or time out as the conditions have it."""
        now, conditions = time.time(), self.conditions()
        time.sleep(conditions.latency)
        if "closed" in payee:
            raise RailRefused("the payee's account is closed")
        with self._database() as database:
            (calls,) = database.execute(
                "SELECT count(*) FROM call WHERE act = 'send' AND reference = ?", (reference,)
            ).fetchone()
            database.execute(
                "INSERT INTO call (at, act, reference) VALUES (?, 'send', ?)", (now, reference)
            )
            fate = self._drawn(conditions, "send", reference, calls)
            if fate < conditions.timeout_before:
                late_by = None
            elif fate < conditions.timeout_before + conditions.late:
                late_by = conditions.lateness * 0.9
            else:
                late_by = 0.0
            if late_by is not None:
                number = database.execute(
                    "INSERT INTO transfer (wallet, type, reference, counterparty, amount, asset,"
                    " visible_at) VALUES (?, 'payment', ?, ?, ?, ?, ?)",
                    (wallet, reference, payee, -amount, asset, time.time() + late_by),
                ).lastrowid
        if late_by is None or late_by > 0 or fate >= 10_000 - conditions.timeout_after:
            raise RailTimeout(f"no answer about {reference}")
        return Receipt(f"SIM-{number}")

    def query(self, *, wallet: str, reference: str) -> Receipt | None:
        """Answer from what is visible by now."""
        with self._database() as database:
            now = time.time()
            database.execute(
                "INSERT INTO call (at, act, reference) VALUES (?, 'query', ?)", (now, reference)
            )
            found = database.execute(
                "SELECT id FROM transfer WHERE wallet = ? AND reference = ? AND type = 'payment'"
                " AND visible_at <= ?",
                (wallet, reference, now),
            ).fetchone()
        return Receipt(f"SIM-{found[0]}") if found else None

    def statement(self, *, wallet: str) -> str | None:
        """Write the next statement of a wallet and choose which of its payments come back."""
        with self._database() as database:
            conditions = self.conditions()
            number, opening, since = database.execute(
                "SELECT coalesce(max(number), 0), coalesce((SELECT closing FROM statement s"
                " WHERE s.wallet = ?1 ORDER BY number DESC LIMIT 1), 0), coalesce(max(at), 0)"
                " FROM statement WHERE wallet = ?1",
                (wallet,),
            ).fetchone()
            now = time.time()
            rows = database.execute(
                "SELECT id, type, reference, counterparty, amount, asset, visible_at FROM transfer"
                " WHERE wallet = ? AND statement IS NULL AND visible_at <= ? ORDER BY id",
                (wallet, now),
            ).fetchall()
            if not rows:
                return None
            closing = opening + sum(row[4] for row in rows)
            database.execute(
                "UPDATE transfer SET statement = ? WHERE wallet = ? AND statement IS NULL"
                " AND visible_at <= ?",
                (number + 1, wallet, now),
            )
            database.execute(
                "INSERT INTO statement VALUES (?, ?, ?, ?)", (wallet, number + 1, closing, now)
            )
            for _, type_, reference, payee, amount, asset, _ in rows:
                if type_ == "payment" and self._drawn(conditions, "return", reference, 0) < (
                    conditions.returned
                ):
                    self._insert(database, wallet, "return", reference, payee, -amount, asset)
        return self._text(
            wallet=wallet,
            number=number + 1,
            balances=(opening, closing),
            span=(since or now, now),
            rows=rows,
        )

    # --- what the outside world does --------------------------------------------------------
    def set_conditions(self, conditions: Conditions) -> None:
        """Change how hostile the rail is, for every worker."""
        with self._database() as database:
            database.executemany(
                "INSERT OR REPLACE INTO conditions VALUES (?, ?)", asdict(conditions).items()
            )

    def conditions(self) -> Conditions:
        """Give how hostile the rail is now; read again every half second."""
        read_at, known = getattr(self._local, "conditions", (0.0, None))
        if known is None or time.monotonic() - read_at > 0.5:
            with self._database() as database:
                known = Conditions(**dict(database.execute("SELECT name, value FROM conditions")))
            self._local.conditions = (time.monotonic(), known)
        return known

    def receive(
        self, *, wallet: str, reference: str, counterparty: str, amount: int, asset: str
    ) -> None:
        """Let money come in from outside: a funding, a borrower's repayment."""
        with self._database() as database:
            self._insert(database, wallet, "receipt", reference, counterparty, amount, asset)

    def paid(self, *, wallet: str) -> dict[str, list[int]]:
        """Give the amounts that really left, by reference: the oracle of every payout test."""
        with self._database() as database:
            found: dict[str, list[int]] = {}
            for reference, amount in database.execute(
                "SELECT reference, -amount FROM transfer WHERE wallet = ? AND type = 'payment'",
                (wallet,),
            ):
                found.setdefault(reference, []).append(amount)
            return found

    def calls(self, reference: str) -> list[str]:
        """Give the calls about a payment, in order: "send" and "query"."""
        with self._database() as database:
            return [
                act
                for (act,) in database.execute(
                    "SELECT act FROM call WHERE reference = ? ORDER BY id", (reference,)
                )
            ]

    # --- inside -----------------------------------------------------------------------------
    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """Open the file once per thread; a block is one transaction, taken for writing."""
        database = getattr(self._local, "database", None)
        if database is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self.file, timeout=60, isolation_level=None)
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.executescript(SCHEMA)
            self._local.database = database
        if database.in_transaction:
            yield database
            return
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")

    @staticmethod
    def _drawn(conditions: Conditions, *parts: object) -> int:
        """Draw a number from 0 to 9,999, the same for the same seed and parts."""
        text = "|".join(map(str, (conditions.seed, *parts)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % 10_000

    @staticmethod
    def _insert(database: sqlite3.Connection, wallet: str, type_: str, *row: object) -> None:
        database.execute(
            "INSERT INTO transfer (wallet, type, reference, counterparty, amount, asset,"
            " visible_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (wallet, type_, *row, time.time()),
        )

    def _text(
        self,
        *,
        wallet: str,
        number: int,
        balances: tuple[int, int],
        span: tuple[float, float],
        rows: list[tuple[int, str, str, str, int, str, float]],
    ) -> str:
        opening, closing = balances
        out, conditions, asset = io.StringIO(), self.conditions(), rows[0][5]
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerow(
            ["opening", number, _stamp(span[0]), "", _text(opening, asset), asset, wallet, ""]
        )
        for id_, type_, reference, counterparty, amount, line_asset, at in rows:
            line = ["entry", f"SIM-{id_}", _stamp(at), type_, _text(amount, line_asset)]
            line += [line_asset, reference, counterparty]
            is_repeated = self._drawn(conditions, "line", id_) < conditions.repeated_lines
            writer.writerows([line] * (2 if is_repeated else 1))
        writer.writerow(
            ["closing", number, _stamp(span[1]), "", _text(closing, asset), asset, wallet, ""]
        )
        return out.getvalue()


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def _text(amount: int, asset: str) -> str:
    return format(Money(amount, asset).decimal, "f")
