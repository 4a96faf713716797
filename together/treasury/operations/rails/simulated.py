"""A hostile rail: it times out before and after, answers late, repeats itself, gives back."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from together.treasury.operations.rails import RailRefused, RailTimeout, Receipt
from together.treasury.operations.rails.statements import next_statement
from together.treasury.operations.rails.tables import (
    SCHEMA,
    Conditions,
    drawn,
    insert,
    moment,
    now_of,
)

__all__ = ["Conditions", "SimulatedRail"]


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
            fate = drawn(conditions, "send", reference, calls)
            if fate < conditions.timeout_before:
                late_by = None
            elif fate < conditions.timeout_before + conditions.late:
                late_by = conditions.lateness * 0.9
            else:
                late_by = 0.0
            booked_at = now_of(database, wallet) + (late_by or 0.0)
            if late_by is not None:
                number = database.execute(
                    "INSERT INTO transfer (wallet, type, reference, counterparty, amount, asset,"
                    " visible_at, booked_at) VALUES (?, 'payment', ?, ?, ?, ?, ?, ?)",
                    (wallet, reference, payee, -amount, asset, time.time() + late_by, booked_at),
                ).lastrowid
        if late_by is None or late_by > 0 or fate >= 10_000 - conditions.timeout_after:
            raise RailTimeout(f"no answer about {reference}")
        return Receipt(f"SIM-{number}", moment(booked_at))

    def query(self, *, wallet: str, reference: str) -> Receipt | None:
        """Answer from what is visible by now."""
        with self._database() as database:
            now = time.time()
            database.execute(
                "INSERT INTO call (at, act, reference) VALUES (?, 'query', ?)", (now, reference)
            )
            found = database.execute(
                "SELECT id, booked_at FROM transfer WHERE wallet = ? AND reference = ?"
                " AND type = 'payment' AND visible_at <= ?",
                (wallet, reference, now),
            ).fetchone()
        return Receipt(f"SIM-{found[0]}", moment(found[1])) if found else None

    def statement(self, *, wallet: str, after: int) -> str | None:
        """Give the statement after a number; a new one also chooses which payments come back."""
        with self._database() as database:
            known = database.execute(
                "SELECT text FROM statement WHERE wallet = ? AND number = ?", (wallet, after + 1)
            ).fetchone()
            return known[0] if known else next_statement(database, wallet, self.conditions())

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

    def set_clock(self, *, wallet: str, at: datetime) -> None:
        """Let a wallet's bookings be dated as if it were this moment, going on from there."""
        ahead = at.timestamp() - time.time()
        with self._database() as database:
            database.execute("INSERT OR REPLACE INTO clock VALUES (?, ?)", (wallet, ahead))

    def receive(
        self,
        *,
        wallet: str,
        reference: str,
        counterparty: str,
        amount: int,
        asset: str,
        origin: str | None = None,
    ) -> None:
        """
        Let money come in from outside: a funding, a borrower's repayment.

        With an ``origin`` it comes once, however often it is sent from there.
        """
        with self._database() as database:
            insert(database, wallet, "receipt", reference, counterparty, amount, asset, origin)

    def take(
        self,
        *,
        wallet: str,
        reference: str,
        counterparty: str,
        amount: int,
        asset: str,
        origin: str,
    ) -> None:
        """Let money leave that no payment of ours moved, once: the desk's leg of a conversion."""
        with self._database() as database:
            insert(database, wallet, "other", reference, counterparty, -amount, asset, origin)

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
