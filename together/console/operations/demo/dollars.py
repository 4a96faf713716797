"""The dollars of the institutional pool: a bank account, conversions, files, and breaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from together import Refused
from together.console.operations.demo import bank, funds
from together.console.operations.demo.bank import Booking
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Approval
from together.ledger.rules.money import Money, parse
from together.treasury.models import (
    CashAccount,
    ColumnMapping,
    Conversion,
    Pool,
    Proposal,
    Resolution,
    StatementFile,
    StatementLine,
)
from together.treasury.operations import accounts, breaks, conversions, mappings, statements
from together.treasury.operations.matching import proposals
from together.treasury.rules.states import (
    ConversionState,
    LineState,
    ResolutionState,
    StatementFileState,
)

CODE = "loans-usd"
NOON = timedelta(hours=12)
# So many days before the loans' story ends the first dollars are bought.
BEFORE = 12
RATE, DESK = "0.9998", "Exchange desk"
SOLD = ("400000", "100000")
ENDED = (StatementFileState.BOOKED, StatementFileState.KNOWN)


@dataclass(frozen=True, slots=True)
class Break:
    """What a line of the bank turns out to be, and who finds it out; no kind: it stays open."""

    entry: str
    role: str
    kind: str
    reason: str


BREAKS = (
    Break("TG-FEE-1", "treasury_officer", "charge", "The bank's fee for a wire that came in"),
    Break("TG-INT-3", "second_treasury_officer", "interest", "Interest of the month, as agreed"),
    Break("TG-RTN-2", "second_treasury_officer", "receipt", "Their bank sent it without a name"),
    Break("TG-ACH-3", "treasury_officer", "", "Nobody here ordered it: the bank was asked"),
)


def convert(pool: Pool, *, on: date, cast: People, tell: Tell) -> None:
    """Open the bank account and buy its dollars: the wallet's legs stand on its statement."""
    at, officer = _noon(on), cast["treasury_officer"]
    account = CashAccount.objects.filter(pk=CODE).first() or accounts.open_account(
        pool=pool,
        code=CODE,
        kind="bank",
        asset="USD",
        identifier="441700932551",
        servicer=bank.BIC,
        holder="Together Initiative",
        by=officer,
        at=at,
    )
    bought = [
        _bought(pool, account, f"Quote Q-2041{n} of the desk", amount, on=on, cast=cast, tell=tell)
        for n, amount in enumerate(SOLD, start=1)
    ]
    wallet = pool.main_account.identifier
    funds.world().set_clock(wallet=wallet, at=at + funds.AFTERNOON)
    for one in bought:
        funds.world().take(
            wallet=wallet,
            reference=one.number,
            counterparty=DESK,
            amount=one.sold,
            asset=pool.asset,
            origin=one.number,
        )
    funds.bring_statements(pool, by=officer, at=at)


def _bought(
    pool: Pool,
    account: CashAccount,
    quote: str,
    amount: str,
    *,
    on: date,
    cast: People,
    tell: Tell,
) -> Conversion:
    """Propose a conversion, let it be approved, and book it, unless that was done."""
    at, officer = _noon(on), cast["treasury_officer"]
    known = Conversion.objects.filter(bought_on=account, source=quote).first()
    if known is None:
        asked = conversions.propose(
            sold_from=pool.main_account,
            bought_on=account,
            sold=parse(amount, pool.asset),
            rate=RATE,
            source=quote,
            on=on,
            by=officer,
            at=at,
        )
        known = Conversion.objects.get(number=asked.subject)
    if known.state == ConversionState.PROPOSED:
        asked = Approval.objects.get(kind=conversions.KIND, subject=known.number)
        funds.agree(asked, cast, at=at)
        conversions.book(conversion=known, by=officer, at=at)
        bought = Money(known.bought, account.asset)
        tell(f"{known.number}: {funds.usdc(known.sold)} sold for {bought} at {RATE}, approved")
    return known


def live(*, seed: int, cast: People, tell: Tell) -> None:
    """Bring the bank's days in as files, one too early, and look into what nothing explains."""
    account = CashAccount.objects.get(pk=CODE)
    bought = list(Conversion.objects.filter(bought_on=account).order_by("number"))
    first, second, third, fourth = _days(seed, bought)
    begins = bought[0].on + timedelta(days=1)
    days, opening = [], 0
    for n, bookings in enumerate((first, second, third), start=1):
        on = begins + timedelta(days=n - 1)
        data = bank.camt053(account, number=n, on=on, opening=opening, bookings=bookings)
        days.append((f"camt053-{on}.xml", data, on))
        opening += sum(one.cents for one in bookings)
    _bring(account, *days[0], cast=cast)
    _refused(account, *days[2], cast=cast, tell=tell)
    _bring(account, *days[1], cast=cast)
    _bring(account, *days[2], cast=cast)
    on = begins + timedelta(days=3)
    mapping = account.mappings.first() or mappings.save(
        account=account,
        mapping=mappings.mapping_for(account, bank.COLUMNS),
        by=cast["treasury_officer"],
        at=_noon(on),
    )
    data = bank.exported(on=on, opening=opening, bookings=fourth)
    _bring(account, f"export-{on}.csv", data, on, cast=cast, mapping=mapping)
    tell(f"{account.code}: three days as camt.053 and one as CSV by mapping {mapping} came in")
    _confirmed(account, on=on, cast=cast, tell=tell)
    for one in BREAKS:
        _looked_into(account, one, on=on, cast=cast, tell=tell)


