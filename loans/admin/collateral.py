"""What secures an application or a loan, as its page shows it, and the act that pledges more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from loans.formats.agreed import secured_of
from loans.models import Application, CollateralPolicy, Instrument, Pledge
from loans.operations import pledges
from loans.operations.pledges import Offered
from loans.queries.collateral import Covering, Valued, covering
from loans.rules import loan_to_value
from loans.rules.exact import Fraction
from loans.rules.loan_to_value import WITHIN, percent
from loans.rules.market_data import written
from loans.rules.rounding import text
from loans.rules.states import OVER, PledgeState
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.base import Fact
from together.controls.admin.showing import NOTHING, Table, badge, figures, link, moment, money
from together.controls.models import Document
from together.controls.queries import documents as filed
from together.ledger.rules.money import Money

TONES = {"within": "good", "above initial": "wait", "margin call": "bad", "liquidation": "bad"}


class PledgeCollateral(forms.Form):
    instrument = forms.ModelChoiceField(
        Instrument.objects.none(), help_text="What has a haircut in the collateral policy."
    )
    quantity = forms.CharField(max_length=40, help_text="In whole units, such as 25.5 BTC.")
    custodian = forms.CharField(max_length=60, help_text="Who keeps it.")
    reference = forms.CharField(
        max_length=80,
        help_text="Its account or agreement at the custodian; one secures one loan at a time.",
    )
    evidence = forms.ModelChoiceField(
        Document.objects.none(),
        help_text="What shows that it is there and pledged; file it on this page first.",
    )
    replaces = forms.ModelChoiceField(
        Pledge.objects.none(),
        required=False,
        empty_label="None: it is pledged besides",
        help_text="The pledge that goes once this one is in force.",
    )


def form_of(application: Any) -> type[forms.Form]:
    """Make the form with what an application may pledge, its documents and its pledges."""
    policy = CollateralPolicy.objects.first()
    eligible = Instrument.objects.filter(pk__in=policy.haircuts if policy else [])
    papers = filed.valid([application.number], timezone.now().date()).order_by("-id")
    held = application.pledges.filter(state=PledgeState.IN_FORCE)

    class PledgeForApplication(PledgeCollateral):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for name, known in (("instrument", eligible), ("evidence", papers), ("replaces", held)):
                self.fields[name].queryset = known  # type: ignore[attr-defined]

    return PledgeForApplication


def _pledge(call: Call) -> Done:
    asked = pledges.propose(
        application=call.record, offered=Offered(**call.values), by=call.by, at=call.at
    )
    found = Pledge.objects.get(number=asked.subject)
    return Done(f"Pledge {found} is proposed and waits for a credit checker.", found)


def _effect(application: Any) -> Effect:
    return tuple(facts(application, timezone.now()))


def may_pledge(application: Any) -> bool:
    """Say whether collateral may be pledged for an application."""
    is_open = application.state not in OVER
    return is_open and secured_of(application.terms) is not None


PLEDGE_ACT = Act(
    "pledge",
    "Pledge collateral",
    "loans.write",
    _pledge,
    _effect,
    may_pledge,
    form_of=form_of,
    warning="It counts once a credit checker has approved it and it is put in force.",
)


def usd(value: Fraction) -> Any:
    """Write an amount of dollars, to the cent."""
    return money(_Dollars(text(value, 2)))


class _Dollars:
    """An amount of dollars as the console writes amounts."""

    def __init__(self, plain: str) -> None:
        self.decimal = plain

    def __str__(self) -> str:
        return f"{figures(self.decimal)} USD"


def facts(application: Application, at: datetime) -> Sequence[Fact]:
    """Tell the loan to value, its band, and what is left of it; nothing where it is unsecured."""
    if secured_of(application.terms) is None:
        return (("Collateral", "unsecured by its terms"),)
    found = covering(application, at)
    if found.bands is None or found.cover is None or found.cover.ltv is None:
        return (("Loan to value", found.why_not), *_bands(found))
    fall = loan_to_value.fall_to(found.owed_usd, found.market, found.bands.margin_call)
    left = loan_to_value.headroom(found.owed_usd, found.market, found.bands.initial)
    return (
        ("Loan to value", ltv_of(found)),
        *_bands(found),
        ("Market value of the collateral", usd(found.cover.market_value)),
        ("After haircuts", usd(found.cover.lendable_value)),
        ("Room up to the initial band", usd(left)),
        ("Margin call if all prices fall by", percent(1 - fall) if fall and fall < 1 else NOTHING),
        *_cures(found),
    )


def ltv_of(found: Covering) -> Any:
    """Write a loan to value with its band."""
    ltv = found.cover.ltv if found.cover else None
    return badge(f"{percent(ltv or Fraction(0))} {found.band}", TONES.get(found.band, "plain"))


def _bands(found: Covering) -> Sequence[Fact]:
    if found.bands is None:
        return ()
    by = found.bands
    said = " / ".join(percent(one) for one in (by.initial, by.margin_call, by.liquidation))
    return (("Initial / margin call / liquidation", said),)


def _cures(found: Covering) -> Sequence[Fact]:
    """Tell what brings a loan back within its initial band."""
    if found.bands is None or found.band == WITHIN:
        return ()
    asked = found.owed_usd, found.market, found.bands.initial
    return (
        ("Cured by more collateral of", usd(loan_to_value.top_up(*asked))),
        ("Or by a repayment of", usd(loan_to_value.repayment(*asked))),
    )


def pledges_table(application: Application, at: datetime) -> list[Table]:
    """Give what is pledged for an application; no table where it is unsecured."""
    if secured_of(application.terms) is None:
        return []
    found = covering(application, at)
    valued = {one.pledge.pk: one for one in found.pledges}
    listed = application.pledges.select_related("instrument")
    rows = [_row(one, valued.get(one.pk), found) for one in listed[:50]]
    heads = ["Pledge", "State", "Quantity", "Price", "Of", "Value", "Haircut"]
    heads += ["Margin call at", "Liquidation at"]
    empty = "Nothing is pledged yet; without it the loan is neither committed nor drawn."
    more = "The prices of the last two columns are reached if all pledges fall alike."
    return [Table("Collateral", heads, rows, frozenset({2, 3, 5, 6, 7, 8}), empty, more)]


def _row(pledge: Pledge, valued: Valued | None, found: Covering) -> list[Any]:
    quantity = f"{figures(written(pledge.quantity, pledge.instrument.quantity_scale))}"
    head = [link(pledge), badge(pledge.state), f"{quantity} {pledge.instrument_id}"]
    if valued is None or valued.price is None:
        return [*head, *[NOTHING] * 6]
    scale = pledge.instrument.scale
    price = Fraction(valued.price.value, 10**scale)
    return [
        *head,
        figures(written(valued.price.value, scale)),
        moment(valued.price.observed_at),
        NOTHING if valued.value is None else usd(valued.value),
        NOTHING if valued.haircut is None else percent(valued.haircut),
        *(_trigger(found, price, name) for name in ("margin_call", "liquidation")),
    ]


def _trigger(found: Covering, price: Fraction, band: str) -> Any:
    """Write the price at which a band is reached."""
    if found.bands is None or found.cover is None:
        return NOTHING
    part = loan_to_value.fall_to(found.owed_usd, found.market, getattr(found.bands, band))
    return NOTHING if part is None else figures(text(price * part, 2))


def owed(found: Covering) -> Any:
    """Write what is owed."""
    return money(Money(found.owed.minor_units, found.owed.asset))
