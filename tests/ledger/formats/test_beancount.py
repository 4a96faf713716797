"""The exported books are accepted by bean-check, and only with equal balances."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from together.ledger.formats import beancount
from together.ledger.formats.beancount import ExportedAccount, ExportedEntry, SameName
from together.ledger.rules.money import Money

ONE = Money(1_500_000, "USDC")
ACCOUNTS = [
    ExportedAccount(1, "asset", "cash", "retail", ONE),
    ExportedAccount(2, "equity", "fund.available", "retail", -ONE),
]
ENTRY = ExportedEntry(
    'funding:"F"', "POOL_FUNDED", date(2025, 10, 14), "A\\B", ((1, ONE), (2, -ONE))
)


def bean_check(folder, accounts, entries):
    file = folder / "books.beancount"
    file.write_text("\n".join(beancount.lines(accounts, entries)) + "\n")
    program = Path(sys.executable).with_name("bean-check")
    done = subprocess.run([program, file], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_balanced_books_are_accepted(tmp_path):
    assert bean_check(tmp_path, ACCOUNTS, [ENTRY]) == (0, "")


def test_a_balance_that_is_not_the_sum_of_the_entries_is_refused(tmp_path):
    wrong = [ExportedAccount(1, "asset", "cash", "retail", Money(1_500_001, "USDC")), ACCOUNTS[1]]
    status, text = bean_check(tmp_path, wrong, [ENTRY])
    assert status == 1
    assert "Balance failed" in text


def test_an_entry_that_does_not_balance_is_refused(tmp_path):
    off = ExportedEntry(
        "k", "K", date(2025, 10, 14), "", ((1, ONE), (2, Money(-1_500_001, "USDC")))
    )
    assert bean_check(tmp_path, ACCOUNTS, [off])[0] == 1


def test_two_accounts_never_share_a_name():
    twins = [
        ExportedAccount(1, "asset", "cash", "a.b", ONE),
        ExportedAccount(2, "asset", "cash", "a-b", ONE),
    ]
    with pytest.raises(SameName):
        list(beancount.lines(twins, []))


@pytest.mark.parametrize(
    ("code", "subject", "name"),
    [
        ("loan.principal", "L-0001", "Assets:Loan:Principal:L-0001"),
        ("cash", "", "Assets:Cash"),
        ("cash", "über pool", "Assets:Cash:X-ber-pool"),
    ],
)
def test_names_are_what_beancount_takes(code, subject, name):
    assert beancount.account_name(ExportedAccount(1, "asset", code, subject, ONE)) == name
