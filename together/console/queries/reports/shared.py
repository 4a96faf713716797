"""What reports have in common: whose accounts are whose, names of kinds, sums by asset."""

from collections.abc import Iterable
from datetime import date, timedelta

from loans.models import Loan
from retail_claims.models import Run
from together.console.queries.reports.asked import Asked
from together.controls.formats.reports import Lead
from together.ledger.queries.trial_balance import AccountBalance, trial_balance
from together.ledger.rules.chart import BY_CODE
from together.ledger.rules.money import ASSETS, Money
from together.treasury.queries.flows import Owner

# Before any programme: what an opening balance is made of begins here.
FIRST_DAY = date(2000, 1, 1)
BOOKS = "Entries of the books, by the day each is booked on."


def owners() -> list[Owner]:
    """Give which pool the accounts of each run and loan are of, in two queries."""
    runs = Run.objects.values_list("number", "programme__pool_id")
    loans = Loan.objects.values_list("number", "pool_id")
    return [
        *(Owner("run", number, pool) for number, pool in runs),
        *(Owner("loan", number, pool) for number, pool in loans),
    ]


def counted(count: int, noun: str) -> str:
    """
    Write how many there are of something.

    >>> counted(1, "loan"), counted(2, "loan")
    ('1 loan', '2 loans')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def words(kind: str) -> str:
    """Write the kind of an entry for people."""
    return kind.replace("_", " ").capitalize()


def ledger(asked: Asked, code: str, asset: str, pool: str = "", kind: str = "") -> Lead:
    """Lead to the lines of an account in the time asked for."""
    said = {
        "since": asked.since.isoformat(),
        "through": asked.through.isoformat(),
        "account": code,
        "asset": asset,
        "pool": pool,
        "kind": kind,
    }
    return Lead("general-ledger", tuple((name, value) for name, value in said.items() if value))


def opening(asked: Asked, code: str, asset: str, pool: str = "", kind: str = "") -> Lead:
    """Lead to the lines of an account before the time asked for."""
    before = max(asked.since - timedelta(days=1), FIRST_DAY)
    return ledger(Asked(FIRST_DAY, before), code, asset, pool, kind)


def by_asset(amounts: Iterable[Money]) -> dict[str, Money]:
    """Add amounts up, each asset for itself, in the order of the assets."""
    sums: dict[str, int] = {}
    for amount in amounts:
        sums[amount.asset] = sums.get(amount.asset, 0) + amount.minor_units
    return {asset: Money(sums[asset], asset) for asset in ASSETS if asset in sums}


def closings(asked: Asked, kind: str = "") -> dict[tuple[str, str], AccountBalance]:
    """Give the trial balance of the time, by code and asset, of all entries or of one kind."""
    found = trial_balance(asked.since, asked.through, kind)
    return {(one.code, one.closing.asset): one for one in found}


def on_normal_side(code: str, amount: Money) -> Money:
    """Give an amount that is debits less credits as the account's kind shows it."""
    return Money(amount.minor_units * BY_CODE[code].side, amount.asset)
