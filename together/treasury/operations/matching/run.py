"""Matching an account: what is exact as a set, what is certain by rules, and proposals."""

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from together.treasury.models import (
    CashAccount,
    OpenLine,
    Proposal,
    StatementLine,
)
from together.treasury.operations.matching import booking, exact, reading, sets
from together.treasury.operations.settlements import Seen, settle_from_statement
from together.treasury.operations.three_way import keep
from together.treasury.rules.destinations import RailKind
from together.treasury.rules.matching.certain import certain
from together.treasury.rules.matching.possible import possible
from together.treasury.rules.matching.shapes import Found, Part

COPY = """
COPY treasury_match (line_id, kind, instruction_id, funding_id, conversion_id, amount, rule,
                     effect_digest, matched_at) FROM STDIN
"""


@transaction.atomic(durable=True)
def match(*, account: CashAccount, at: datetime) -> None:
    """
    Match every open line of an account, and book what was matched.

    Run again it finds what became clear since; what it cannot explain stays a break that says why.
    """
    account = CashAccount.objects.select_for_update().get(pk=account.pk)
    is_many = OpenLine.objects.filter(account=account)[sets.MANY :].exists()
    wanted = {
        "account": account.code,
        "is_exchange": account.kind == RailKind.EXCHANGE,
        "at": at,
        "words": "{}",
    }
    if account.kind != RailKind.EXCHANGE:
        rows = _run(exact.FILED, wanted, is_many=is_many)
        settle_from_statement([Seen(*row) for row in rows], at=at)
    matched: list[booking.Closed] = []
    for statement in exact.STEPS:
        _run(statement, wanted, is_many=is_many)
        matched += _add_up(wanted, is_many=is_many)
    found, offers = _by_rules(account)
    found = _settled(found, at)
    _write(found, at)
    _propose(account, offers, at)
    _run(exact.RECEIPTS, wanted, is_many=is_many)
    said = {line: one.reason for one in found for line in one.lines}
    matched += _add_up({**wanted, "words": json.dumps(said)}, is_many=is_many)
    booking.book(account, matched)
    hints = {line: f"perhaps: {one.reason}" for one in reversed(offers) for line in one.lines}
    _run(exact.EXPLAIN, {**wanted, "words": json.dumps(hints)}, is_many=is_many)
    with sets.by_hash(is_many=is_many):
        keep(account, at)


def close_lines(account: CashAccount, words: dict[int, str], at: datetime) -> None:
    """Close lines whose parts a person gave, with their words, and book them."""
    wanted = {"account": account.code, "at": at, "words": json.dumps(words)}
    booking.book(account, _add_up(wanted, is_many=False))
    keep(account, at)


def _by_rules(account: CashAccount) -> tuple[list[Found], list[Found]]:
    """Ask the rules about what is still open: give what is certain, and what is possible."""
    with _without_looking_for_cycles():
        board = reading.board(account)
        found = certain(board)
        return found, possible(board)


@contextmanager
def _without_looking_for_cycles() -> Iterator[None]:
    """
    Keep the collector of cycles still: what is put on a board are rows, and none holds itself.

    With a hundred thousand of them alive it took half of the time of the rules, and found nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _settled(found: list[Found], at: datetime) -> list[Found]:
    """
    Settle the payments of files among what was found, and give what may be booked.

    Left out is a line with a transfer that has too few confirmations yet.
    """
    wanted = {
        part.target: part.line
        for one in found
        for part in one.parts
        if part.kind == "payment" and part.target is not None
    }
    rows = dict(sets.run(exact.NOT_SETTLED, {"wanted": sets.numbers(wanted)}, is_many=False))
    if not rows:
        return found
    lines = StatementLine.objects.in_bulk([wanted[pk] for pk in rows.values()])
    seen = [
        Seen(reference, lines[wanted[pk]].booked_at, lines[wanted[pk]].entry_id)
        for reference, pk in rows.items()
    ]
    settled = set(settle_from_statement(seen, at=at))
    left = {pk for reference, pk in rows.items() if reference not in settled}
    return [
        one
        for one in found
        if not any(part.kind == "payment" and part.target in left for part in one.parts)
    ]


def _write(found: Sequence[Found], at: datetime) -> None:
    """Write the parts of what was found down, in one statement."""
    if not found:
        return
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for one in found:
            for part in one.parts:
                copy.write_row(
                    (part.line, part.kind, *_targets(part), part.amount, one.rule, "", at)
                )


def _targets(part: Part) -> tuple[int | None, int | None, int | None]:
    """Give the instruction, the funding and the conversion of a part: one of them, or none."""
    return (
        part.target if part.kind in ("payment", "return") else None,
        part.target if part.kind == "funding" else None,
        part.target if part.kind == "conversion" else None,
    )


def _propose(account: CashAccount, offers: Iterable[Found], at: datetime) -> None:
    """Keep what is possible for a person; what they declined before is not proposed again."""
    Proposal.objects.filter(line__account=account, declined_at=None).delete()
    Proposal.objects.bulk_create(
        [_proposal(one, at) for one in offers], ignore_conflicts=True, batch_size=10_000
    )


def _proposal(one: Found, at: datetime) -> Proposal:
    part = one.parts[0]
    instruction, funding, conversion = _targets(part)
    return Proposal(
        line_id=part.line,
        kind=part.kind,
        instruction_id=instruction,
        funding_id=funding,
        conversion_id=conversion,
        amount=part.amount,
        rule=one.rule,
        reason=one.reason,
        proposed_at=at,
    )


def _add_up(wanted: dict[str, Any], *, is_many: bool) -> list[booking.Closed]:
    """Close the lines whose parts add up to them, and give them."""
    return [booking.Closed(*row) for row in _run(exact.ADD_UP, wanted, is_many=is_many)]


def _run(statement: str, wanted: dict[str, Any], *, is_many: bool) -> list[Any]:
    return sets.run(exact.text(statement), wanted, is_many=is_many)
