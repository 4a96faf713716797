"""Books by chance: entries of every kind between the accounts of two pools, over four months."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from django.db import transaction

from tests import factories, world
from together.controls.formats.reports import Report
from together.ledger.models import Account
from together.ledger.operations import posting
from together.ledger.rules.chart import BY_CODE
from together.ledger.rules.money import Money
from together.ledger.rules.movements import Movement, Posting
from together.treasury.models import Batch, CashAccount, Pool
from together.treasury.operations.accounts import open_account

FIRST = date(2025, 9, 1)
DAYS = 120
# Not POOL_FUNDED: the database holds a funding to its approval.
KINDS = ("CONVERTED", "RUN_PUBLISHED", "BATCH_FUNDED", "PAYMENT_SETTLED", "LOAN_RECEIPT", "X")


def accounts() -> list[tuple[str, str]]:
    """Accounts of one pool: its own, and those of its batches, runs and loans."""
    subjects = {
        "pool": ["retail"],
        "run": ["R-0001"],
        "loan": ["L-0001", "L-0002"],
        "account": list(CashAccount.objects.values_list("code", flat=True)),
        "batch": list(Batch.objects.order_by("pk").values_list("number", flat=True)),
    }
    return [(code, s) for code, line in BY_CODE.items() for s in subjects[line.subject]]


def write(rng: Random, count: int = 120) -> None:
    """Build the small world with a second cash account, and post by chance, never overdrawn."""
    world.build()
    open_account(
        pool=Pool.objects.get(code="retail"),
        code="retail-bank",
        kind="bank",
        asset="USD",
        identifier="DE89370400440532013000",
        servicer="COBADEFFXXX",
        holder="The initiative",
        by=factories.person("treasury_officer"),
        at=factories.NOW,
    )
    held: dict[tuple[str, str, str], int] = defaultdict(int)
    for account in Account.objects.all():
        held[account.chart_id, account.subject, account.asset] = account.balance
    entries = [entry for n in range(count) if (entry := _entry(rng, n, held))]
    with transaction.atomic():
        posting.post_all(entries)


def _entry(rng: Random, n: int, held: dict) -> Posting | None:
    asset = rng.choice(["USDC", "USDC", "USD"])
    one, other = rng.sample(accounts(), 2)
    most = min(_room(one, 1, held, asset), _room(other, -1, held, asset))
    if most < 1:
        return None
    amount = rng.randrange(1, most + 1)
    movements = []
    for (code, subject), sign in ((one, 1), (other, -1)):
        held[code, subject, asset] += sign * amount
        movements.append(Movement(code, subject, asset, sign * amount))
    on = FIRST + timedelta(days=rng.randrange(DAYS))
    return Posting(f"chance:{n}", rng.choice(KINDS), on, tuple(movements), f"By chance {n}")


def _room(account: tuple[str, str], sign: int, held: dict, asset: str) -> int:
    """How much may move on a side before the account is overdrawn."""
    line = BY_CODE[account[0]]
    if line.may_overdraw or line.side == sign:
        return 10**9
    return abs(held[*account, asset])


def total(asset: str, *codes: str) -> Money:
    """What accounts hold, on their normal side."""
    found = Account.objects.filter(chart_id__in=codes, asset=asset)
    return Money(sum(a.balance * a.side for a in found), asset)


def checks(report: Report) -> list[Money]:
    """The differences that a report has computed."""
    rows = [row for row in (*report.rows, *report.totals) if row.style == "check"]
    found = [cell for row in rows for cell in row.cells if isinstance(cell, Money)]
    assert found, "a report that checks nothing"
    return found


def demand_tied(report: Report) -> None:
    assert {money.minor_units for money in checks(report)} == {0}
