"""The costs of the programme in the demo: a pool in dollars, its fee, and a payment by file."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from together.console.operations.demo import bank, funds
from together.console.operations.demo.bank import Booking
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Approval
from together.ledger.rules.money import Money, parse
from together.treasury.models import (
    CashAccount,
    Destination,
    Disbursement,
    Funding,
    MatchingPolicy,
    PaymentFile,
    Pool,
    StatementFile,
)
from together.treasury.operations import (
    accounts,
    destinations,
    disbursements,
    file_answers,
    files,
    pools,
    statements,
    winddown,
)
from together.treasury.operations.destinations import Owner
from together.treasury.operations.matching import match, policies
from together.treasury.rules.destinations import Details
from together.treasury.rules.programmes import PoolProgramme
from together.treasury.rules.states import (
    DestinationState,
    DisbursementState,
    FileState,
    StatementFileState,
)

CODE, ACCOUNT = "costs", "costs-usd"
GIVEN, BACK, FEE = "500000", "120000", 15_00
FUNDING = "FUND-COSTS-1"
FUNDER = Details(
    "bank", "USD", "900417335", routing_number="026009593", holder="Exchange Holdings", country="US"
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the story, who acts in it, and where it is told."""

    on: date
    cast: People
    tell: Tell

    @property
    def at(self) -> datetime:
        """Give noon."""
        return datetime.combine(self.on, datetime.min.time(), UTC) + timedelta(hours=12)

    def after(self, days: int) -> "Day":
        """Give the day so many days later."""
        return Day(self.on + timedelta(days=days), self.cast, self.tell)


def live(*, begins: date, cast: People, tell: Tell) -> None:
    """Fund the pool by wire, explain the fee, send a part of it back by file, and see it leave."""
    funded = Funding.objects.filter(reference=FUNDING).first()
    day = Day(funded.on if funded else begins, cast, tell)
    pool, account = _opened(day)
    to = _funder(day)
    received = parse(GIVEN, "USD").minor_units - FEE
    wire = Booking("TC-WIR-1", received, "NTRF", FUNDING, FUNDER.holder, "LESS FEES 15.00")
    _bring(account, day.after(1), number=1, opening=0, booking=wire)
    _fee_allowed(account, day.after(2))
    order = _ordered(pool, account, to, day.after(3))
    _filed(order, day.after(3))
    sent = Booking("TC-OUT-2", -order.total, "NTRF", order.subject, FUNDER.holder)
    _bring(account, day.after(4), number=2, opening=received, booking=sent)
    left = order.batches.get().instructions.get()
    tell(f"{account.code}: {left.reference} is {left.state}: it stands on the bank's statement")


def _opened(day: Day) -> tuple[Pool, CashAccount]:
    """Open the pool and its bank account, and fund that under four eyes."""
    officer, money = day.cast["treasury_officer"], parse(GIVEN, "USD")
    pool = Pool.objects.filter(pk=CODE).first() or pools.open_pool(
        code=CODE,
        name="Costs of the programme",
        wallet=f"together-{CODE}",
        given_for=PoolProgramme.COSTS,
        promised=money,
        by=officer,
        at=day.at,
    )
    account = CashAccount.objects.filter(pk=ACCOUNT).first() or accounts.open_account(
        pool=pool,
        code=ACCOUNT,
        kind="bank",
        asset="USD",
        identifier="441700932569",
        servicer=bank.BIC,
        holder="Together Initiative",
        by=officer,
        at=day.at,
    )
    asked = pools.propose_funding(
        pool=pool,
        account=account,
        reference=FUNDING,
        money=money,
        on=day.on,
        by=officer,
        at=day.at,
    )
    funds.agree(asked, day.cast, at=day.at)
    if pools.fund(reference=FUNDING, by=officer, at=day.at):
        day.tell(f"{pool.name}: funded with {money} by wire")
    return pool, account


