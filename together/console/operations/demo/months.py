"""The months of the demo's loans: days on which something happens are lived, others only closed."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from loans.models import Event, Loan
from loans.operations import closing, receipts
from loans.queries.rates import rate_now
from loans.rules.replay.events import FIXING
from loans.rules.states import LoanState
from together.console.operations.demo import (
    allowances,
    covenants,
    funds,
    letters,
    margins,
    markets,
    paying,
    servicing,
)
from together.console.operations.demo.funds import People, Tell
from together.ledger.rules.money import Money
from together.treasury.models import Pool

NOON = timedelta(hours=12)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# Of each loan so many receipts are told one by one; the others are counted at a month's end.
TOLD = 2
# Officers look at certificates and at what was not certified on these days of a month.
OFFICE = (1, 15, 30)


def service(pool: Pool, *, begun: date, until: date, cast: People, tell: Tell) -> None:
    """Live the days up to one: money comes in, is allocated, and the day is closed."""
    found = Loan.objects.filter(pool=pool, business_date__isnull=False)
    drawn = list(found.select_related("institution", "pool").order_by("number"))
    # The last day that was closed is lived again: what stopped after its closing goes on.
    active = [loan.business_date for loan in drawn if loan.state == LoanState.ACTIVE]
    day = min((one for one in active if one), default=until + DAY)
    if any(paying.drawn(loan) == day for loan in drawn):
        # They were drawn after the noon of that day: the wallet's clock is not set back.
        day += DAY
    money = _paying(drawn)
    busy = {one for loan in drawn for one in servicing.days(loan)}
    # A statement is asked for on the day after money went out.
    busy |= {paying.drawn(loan) + DAY for loan in drawn}
    while day <= until:
        if day in money or day in busy or day == until or _is_of_the_house(day, begun):
            _live(pool, day, money, begun=begun, cast=cast, tell=tell)
        if day in busy:
            # The plan of a loan may have changed.
            money = _paying(drawn)
        day += DAY


def _paying(loans: Iterable[Loan]) -> dict[date, list[Loan]]:
    """Give who may send money on which day, by the plans as they are now."""
    found: dict[date, list[Loan]] = {}
    for loan in loans:
        for day in paying.days(loan):
            found.setdefault(day, []).append(loan)
    return found


def _is_of_the_house(day: date, begun: date) -> bool:
    """Say whether officers have something to do on a day, whatever the borrowers do."""
    is_last = (day + DAY).day == 1
    return is_last or day.day in OFFICE or (day - begun).days in margins.DAYS


def _live(
    pool: Pool,
    day: date,
    money: dict[date, list[Loan]],
    *,
    begun: date,
    cast: People,
    tell: Tell,
) -> None:
    at = datetime.combine(day, datetime.min.time(), UTC) + NOON
    markets.bring_fixings(cast=cast, at=at)
    # Days on which nothing happened are closed together.
    _close(day - DAY, at, tell)
    _set(day, tell)
    funds.world().set_clock(wallet=pool.main_account.identifier, at=at)
    for loan in money.get(day, []):
        paying.send(loan, day, pool)
    servicing.send(pool, day)
    # Whatever was sent before the demo was stopped and told on lies before the statement's end.
    funds.world().set_clock(wallet=pool.main_account.identifier, at=at + MINUTE)
    funds.bring_statements(pool, by=cast["treasury_officer"], at=at)
    for done in receipts.allocate(pool=pool, at=at):
        _heard(done, day, tell)
    covenants.live(pool, day, cast=cast, at=at, tell=tell)
    servicing.live(pool, day, cast=cast, at=at, tell=tell)
    owing = _owing(pool)
    _close(day, at, tell)
    _ended(owing, day, tell)
    margins.live((day - begun).days, begun=begun, cast=cast, at=at, tell=tell)
    if allowances.month_end(pool, day, cast=cast, at=at, tell=tell):
        _month(pool, day, tell)
    letters.send(day, at=at, tell=tell)


def _close(day: date, at: datetime, tell: Tell) -> None:
    for number, why in closing.close_day(on=day, at=at).failed.items():
        tell(f"{number} on {day}: NOT CLOSED: {why}")


def _set(day: date, tell: Tell) -> None:
    """Tell the rates that count from today on."""
    found = Event.objects.filter(type=FIXING, on=day).select_related("loan__institution")
    for one in found.order_by("loan__number"):
        now = rate_now(one.loan, day)
        if now:
            tell(f"{one.loan} on {day}: {one.loan.institution.legal_name} pays {now.words}")


def _owing(pool: Pool) -> set[str]:
    """Give the numbers of the loans on which something is owed."""
    active = Loan.objects.filter(pool=pool, state=LoanState.ACTIVE)
    return set(active.values_list("number", flat=True))


def _ended(owing: set[str], day: date, tell: Tell) -> None:
    """Tell which loans were closed on a day: nothing is owed on them any more."""
    closed = Loan.objects.filter(number__in=owing, state=LoanState.CLOSED)
    for loan in closed.select_related("institution").order_by("number"):
        tell(f"{loan.number} on {day}: {loan.institution.legal_name} owes nothing more, closed")


def _heard(done: receipts.Allocated, day: date, tell: Tell) -> None:
    """Tell of a receipt that is among the first of its loan, or like no other."""
    loan, split = done.loan, done.split
    count = Event.objects.filter(loan=loan, line__isnull=False).count()
    is_ordinary = not split.overpaid.minor_units and loan.state == LoanState.ACTIVE
    if count <= TOLD or not is_ordinary:
        tell(
            f"{loan.number} on {day}: {loan.institution.legal_name} pays {split.amount}: interest"
            f" {split.interest}, principal {split.principal}, overpaid {split.overpaid}"
        )


def _month(pool: Pool, day: date, tell: Tell) -> None:
    """Tell how much came in from borrowers in a month."""
    came = Event.objects.filter(
        loan__pool=pool, line__isnull=False, on__gte=day.replace(day=1), on__lte=day
    ).exclude(pointing_here__type="reversal")
    amounts = [amount or 0 for amount in came.values_list("amount", flat=True)]
    if amounts:
        total = Money(sum(amounts), pool.asset)
        tell(f"{pool.name} in {day:%B %Y}: {len(amounts)} receipts of {total} from borrowers")
