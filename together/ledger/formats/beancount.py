"""The books as a beancount file, which ``bean-check`` accepts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from together.ledger.rules.money import Money

ROOTS = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}


class SameName(ValueError):
    """Raised when two accounts would have one name in the file."""


@dataclass(frozen=True, slots=True)
class ExportedAccount:
    """One account: number, kind, code, subject, its balance."""

    id: int
    kind: str
    code: str
    subject: str
    balance: Money


@dataclass(frozen=True, slots=True)
class ExportedEntry:
    """One entry with its lines as (account number, money)."""

    key: str
    kind: str
    on: date
    narrative: str
    lines: tuple[tuple[int, Money], ...]


def account_name(account: ExportedAccount) -> str:
    """
    Name an account in beancount's manner.

    >>> account_name(ExportedAccount(1, "asset", "loan.principal", "L-0001", Money(0, "USDC")))
    'Assets:Loan:Principal:L-0001'
    """
    parts = [*account.code.split("."), *([account.subject] if account.subject else [])]
    return ":".join([ROOTS[account.kind], *map(_component, parts)])


def lines(accounts: Iterable[ExportedAccount], entries: Iterable[ExportedEntry]) -> Iterator[str]:
    """
    Give the lines of the file: accounts, entries by day, and each balance as an assertion.

    :raises SameName: if two accounts of one asset would share a name
    """
    yield 'option "title" "Together: the books"'
    known = list(accounts)
    names = {account.id: account_name(account) for account in known}
    pairs = {(names[account.id], account.balance.asset) for account in known}
    if len(pairs) != len(known):
        raise SameName("two accounts would have the same name in the export")
    for asset in sorted({account.balance.asset for account in known}):
        yield f'option "operating_currency" "{asset}"'
    rows = list(entries)
    first = min((entry.on for entry in rows), default=date(2025, 1, 1))
    last = max((entry.on for entry in rows), default=first)
    for name in sorted(set(names.values())):
        yield f"{first} open {name}"
    for entry in rows:
        yield from _entry(entry, names)
    for account in known:
        # Without "~ 0" a balance may be off by two units of its last digit.
        money = account.balance
        amount = f"{money.decimal:f} ~ 0 {money.asset}"
        yield f"{last + timedelta(days=1)} balance {names[account.id]}  {amount}"


def _entry(entry: ExportedEntry, names: dict[int, str]) -> Iterator[str]:
    yield f'{entry.on} * "{_quoted(entry.kind)}" "{_quoted(entry.narrative)}"'
    yield f'  key: "{_quoted(entry.key)}"'
    for account, money in entry.lines:
        yield f"  {names[account]}  {_amount(money)}"


def _amount(money: Money) -> str:
    return f"{money.decimal:f} {money.asset}"


def _component(text: str) -> str:
    """Write one part of a name: letters, digits and dashes, beginning with a capital or digit."""
    plain = re.sub(r"[^A-Za-z0-9-]", "-", text)
    return plain[0].upper() + plain[1:] if plain[0].isalnum() else f"X{plain}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