def _funder(day: Day) -> Destination:
    """Register where money of the pool goes back to, and confirm it under four eyes."""
    officer = day.cast["treasury_officer"]
    found = Destination.objects.filter(
        owner_kind=winddown.OWNER, owner=CODE
    ).first() or destinations.register(
        owner=Owner(winddown.OWNER, CODE), details=FUNDER, label="Funder", by=officer, at=day.at
    )
    if found.state == DestinationState.REGISTERED:
        asked = destinations.propose_confirmation(
            destination=found,
            evidence="Called back the number in the funding agreement; read out by its treasurer",
            by=officer,
            at=day.at,
        )
        funds.agree(asked, day.cast, at=day.at)
        found = destinations.confirm(destination=found, by=officer, at=day.at)
    return found


def _bring(account: CashAccount, day: Day, *, number: int, opening: int, booking: Booking) -> None:
    """Bring the bank's statement of a day in, unless it was."""
    name = f"camt053-{day.on}.xml"
    done = (StatementFileState.BOOKED, StatementFileState.KNOWN)
    if StatementFile.objects.filter(account=account, name=name, state__in=done).exists():
        return
    data = bank.camt053(account, number=number, on=day.on, opening=opening, bookings=[booking])
    by, at = day.cast["treasury_officer"], day.after(1).at
    statements.import_file(account=account, data=data, name=name, by=by, at=at)


def _fee_allowed(account: CashAccount, day: Day) -> None:
    """Let the account's policy name the fee that was netted, under four eyes, and match again."""
    if MatchingPolicy.objects.filter(account=account).exists():
        return
    line = account.statements.get(number=1).lines.get()
    day.tell(f"{account.code}: {Money(line.amount, 'USD')} is a break: {line.reason}")
    officer = day.cast["second_treasury_officer"]
    asked = policies.propose(
        account=account, fees=[FEE], charges_up_to=0, days=10, by=officer, at=day.at
    )
    funds.agree(asked, day.cast, at=day.at)
    policies.put_in_force(account=account, by=officer, at=day.at)
    match(account=account, at=day.at)
    line.refresh_from_db()
    day.tell(f"{account.code}: its policy names the fee now: {line.state}, {line.reason}")


def _ordered(pool: Pool, account: CashAccount, to: Destination, day: Day) -> Disbursement:
    """Order what is not needed back to the funder, let it be approved, and release it."""
    officer = day.cast["treasury_officer"]
    order = Disbursement.objects.filter(pool=pool, kind=winddown.KIND).first() or winddown.propose(
        pool=pool,
        account=account,
        money=parse(BACK, "USD"),
        destination=to,
        by=officer,
        at=day.at,
    )
    if order.state == DisbursementState.PREPARED:
        funds.agree(Approval.objects.get(subject=order.number), day.cast, at=day.at)
        disbursements.release(disbursement=order, on=day.on, by=officer, at=day.at)
    return order


def _filed(order: Disbursement, day: Day) -> None:
    """Prepare the file of an order, have it approved, carried by a third person, and accepted."""
    officer, carrier = day.cast["treasury_officer"], day.cast["second_treasury_officer"]
    batch = order.batches.get()
    file = PaymentFile.objects.filter(batch=batch).first() or files.prepare(
        batch=batch, execute_on=day.on + timedelta(days=1), by=officer, at=day.at
    )
    if file.state == FileState.PREPARED:
        funds.agree(Approval.objects.get(kind=files.KIND, subject=file.number), day.cast, at=day.at)
        files.hand_over(file=file, by=carrier, at=day.at)
        file.refresh_from_db()
        day.tell(
            f"{file.number}: {file.format} of {Money(file.total, 'USD')} with digest"
            f" {file.digest[:16]}... approved, and handed over to {carrier}"
        )
    if file.state == FileState.HANDED_OVER:
        answer = bank.taken(file.message_id, day.at)
        file_answers.take_report(file=file, data=answer, by=officer, at=day.at)
        file.refresh_from_db()
        day.tell(f"{file.number}: {file.state} by the bank's own report")
