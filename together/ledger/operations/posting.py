"""Posting: the only way into the books, through one function of the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction

from together import Refused
from together.ledger.rules import movements
from together.ledger.rules.movements import Posting


class Overdrawn(Refused):
    """Raised when an entry would take more than an account holds."""


class KeyTaken(Refused):
    """Raised when a key is in the books with another content."""


class NotInTransaction(RuntimeError):
    """Raised when an entry is posted outside the transaction of an operation."""


def post(posting: Posting) -> bool:
    """
    Post one entry and say whether it is new.

    :raises NotBalanced: if its movements do not sum to zero
    :raises Overdrawn: if it would take more than an account holds
    :raises KeyTaken: if the key is in the books with another content
    """
    return post_all([posting])[0]


def post_all(postings: Sequence[Posting]) -> list[bool]:
    """
    Post many entries in one call and say of each whether it is new.

    All are posted or none. Errors as in :func:`post`.
    """
    if not postings:
        return []
    if not connection.in_atomic_block:
        raise NotInTransaction(f"entry {postings[0].key} is posted outside a transaction")
    for posting in postings:
        movements.check(posting)
    lines = [(n, m) for n, p in enumerate(postings, start=1) for m in p.movements]
    arguments: list[Any] = [
        [p.key for p in postings],
        [p.kind for p in postings],
        [p.on for p in postings],
        [p.narrative for p in postings],
        [p.reverses for p in postings],
        [n for n, _ in lines],
        [m.code for _, m in lines],
        [m.subject for _, m in lines],
        [m.asset for _, m in lines],
        [m.amount for _, m in lines],
    ]
    with _refused(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_new FROM ledger_post_batch(%s::text[], %s::text[], %s::date[],"
            " %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[],"
            " %s::bigint[])",
            arguments,
        )
        return [row[0] for row in cursor.fetchall()]


# What ``batch_of`` reads of each of its two sets, in the order of the posting function.
ENTRIES = ("key", "kind", "day", "narrative", "reverses")
LINES = ("n", "code", "subject", "asset", "amount")


def batch_of(*, entries: str, lines: str) -> str:
    """
    Write the query that posts two sets of the same statement in one call and counts what is new.

    ``entries`` has the columns n (int, from 1 without a gap), key, kind, day, narrative and
    reverses; ``lines`` has n (of its entry), code, subject, asset and amount. Nothing of an entry
    passes through Python. A statement with this in it is run by :func:`run`.
    """
    given = ", ".join(f"array_agg({column} ORDER BY n) AS {column}" for column in ENTRIES)
    legs = ", ".join(f"array_agg({column} ORDER BY n) AS {column}" for column in LINES)
    return f"""
        SELECT count(*) FILTER (WHERE posted.is_new) AS new
          FROM (SELECT {given} FROM {entries} HAVING count(*) > 0) AS e
         CROSS JOIN (SELECT {legs} FROM {lines}) AS l
         CROSS JOIN LATERAL ledger_post_batch(
                    e.key, e.kind, e.day, e.narrative, e.reverses,
                    l.n, l.code, l.subject, l.asset, l.amount) AS posted
    """  # noqa: S608 - the names of the two sets are constants of the caller


def run(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
    """
    Run a statement that posts (:func:`batch_of`), and give its one row.

    All of it is done or nothing. Errors as in :func:`post`.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("a set of entries is posted outside a transaction")
    with _refused(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


@contextmanager
def _refused() -> Iterator[None]:
    """Post within a savepoint, so that the operation may answer a refusal and go on."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        raise _refusal(error) from error


def _refusal(error: DatabaseError) -> Exception:
    """Name a refusal of the database by its cause; any other error stays what it is."""
    diagnostic = getattr(error.__cause__, "diag", None)
    name = getattr(diagnostic, "constraint_name", None)
    text = getattr(diagnostic, "message_primary", None) or str(error)
    if name == "ledger_account_not_overdrawn":
        return Overdrawn(text)
    if name == "ledger_entry_key":
        return KeyTaken(text)
    return error
