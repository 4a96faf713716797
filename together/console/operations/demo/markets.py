"""The markets of the demo: prices and fixings, a loan that is secured, and a fall that calls it."""

from datetime import UTC, date, datetime, timedelta

from loans.models import (
    Application,
    CollateralPolicy,
    Instrument,
    InstrumentPolicy,
    MarginCall,
    Observation,
    Pledge,
)
from loans.operations import (
    collateral_policies,
    instruments,
    margin_calls,
    market_files,
    pledges,
)
from loans.operations.instruments import Rules
from loans.operations.pledges import Offered
from loans.rules.calendars import Calendar
from loans.rules.market_data import units
from loans.rules.states import PledgeState
from together.console.operations.demo import funds
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Approval, Document
from together.controls.operations import documents

SOURCE = "demo composite"
# Code, name, kind, decimals of a value and of a quantity, calendar, and the bounds of a value.
LISTED = (
    ("BTC", "Bitcoin", "price", 4, 8, "none", "1000", "1000000"),
    ("ETH", "Ether", "price", 4, 8, "none", "100", "100000"),
    ("USDC", "USD Coin", "price", 6, 6, "none", "0.5", "1.5"),
    ("SOFR", "Secured Overnight Financing Rate", "fixing", 8, 0, "us_sofr", "-0.02", "0.25"),
)
HAIRCUTS = {"BTC": 2000, "ETH": 3000, "USDC": 100}
# Fixings of so many days before the story begins are known.
BEFORE = 10
# So many days before the end prices begin to fall.
FALL = 8
# By how much of a hundred ether is lower on days since the story began: a fall that passes.
DIP = {198: 10, 199: 19, 200: 25, 201: 18, 202: 9}


def begin(*, cast: People, at: datetime, tell: Tell) -> None:
    """Enter the instruments with their policies and the collateral policy, and the first prices."""
    for code, name, kind, scale, quantity_scale, calendar, least, most in LISTED:
        found = Instrument.objects.filter(pk=code).first() or instruments.enter(
            code=code,
            name=name,
            kind=kind,
            scale=scale,
            quantity_scale=quantity_scale,
            calendar=calendar,
            by=cast["treasury_officer"],
            at=at,
        )
        if not InstrumentPolicy.objects.filter(instrument=found).exists():
            _policy(found, least, most, cast=cast, at=at)
    if not CollateralPolicy.objects.exists():
        rules = collateral_policies.Rules(7200, 7700, 9100, 24, HAIRCUTS)
        asked = collateral_policies.propose(rules=rules, by=cast["loan_officer"], at=at)
        funds.agree(asked, cast, at=at)
        collateral_policies.put_in_force(by=cast["loan_officer"], at=at)
    _bring(_fixings(at, BEFORE) + _rows(at), "first-prices.csv", cast=cast, at=at, tell=tell)


def _policy(found: Instrument, least: str, most: str, *, cast: People, at: datetime) -> None:
    is_price = found.kind == "price"
    rules = Rules(
        sources=[SOURCE],
        most_age=24 if is_price else 3,
        most_move=2000 if is_price else 50,
        least=units(least, found.scale),
        most=units(most, found.scale),
    )
    officer = cast["treasury_officer"]
    asked = instruments.propose_policy(instrument=found, rules=rules, by=officer, at=at)
    funds.agree(asked, cast, at=at)
    instruments.put_in_force(instrument=found, by=officer, at=at)


def secure(
    application: Application,
    pledged: tuple[str, str] | None,
    *,
    cast: People,
    at: datetime,
    tell: Tell,
) -> None:
    """Pledge what secures an application, on a document of its custodian; run again, it goes on."""
    pledge = application.pledges.first()
    if pledged is None or (pledge and pledge.state != PledgeState.PROPOSED):
        return
    pledge = pledge or proposed(application, pledged, cast=cast, at=at)
    put_in_force(pledge, cast=cast, at=at)
    tell(f"{pledge.number}: {' '.join(reversed(pledged))} are pledged for {application.number}")


def put_in_force(pledge: Pledge, *, cast: People, at: datetime) -> None:
    """Let a pledge be approved, and put it in force."""
    asked = Approval.objects.get(kind=pledges.KIND, subject=pledge.number)
    funds.agree(asked, cast, at=at)
    pledges.put_in_force(pledge=pledge, by=cast["loan_officer"], at=at)


