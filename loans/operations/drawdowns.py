"""Drawdowns: asking for the money of a loan, and writing down that it went out."""

from datetime import date, datetime

import structlog
from django.db import transaction

from loans.models import Event, Loan
from loans.operations import books, commitment_fees, soundness
from loans.operations.allowed import demand
from loans.rules.states import LOAN_MOVES, LoanState
from together import Refused
from together.controls.models import Person
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.treasury.models import CashAccount, Destination, Disbursement, Instruction
from together.treasury.operations import disbursements
from together.treasury.operations.disbursements import Order, Payment
from together.treasury.queries import destinations

log = structlog.get_logger(__name__)
KIND = "drawdown"
OWNER = "institution"


class NoDestination(Refused):
    """Raised when an institution has no confirmed destination to pay to, or several."""


def ask(
    *,
    loan: Loan,
    by: Person,
    at: datetime,
    destination: Destination | None = None,
    account: CashAccount | None = None,
) -> Disbursement:
    """
    Ask for the drawdown of all that is committed of a loan to a destination of its institution.

    It is paid from ``account``, or else from the pool's main account. ``destination`` may be left
    out where the institution has only one on that account's rail.

    The treasury writes the order down in a transaction of its own; asked again after a crash in
    between, the order that is there is taken.

    All of it is asked once more when the order is released (:mod:`loans.operations.soundness`).

    :raises Refused: as the questions of soundness raise it, if something stands against it
    :raises NoDestination: if it has none that is usable there, several, or another one's is given
    :raises NotPossibleNow: if it was asked for before
    """
    demand(by, "loans.write", loan.institution)
    loan = Loan.objects.select_related("pool", "institution__group", "application").get(pk=loan.pk)
    _moved(loan, LoanState.DRAWING)
    soundness.demand(loan, at)
    disbursement = (
        Disbursement.objects.filter(kind=KIND, subject=loan.number)
        .exclude(state="withdrawn")
        .first()
    )
    if disbursement is None:
        chosen = destination_of(loan, account or loan.pool.main_account, at, destination)
        disbursement = disbursements.prepare(
            pool=loan.pool,
            order=Order(
                KIND,
                loan.number,
                "loan.drawdown",
                ("fund.committed", loan.number),
                is_tested=True,
            ),
            payments=[_payment(loan, chosen)],
            account=account,
            by=by,
            at=at,
        )
    _bind(loan, disbursement, by, at)
    return disbursement


def _payment(loan: Loan, destination: Destination) -> Payment:
    """Give the payment of a loan's amount, named anew where orders before it were given up."""
    given_up = Disbursement.objects.filter(kind=KIND, subject=loan.number).count()
    return Payment(
        subject=_once_more(loan.number, ":", given_up),
        reference=_once_more(f"{loan.number}-DRAWDOWN", "-", given_up),
        payee=destination.payee,
        amount=loan.commitment,
        destination=destination,
    )


def destination_of(
    loan: Loan, account: CashAccount, at: datetime, wanted: Destination | None = None
) -> Destination:
    """
    Give the destination of a loan's institution that money of an account goes to.

    :raises NoDestination: if none of its destinations is usable there, or which one is not said
    """
    lei, name = loan.institution.lei, loan.institution.legal_name
    found = destinations.usable(owner_kind=OWNER, owner=lei, account=account, at=at)
    if wanted is not None:
        found = [one for one in found if one.pk == wanted.pk]
    if len(found) == 1:
        return found[0]
    where = f"by {account.kind} in {account.asset}"
    if found:
        numbers = ", ".join(one.number for one in found)
        raise NoDestination(f"{name} has several destinations {where}: choose one of {numbers}")
    raise NoDestination(f"{name} has no confirmed destination {where} that is usable now")


@transaction.atomic(durable=True)
def _bind(loan: Loan, disbursement: Disbursement, by: Person, at: datetime) -> None:
    """Let the loan wait for its order to be paid."""
    loan = books.locked(loan)
    loan.state = _moved(loan, LoanState.DRAWING)
    loan.disbursement = disbursement
    loan.save(update_fields=["state", "disbursement"])
    record(
        what="loan.drawdown_asked",
        subject=loan.number,
        by=by,
        at=at,
        details={"disbursement": disbursement.number},
    )


def take_back(*, at: datetime) -> list[Loan]:
    """
    Let every loan whose drawdown the treasury withdrew be drawn again, each by itself.

    Nothing was paid: a withdrawn disbursement is never released. The commitment stays.
    """
    waiting = Loan.objects.filter(state=LoanState.DRAWING, disbursement__state="withdrawn")
    return [_take_back_one(pk, at) for pk in waiting.order_by("pk").values_list("pk", flat=True)]


@transaction.atomic(durable=True)
def _take_back_one(pk: int, at: datetime) -> Loan:
    loan = books.locked(Loan(pk=pk))
    given_up = loan.disbursement
    loan.state, loan.disbursement = _moved(loan, LoanState.COMMITTED), None
    loan.save(update_fields=["state", "disbursement"])
    record(
        what="loan.drawdown_given_up",
        subject=loan.number,
        by=None,
        at=at,
        details={"disbursement": given_up.number if given_up else ""},
    )
    return loan


def _once_more(name: str, sign: str, given_up: int) -> str:
    """Give a payment a name that was never used: one that was given up keeps its own for ever."""
    return f"{name}{sign}{given_up + 1}" if given_up else name


def record_drawn(*, on: date, at: datetime) -> list[Loan]:
    """
    Write down every drawdown that the rail has paid, each in a transaction of its own.

    A loan accrues from the day its payment settled, at the latest ``on``.
    """
    waiting = Instruction.objects.filter(
        kind=KIND,
        state="settled",
        batch__disbursement__loan__state=LoanState.DRAWING,
    )
    rows = waiting.order_by("id").values_list("batch__disbursement__loan", "settled_at")
    days = [(loan, settled_at.date()) for loan, settled_at in rows if settled_at is not None]
    found = []
    for loan, day in days:
        try:
            found.append(_record_one(loan, min(day, on), at))
        except lifecycle.NotPossibleNow as refused:
            # Another run recorded it meanwhile.
            log.info("drawdown.not_recorded", reason=str(refused))
    return found


@transaction.atomic(durable=True)
def _record_one(pk: int, day: date, at: datetime) -> Loan:
    loan = books.locked(Loan(pk=pk))
    loan.state = _moved(loan, LoanState.ACTIVE)
    loan.business_date = day
    loan.save(update_fields=["state", "business_date"])
    books.append(
        Event(loan=loan, type="drawdown", on=day, amount=loan.commitment, recorded_at=at),
        by=None,
    )
    commitment_fees.charge(loan, on=day, at=at)
    books.bring(
        loan,
        event="event:1",
        kind="LOAN_DRAWN",
        on=day,
        as_of=day,
        narrative=f"Drawdown of loan {loan.number}",
    )
    record(
        what="loan.drawn",
        subject=loan.number,
        by=None,
        at=at,
        details={"on": day.isoformat(), "amount": loan.commitment},
    )
    return loan


def _moved(loan: Loan, state: LoanState) -> LoanState:
    return lifecycle.move(LOAN_MOVES, LoanState(loan.state), state, what=f"loan {loan.number}")
