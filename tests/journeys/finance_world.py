"""The evening before a finance officer's day: a pool at a bank, payments that left, a statement."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from tests import factories
from tests.console.factories import statement_csv
from tests.factories import approve, person
from tests.treasury.files import american
from tests.treasury.formats.writers import camt
from together.controls.models import Approval
from together.ledger.rules.money import Money, parse
from together.treasury.formats import values
from together.treasury.formats.parsed import ParsedLine, ParsedStatement
from together.treasury.models import CashAccount, Destination, Pool
from together.treasury.operations import accounts, disbursements, files, pools, statements
from together.treasury.operations.disbursements import Order, Payment
from together.treasury.operations.matching import policies
from together.treasury.rules.destinations import Details
from together.treasury.rules.programmes import PoolProgramme

BANK = {"identifier": "000123456789", "servicer": "CHASUS33", "holder": "Together Initiative"}
# What was paid from the bank account in the last days of the month, by reference.
PAID = {"W-0001": "125000.00", "W-0002": "8430.10", "W-0003": "61250.75", "W-0004": "40312.45"}
# The bank paid this one with its charges: 25.00 more left than was instructed.
WITH_CHARGES = ("W-0005", "1000.00", "-1025.00")


@dataclass(frozen=True)
class World:
    """What there is in the morning: the month that is over, the account, and who gets money."""

    month_end: date
    pool: Pool
    bank: CashAccount
    funder: Destination


def dollars(text: str) -> Money:
    """Give an amount of US dollars."""
    return parse(text, "USD")


def last_month() -> date:
    """Give the last day of the last month that is over."""
    return timezone.now().date().replace(day=1) - timedelta(days=1)


def the_evening_before() -> World:
    """Fund a pool at its bank, let payments leave in a file, and give what is known by then."""
    month_end = last_month()
    at = values.start_of(month_end - timedelta(days=2)) + timedelta(hours=12)
    officer = person("treasury_officer")
    pool = pools.open_pool(
        code="dollars",
        name="Dollar pool",
        wallet="wallet-dollars",
        given_for=PoolProgramme.RETAIL,
        promised=dollars("2000000"),
        by=officer,
        at=at,
    )
    bank = accounts.open_account(
        pool=pool, code="dollars-bank", kind="bank", asset="USD", **BANK, by=officer, at=at
    )
    approve(
        pools.propose_funding(
            pool=pool,
            account=bank,
            reference="FUND-USD",
            money=dollars("2000000"),
            on=at.date(),
            by=officer,
            at=at,
        ),
        at=at,
    )
    pools.fund(reference="FUND-USD", by=officer, at=at)
    _allow_charges(bank, at)
    _pay(pool, bank, at)
    _exchange_is_silent(pool, month_end, at)
    return World(month_end, pool, bank, _to("dollars", american(99), at, kind="funder"))


def _allow_charges(bank: CashAccount, at: datetime) -> None:
    """Let charges of up to 50.00 be booked by themselves."""
    officer = person("treasury_officer")
    allowed = {"fees": [], "charges_up_to": dollars("50").minor_units, "days": 10}
    approve(policies.propose(account=bank, **allowed, by=officer, at=at), at=at)
    policies.put_in_force(account=bank, by=officer, at=at)


def _pay(pool: Pool, bank: CashAccount, at: datetime) -> None:
    """Pay five payees in one file that a third person took to the bank."""
    factories.in_one_wave()
    officer, approved = person("treasury_officer"), {**PAID, WITH_CHARGES[0]: WITH_CHARGES[1]}
    rows = []
    for n, (reference, amount) in enumerate(approved.items(), start=1):
        to = _to(f"OWNER-{n}", american(n), at)
        rows.append(Payment(reference, reference, to.payee, dollars(amount).minor_units, to))
    order = disbursements.prepare(
        pool=pool,
        order=Order("award", "WAVE-1", "retail.payout", ("fund.available", pool.code)),
        payments=rows,
        account=bank,
        by=officer,
        at=at,
    )
    approve(Approval.objects.get(kind="retail.payout", subject=order.number), at=at)
    disbursements.release(disbursement=order, on=at.date(), by=officer, at=at)
    file = files.prepare(batch=order.batches.get(), execute_on=at.date(), by=officer, at=at)
    approve(Approval.objects.get(kind="payment.file", subject=file.number), at=at)
    files.hand_over(file=file, by=person("treasury_officer"), at=at)


def _to(owner: str, details: Details, at: datetime, kind: str = "claimant") -> Destination:
    """Give a destination that was confirmed a week ago."""
    week_ago = at - timedelta(days=7)
    return factories.destination(owner, kind=kind, details=details, at=week_ago)


def _exchange_is_silent(pool: Pool, month_end: date, at: datetime) -> None:
    """Bring the statement of the pool's wallet at the exchange, on which nothing moved."""
    data = statement_csv(pool, [], on=month_end)
    statements.import_file(account=pool.main_account, data=data, by=None, at=at)


def morning_statement(world: World) -> bytes:
    """
    Write the bank's camt.053 of the last two days of the month.

    Five lines are clear; three are not: a payment without reference and payee, one of another
    amount than was instructed, and money that came back from somebody who was never paid.
    """
    day = world.month_end
    lines = [_line(day, "B001", "2000000.00", "FUND-USD", "Exchange Holdings")]
    lines += [
        _line(day, f"B01{n}", f"-{amount}", reference, f"Perihel Trading {n} Ltd")
        for n, (reference, amount) in enumerate(PAID.items(), start=1)
        if reference != "W-0004"
    ]
    lines += [
        _line(day, "B020", "-35.00", "", "", type="fee", code="NCHG"),
        _line(day, "B030", f"-{PAID['W-0004']}", "", ""),
        _line(day, "B040", WITH_CHARGES[2], WITH_CHARGES[0], ""),
        _line(day, "B050", "480.00", "TGX-990017", "Quay Wines LLC", type="return", code="NRTI"),
    ]
    total = sum(dollars(one.amount).minor_units for one in lines)
    return camt(
        ParsedStatement(
            number=1,
            account=BANK["identifier"],
            servicer=BANK["servicer"],
            asset="USD",
            opening="0",
            closing=str(Money(total, "USD").decimal),
            from_at=values.start_of(day - timedelta(days=1)),
            to_at=values.end_of(day),
            lines=tuple(lines),
        )
    ).encode()


def _line(
    day: date, entry: str, amount: str, reference: str, who: str, **told: object
) -> ParsedLine:
    usual = {"type": "payment" if amount.startswith("-") else "receipt", "code": "NTRF"}
    return ParsedLine(
        entry_id=entry,
        booked_at=values.start_of(day),
        amount=amount,
        asset="USD",
        reference=reference,
        counterparty=who,
        value_on=day,
        **{**usual, **told},
    )


def today() -> date:
    """Give the day of the journey."""
    return timezone.now().date()


def sha256(data: bytes) -> str:
    """Give the digest of bytes as the console writes it."""
    return hashlib.sha256(data).hexdigest()