def proposed(
    application: Application, pledged: tuple[str, str], *, cast: People, at: datetime
) -> Pledge:
    """Propose a pledge of an instrument and a quantity, on a statement of the custodian."""
    code, quantity = pledged
    asked = pledges.propose(
        application=application,
        offered=Offered(
            instrument=Instrument.objects.get(pk=code),
            quantity=quantity,
            custodian="Harbour Custody",
            reference=f"{application.number}-COLLATERAL-{application.pledges.count() + 1}",
            evidence=_evidence(application, pledged, cast=cast, at=at),
        ),
        by=cast["loan_officer"],
        at=at,
    )
    return Pledge.objects.get(number=asked.subject)


def _evidence(
    application: Application, pledged: tuple[str, str], *, cast: People, at: datetime
) -> Document:
    name, (code, quantity) = application.institution.legal_name, pledged
    return documents.file(
        area="loans",
        subject=application.number,
        kind="collateral",
        title="Statement of the custodian",
        name=f"custodian-{at.date()}.txt",
        data=f"Harbour Custody holds {quantity} {code} of {name}, pledged.\n".encode(),
        by=cast["loan_officer"],
        at=at,
        issued_on=at.date(),
    )


def bring_day(since: int, *, cast: People, at: datetime, tell: Tell) -> None:
    """Bring in what is observed at noon of a day, so many days since the story began."""
    _bring(_rows(at, since=since), f"prices-{at.date()}.csv", cast=cast, at=at, tell=tell)


def bring_fixings(*, cast: People, at: datetime) -> None:
    """Bring in the fixings of the days since the last one, up to yesterday, and say nothing."""
    last = Observation.objects.filter(instrument="SOFR").order_by("-observed_at").first()
    known = last.observed_at.astimezone(UTC).date() if last else at.date()
    rows = _fixings(at, (at.date() - known).days - 1)
    if rows:
        _bring(rows, f"fixings-{at.date()}.csv", cast=cast, at=at, tell=lambda _: None)


def called(found: margin_calls.Watched, tell: Tell) -> None:
    """Tell which loans the monitor called, and which it could not value."""
    for number in found.opened:
        call = MarginCall.objects.select_related("loan").get(number=number)
        tell(f"{number}: {call.loan} is called, due {call.due_at:%Y-%m-%d %H:%M}Z")
    for loan, why in found.unvalued.items():
        tell(f"{loan}: NOT VALUED: {why}")


def end(*, start: datetime, at: datetime, cast: People, tell: Tell) -> None:
    """Bring in the prices of each day since, the last ones of now, and look at the collateral."""
    days = (at.date() - start.date()).days
    rows = [
        row
        for n in range(1, days)
        for row in _rows(start + timedelta(days=n), since=n, fallen=max(FALL - days + n, 0))
    ]
    _bring(rows + _rows(at, fallen=FALL), "prices.csv", cast=cast, at=at, tell=tell)
    called(margin_calls.watch(at=at), tell)


def _rows(at: datetime, *, since: int = 0, fallen: int = 0) -> list[str]:
    """Give what is observed on a day, ``since`` the story began; whole numbers, no chance."""
    day = at.astimezone(UTC)
    wave = abs(day.toordinal() % 40 - 20)
    bitcoin = 80_000 + 150 * wave - 3_900 * fallen
    ether = bitcoin // 25 * (100 - DIP.get(since, 0)) // 100
    prices = {"BTC": f"{bitcoin}.50", "ETH": f"{ether}.25", "USDC": f"0.999{wave % 10}"}
    found = [f"{code},{day.isoformat()},{value},{SOURCE}" for code, value in prices.items()]
    return found + _fixing(day.date())


def _fixings(at: datetime, days: int) -> list[str]:
    """Give what was fixed on the days before one."""
    before = (at.date() - timedelta(days=n) for n in range(days, 0, -1))
    return [row for day in before for row in _fixing(day)]


def _fixing(day: date) -> list[str]:
    wave = abs(day.toordinal() % 40 - 20)
    return [f"SOFR,{day},0.04{wave:02d},{SOURCE}"] if _is_fixed(day) else []


def _is_fixed(day: date) -> bool:
    return Calendar("us_sofr").is_business_day(day)


def _bring(rows: list[str], name: str, *, cast: People, at: datetime, tell: Tell) -> None:
    data = "\n".join(["instrument,observed_at,value,source", *rows, ""]).encode()
    file, is_new = market_files.bring(data=data, name=name, by=cast["treasury_officer"], at=at)
    if is_new:
        tell(f"{file}: {file.stored} observations stored, {file.held} held")