def _days(seed: int, bought: Sequence[Conversion]) -> tuple[tuple[Booking, ...], ...]:
    """Give what the bank books on four days; the amounts of strangers are of the seed."""
    chance = Random(seed)  # noqa: S311 - amounts of a demo, the same for the same seed
    large, small = bought
    wire = "INCOMING WIRE"
    # A digit of the reference was typed wrong: it may be another conversion, so somebody confirms.
    typed = f"{small.number[:-2]}9{small.number[-1]}"
    return (
        (
            Booking("TG-WIR-1", large.bought, "NTRF", large.number, DESK, wire),
            Booking("TG-FEE-1", -chance.randint(1000, 2500), "NCHG", text="INCOMING WIRE FEE"),
        ),
        (
            Booking(
                "TG-RTN-2",
                chance.randint(50_000, 250_000),
                "NRTI",
                "77120",
                text="RETURNED ITEM, SENDER NOT TOLD",
            ),
        ),
        (
            Booking(
                "TG-ACH-3",
                -chance.randint(100_000, 400_000),
                "NTRF",
                "MDS 8814-2",
                "Meridian Data Services",
                "SUBSCRIPTION",
            ),
            Booking("TG-INT-3", chance.randint(5_000, 15_000), "NINT", text="CREDIT INTEREST"),
        ),
        (Booking("TG-WIR-4", small.bought, "NTRF", typed, DESK, wire),),
    )


def _bring(
    account: CashAccount,
    name: str,
    data: bytes,
    on: date,
    *,
    cast: People,
    mapping: ColumnMapping | None = None,
) -> None:
    """Bring a file of the bank in, unless it was."""
    if StatementFile.objects.filter(account=account, name=name, state__in=ENDED).exists():
        return
    statements.import_file(
        account=account,
        data=data,
        name=name,
        mapping=mapping,
        by=cast["treasury_officer"],
        at=_noon(on + timedelta(days=1)),
    )


def _refused(
    account: CashAccount, name: str, data: bytes, on: date, *, cast: People, tell: Tell
) -> None:
    """Bring a day in before the one that it follows: it is kept with its fault, not stored."""
    if StatementFile.objects.filter(account=account, name=name).exists():
        return
    try:
        _bring(account, name, data, on, cast=cast)
    except Refused as reason:
        tell(f"{account.code}: {name} is refused and kept: {reason}")
        return
    raise AssertionError(f"{name} has a gap before it and was taken")


def _confirmed(account: CashAccount, *, on: date, cast: People, tell: Tell) -> None:
    """Confirm what is proposed for the line whose reference has a slip."""
    waiting = Proposal.objects.filter(
        line__account=account,
        line__entry_id="TG-WIR-4",
        line__state=LineState.BREAK,
        declined_at=None,
    )
    for one in waiting.select_related("line"):
        officer = cast["second_treasury_officer"]
        proposals.confirm(proposal=one, by=officer, at=_noon(on + timedelta(days=2)))
        tell(f"{account.code}: {one.line.reference!r} was meant for a conversion: {one.reason}")


def _looked_into(account: CashAccount, one: Break, *, on: date, cast: People, tell: Tell) -> None:
    """Take a break on, write down what it is, and resolve it under four eyes or leave it open."""
    line = StatementLine.objects.select_related("owner").get(account=account, entry_id=one.entry)
    at, who = _noon(on + timedelta(days=2)), cast[one.role]
    if line.state != LineState.BREAK:
        return
    if line.owner is None:
        breaks.take_on(line=line, by=who, at=at)
        breaks.note(line=line, text=one.reason, by=who, at=at)
    amount = Money(line.amount, account.asset)
    if not one.kind:
        tell(f"{account.code}: {amount} ({one.entry}) stays a break, {who} looks into it")
        return
    waiting = Resolution.objects.filter(line=line, state=ResolutionState.PROPOSED).first()
    if waiting is None:
        breaks.propose(line=line, kind=one.kind, reason=one.reason, by=who, at=at)
        waiting = Resolution.objects.get(line=line, state=ResolutionState.PROPOSED)
    funds.agree(Approval.objects.get(kind=breaks.KIND, subject=str(line.pk)), cast, at=at)
    breaks.book(resolution=waiting, by=who, at=at)
    tell(f"{account.code}: {amount} ({one.entry}) resolved as {one.kind}, asked for by {who}")


def _noon(on: date) -> datetime:
    return datetime.combine(on, datetime.min.time(), UTC) + NOON
