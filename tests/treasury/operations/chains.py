"""A chain of ten statements of one account in several formats, and seeded ways to damage one."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.treasury.formats import writers
from together.treasury.formats import statement_csv, values
from together.treasury.formats.csv_mapping import Mapping
from together.treasury.formats.parsed import ParsedLine, ParsedStatement
from together.treasury.formats.reading import Given

LENGTH = 10
FIRST_DAY = date(2025, 10, 6)
BANK = {"account": "000123456789", "servicer": "CHASUS33", "asset": "USD"}


@dataclass(frozen=True)
class File:
    """The bytes of a file, and the balances that are told beside it where its format has none."""

    data: bytes
    given: Given | None = None


@dataclass(frozen=True)
class Format:
    """A format: how a statement is written in it, and of which account it is."""

    name: str
    write: Callable[[ParsedStatement], File]
    account: dict[str, str]
    mapping: Mapping | None = None


def statements(chosen: Format) -> list[ParsedStatement]:
    """Give ten statements, one a day, each opening where the last one closed."""
    draw, found, opening = random.Random(4), [], Decimal(0)
    for n in range(LENGTH):
        day = FIRST_DAY + timedelta(days=n)
        lines = tuple(_line(draw, chosen, day, n, k) for k in range(draw.randint(3, 6)))
        closing = opening + sum(Decimal(one.amount) for one in lines)
        found.append(
            ParsedStatement(
                number=n + 1,
                opening=values.amount(f"{opening:f}"),
                closing=values.amount(f"{closing:f}"),
                from_at=values.start_of(day),
                to_at=values.end_of(day),
                lines=lines,
                **chosen.account,
            )
        )
        opening = closing
    return found


def _line(draw: random.Random, chosen: Format, day: date, n: int, k: int) -> ParsedLine:
    # The first line of a statement brings enough that no balance is below zero.
    cents = draw.randint(500_000, 900_000) if k == 0 else -draw.randint(1_000, 90_000)
    return ParsedLine(
        entry_id=f"REF{n:02d}{k:02d}X",
        booked_at=values.start_of(day),
        type="payment" if cents < 0 else "receipt",
        amount=values.amount(f"{Decimal(cents) / 100:f}"),
        asset=chosen.account["asset"],
        reference=f"THEM-{n:02d}{k:02d}",
        counterparty="Somebody",
        value_on=day,
        code="NTRF",
    )


def _own_csv(one: ParsedStatement) -> File:
    return File(statement_csv.write(one).encode())


def _camt(one: ParsedStatement) -> File:
    return File(writers.camt(one).encode())


def _mt940(one: ParsedStatement) -> File:
    return File(writers.mt940(one).encode())


def _mapped(one: ParsedStatement) -> File:
    return File(writers.mapped(one).encode(), Given(one.opening, one.closing))


def _chain(one: ParsedStatement) -> File:
    """Write ten blocks a statement; each line is a transfer in a block of its own."""
    begins = 100 + 10 * (one.from_at.date() - FIRST_DAY).days
    return File(
        json.dumps(
            {
                "kind": "chain transfers",
                "version": 1,
                "chain_id": 1,
                "token": {"contract": writers.USDC, "symbol": "USDC", "decimals": 6},
                "address": one.account,
                "from_block": _block(begins, one.from_at, one.opening),
                "to_block": _block(begins + 9, one.to_at, one.closing),
                "finalized": {"number": 900, "hash": writers.block_hash(900)},
                "transfers": [
                    writers.transfer(
                        k + 1,
                        int(Decimal(line.amount) * 10**6),
                        block=begins + k,
                        confirmations=800,
                        tx_hash=f"0x{int.from_bytes(line.entry_id.encode()):064x}",
                        timestamp=(line.booked_at + timedelta(minutes=k)).isoformat(),
                    )
                    for k, line in enumerate(one.lines)
                ],
            }
        ).encode()
    )


def _block(number: int, at: datetime, balance: str) -> dict[str, object]:
    return {
        "number": number,
        "hash": writers.block_hash(number),
        "parent_hash": writers.block_hash(number - 1),
        "timestamp": at.astimezone(UTC).isoformat(),
        "balance": str(int(Decimal(balance) * 10**6)),
    }


NOON = datetime(2025, 10, 6, 12, tzinfo=UTC)
WALLET = {"account": writers.OUR_WALLET, "asset": "USDC", "servicer": "eip155:1"}
GIVEN = writers.mapping(
    ParsedStatement(1, BANK["account"], "USD", "0", "0", NOON, NOON, ()),
    servicer=BANK["servicer"],
    balances="given",
    columns=tuple(
        {
            "booked_on": "Booked",
            "value_on": "Value",
            "amount": "Amount",
            "asset": "Currency",
            "bank_reference": "Bank reference",
            "reference": "Reference",
            "counterparty": "Name",
            "code": "Code",
        }.items()
    ),
)
FORMATS = (
    Format("camt.053", _camt, BANK),
    Format("MT940", _mt940, BANK),
    Format("mapped CSV", _mapped, BANK, GIVEN),
    Format("chain transfers", _chain, WALLET),
    Format("our CSV", _own_csv, {**BANK, "servicer": ""}),
)


# --- damage -----------------------------------------------------------------------------------
Damage = Callable[[random.Random, Format, list[ParsedStatement], int], File]


def _with_lines(chosen: Format, one: ParsedStatement, lines: list[ParsedLine]) -> File:
    """Write a statement with other lines and the balances it had."""
    return chosen.write(replace(one, lines=tuple(lines)))


def gap(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:
    """Leave out one statement, or several."""
    return chosen.write(chain[draw.randint(at + 1, LENGTH - 1)])


def edited_amount(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    lines = list(chain[at].lines)
    n = draw.randrange(len(lines))
    changed = Decimal(lines[n].amount) + draw.choice((1, -1)) * Decimal(draw.randint(1, 900)) / 100
    lines[n] = replace(lines[n], amount=values.amount(f"{changed:f}"))
    return _with_lines(chosen, chain[at], lines)


def turned_sign(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:
    lines = list(chain[at].lines)
    n = draw.randrange(len(lines))
    other = {"payment": "receipt", "receipt": "payment"}[lines[n].type]
    lines[n] = replace(lines[n], amount=values.negative(lines[n].amount), type=other)
    return _with_lines(chosen, chain[at], lines)


def removed_line(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    lines = list(chain[at].lines)
    del lines[draw.randrange(len(lines))]
    return _with_lines(chosen, chain[at], lines)


def added_line(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:
    model = draw.choice(chain[at].lines)
    lines = [*chain[at].lines, replace(model, entry_id="FORGED1", reference="FORGED1")]
    return _with_lines(chosen, chain[at], lines)


def swapped_lines(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    """Put a line of an earlier statement in the place of one of this."""
    lines = list(chain[at].lines)
    lines[draw.randrange(len(lines))] = draw.choice(chain[draw.randrange(at)].lines)
    return _with_lines(chosen, chain[at], lines)


def swapped_for_equal(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    """Give a line the identity of one of an earlier statement; every sum stays right."""
    lines, old = list(chain[at].lines), draw.choice(chain[draw.randrange(at)].lines)
    n = draw.randrange(len(lines))
    lines[n] = replace(lines[n], entry_id=old.entry_id)
    return _with_lines(chosen, chain[at], lines)


def duplicated_line(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    """Let a line stand twice, once under another reference of the bank."""
    lines = list(chain[at].lines)
    lines.append(replace(draw.choice(lines), entry_id="AGAIN1"))
    return _with_lines(chosen, chain[at], lines)


def edited_opening(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    by = Decimal(draw.randint(1, 9000)) / 100
    return chosen.write(
        replace(chain[at], opening=values.amount(f"{Decimal(chain[at].opening) + by:f}"))
    )


def edited_closing(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    by = Decimal(draw.randint(1, 9000)) / 100
    return chosen.write(
        replace(chain[at], closing=values.amount(f"{Decimal(chain[at].closing) + by:f}"))
    )


def edited_balances(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    """Move both balances, so that the statement agrees with itself."""
    by, one = Decimal(draw.randint(1, 9000)) / 100, chain[at]
    ends = [values.amount(f"{Decimal(end) + by:f}") for end in (one.opening, one.closing)]
    return chosen.write(replace(one, opening=ends[0], closing=ends[1]))


def edited_dates(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    """Date the statement, or one of its lines, into days that were reported before or are not."""
    one, by = chain[at], timedelta(days=draw.randint(30, 60))
    if chosen.name in ("mapped CSV", "chain transfers") or draw.random() < 0.5:
        before = chain[at - 1].from_at - by
        shifted = [
            replace(line, booked_at=line.booked_at - by, value_on=(line.booked_at - by).date())
            for line in one.lines
        ]
        return chosen.write(
            replace(one, from_at=before, to_at=before + timedelta(days=1), lines=tuple(shifted))
        )
    lines = list(one.lines)
    n = draw.randrange(len(lines))
    lines[n] = replace(lines[n], booked_at=lines[n].booked_at + by)
    return _with_lines(chosen, one, lines)


def other_account(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:  # fmt: skip
    other = writers.THEIR_WALLET if chosen.account is WALLET else f"9{draw.randint(10**9, 10**10)}"
    return chosen.write(replace(chain[at], account=other))


def other_asset(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:
    asset = draw.choice(("EUR", "GBP", "CHF"))
    lines = [replace(line, asset=asset) for line in chain[at].lines]
    file = chosen.write(replace(chain[at], asset=asset, lines=tuple(lines)))
    return replace(file, data=file.data.replace(b'"symbol": "USDC"', b'"symbol": "EURC"'))


def truncated(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:
    file = chosen.write(chain[at])
    kept = draw.randint(len(file.data) // 10, len(file.data) * 9 // 10)
    return replace(file, data=file.data[:kept])


def earlier(draw: random.Random, chosen: Format, chain: list[ParsedStatement], at: int) -> File:
    """Send an earlier statement again with one amount and its closing edited together."""
    one = chain[draw.randrange(at)]
    lines = list(one.lines)
    changed = Decimal(lines[0].amount) + 1
    lines[0] = replace(lines[0], amount=values.amount(f"{changed:f}"))
    closing = values.amount(f"{Decimal(one.closing) + 1:f}")
    return _with_lines(chosen, replace(one, closing=closing), lines)


DAMAGES: tuple[Damage, ...] = (
    gap,
    edited_amount,
    turned_sign,
    removed_line,
    added_line,
    swapped_lines,
    swapped_for_equal,
    duplicated_line,
    edited_opening,
    edited_closing,
    edited_balances,
    edited_dates,
    other_account,
    other_asset,
    truncated,
    earlier,
)
# What a format cannot say: a CSV with given balances names no account; another id of a transfer is
# another transaction, whose blocks and sums are the same.
UNSAID = {
    ("mapped CSV", "other_account"),
    ("chain transfers", "swapped_for_equal"),
}
