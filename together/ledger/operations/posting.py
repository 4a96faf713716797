"""Posting: the only way into the books, through one function of the database."""

from collections.abc import Sequence
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
    try:
        # A savepoint, so that the operation may answer the refusal and go on.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT is_new FROM ledger_post_batch(%s::text[], %s::text[], %s::date[],"
                " %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[],"
                " %s::bigint[])",
                arguments,
            )
            return [row[0] for row in cursor.fetchall()]
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
