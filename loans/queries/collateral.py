"""Collateral valued: what is pledged for applications and loans, at the prices as of a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from loans.formats.agreed import secured_of
from loans.models import Application, CollateralPolicy, Loan, Observation, Pledge
from loans.queries import books, market_data
from loans.rules import loan_to_value
from loans.rules.collateral import Cover, cover
from loans.rules.collateral import Pledge as Pledged
from loans.rules.exact import Fraction
from loans.rules.loan_to_value import CENT, POINT, Bands
from loans.rules.states import OVER, LoanState, PledgeState
from loans.rules.target import amount_of
from together.ledger.rules.money import ASSETS, Money

OWED = ("loan.principal", "loan.interest", "loan.charges")


@dataclass(frozen=True, slots=True)
class Valued:
    """One pledge with its price and value in USD; without a price it has neither."""

    pledge: Pledge
    price: Observation | None
    value: Fraction | None
    haircut: Fraction | None
    why_not: str


@dataclass(frozen=True, slots=True)
class Covering:
    """
    What secures an application or its loan; ``why_not`` says why that cannot be said.

    ``owed`` is the amount asked for, the commitment, or what the books say is owed. It is taken
    at one USD for each unit. ``bands`` are those of the policy and of the agreed terms.
    """

    owed: Money
    pledges: tuple[Valued, ...]
    bands: Bands | None
    cover: Cover | None
    why_not: str

    @property
    def owed_usd(self) -> Fraction:
        """Give what is owed, in dollars."""
        return Fraction(amount_of(self.owed.minor_units, ASSETS[self.owed.asset]))

    @property
    def market(self) -> Fraction:
        """Give the exact market value of the pledges that have a price."""
        return sum((one.value for one in self.pledges if one.value is not None), Fraction(0))

    @property
    def band(self) -> str:
        """Say in which band it is, or nothing if that cannot be said."""
        if self.bands is None or self.cover is None:
            return ""
        return loan_to_value.band_of(self.owed_usd, self.market, self.bands)


def covering(application: Application, at: datetime) -> Covering:
    """Give what secures one application as of a moment."""
    return coverings([application], at)[application.pk]


def coverings(
    applications: Iterable[Application],
    at: datetime,
    *,
    instead: Mapping[int, list[Pledge]] | None = None,
) -> dict[int, Covering]:
    """
    Give what secures each application as of a moment, in as many queries for many as for one.

    ``instead`` tells for some of them which pledges would be in force after a change.
    """
    asked = {one.pk: one for one in applications}
    pledges = _in_force(asked)
    pledges.update(instead or {})
    policy = CollateralPolicy.objects.order_by("-version").first()
    codes = {one.instrument_id for ones in pledges.values() for one in ones}
    prices = market_data.as_of(codes, at)
    owed = owed_for(asked.values())
    return {
        pk: _covering(one, owed[pk], pledges.get(pk, []), policy, prices)
        for pk, one in asked.items()
    }


def _in_force(asked: Mapping[int, Application]) -> dict[int, list[Pledge]]:
    found: dict[int, list[Pledge]] = {}
    listed = Pledge.objects.filter(application__in=list(asked), state=PledgeState.IN_FORCE)
    for one in listed.select_related("instrument").order_by("id"):
        found.setdefault(one.application_id, []).append(one)
    return found


def owed_for(applications: Iterable[Application]) -> dict[int, Money]:
    """Give what each application asks for, or its loan has committed or owes by the books."""
    asked = list(applications)
    loans = {one.application_id: one for one in Loan.objects.filter(application__in=asked)}
    assets = {one.pool.asset for one in asked}
    balances = {asset: books.balances(OWED, asset) for asset in assets} if loans else {}
    found = {}
    for one in asked:
        asset, loan = one.pool.asset, loans.get(one.pk)
        if one.state in OVER:
            amount = 0
        elif loan is None:
            amount = one.amount
        elif loan.state in (LoanState.COMMITTED, LoanState.DRAWING):
            amount = loan.commitment
        else:
            amount = sum(balances[asset][code, loan.number] for code in OWED)
        found[one.pk] = Money(max(amount, 0), asset)
    return found


def _covering(
    application: Application,
    owed: Money,
    pledges: list[Pledge],
    policy: CollateralPolicy | None,
    prices: Mapping[str, market_data.Answer],
) -> Covering:
    if policy is None:
        return Covering(owed, (), None, None, "no collateral policy is in force")
    most = secured_of(application.terms)
    bands = loan_to_value.bands(policy.initial, policy.margin_call, policy.liquidation, most)
    valued = tuple(_valued(one, policy, prices[one.instrument_id]) for one in pledges)
    missing = "; ".join(dict.fromkeys(one.why_not for one in valued if one.why_not))
    if missing:
        return Covering(owed, valued, bands, None, missing)
    found = cover(
        Fraction(amount_of(owed.minor_units, ASSETS[owed.asset])),
        [
            Pledged(_quantity(one.pledge), _price(one.price), one.haircut or Fraction(0))
            for one in valued
            if one.price
        ],
        CENT,
    )
    why_not = "" if pledges else "nothing is pledged and in force"
    return Covering(owed, valued, bands, found, why_not)


def _valued(pledge: Pledge, policy: CollateralPolicy, price: market_data.Answer) -> Valued:
    points = policy.haircuts.get(pledge.instrument_id)
    haircut = None if points is None else Fraction(points, POINT)
    why_not = price.why_not
    if haircut is None:
        why_not = (
            f"{pledge.instrument_id}: collateral policy {policy.version} has no haircut for it"
        )
    if why_not or price.observation is None:
        return Valued(pledge, price.observation, None, haircut, why_not)
    observation = price.observation
    observation.instrument = pledge.instrument
    value = _quantity(pledge) * _price(observation)
    return Valued(pledge, observation, value, haircut, "")


def _quantity(pledge: Pledge) -> Fraction:
    return Fraction(pledge.quantity, 10**pledge.instrument.quantity_scale)


def _price(observation: Observation) -> Fraction:
    return Fraction(observation.value, 10**observation.instrument.scale)
