"""The portal's page of collateral: pledges, loan to value, margin calls, and what is asked for."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from loans.formats.agreed import secured_of
from loans.models import Application, CollateralRequest, Loan, MarginCall
from loans.operations import collateral_requests
from loans.queries import collateral_requests as asked_for
from loans.queries.collateral import Covering, Valued, covering
from loans.queries.margin_calls import LIVE
from loans.rules import loan_to_value
from loans.rules.exact import Fraction
from loans.rules.institution_states import CollateralRequestState
from loans.rules.loan_to_value import WITHIN, percent
from loans.rules.market_data import written
from loans.rules.rounding import text
from loans.rules.states import OVER, MarginCallState, PledgeState
from loans.web.collateral_forms import FORMS, Ask
from together import Refused
from together.controls.models import Person
from together.controls.queries import held
from together.controls.web.access import portal

READ, ACT = "portal.read", "portal.act"
CALL_WAITS = {
    MarginCallState.OPEN: "More collateral or a repayment is waited for.",
    MarginCallState.EXTENDED: "There is more time, as agreed.",
    MarginCallState.DEFAULTED: "It was not met in time. It may still be met late.",
    MarginCallState.MET: "It was met.",
}
WAITS = {
    CollateralRequestState.OPEN: "a loan officer looks at it",
    CollateralRequestState.TAKEN_UP: "it is being approved",
}


@portal(READ)
@require_safe
def collateral_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show what secures an application or its loan, and what may be asked for."""
    return _shown(request, _application(request, number, READ))


@portal(ACT)
@require_http_methods(["POST"])
def ask(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """Announce more collateral, or ask for a substitution or a release."""
    application = _application(request, number, ACT)
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](application, request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, application, form=form, status=400)
    try:
        made = collateral_requests.ask(
            application=application,
            wanted=form.wanted(),
            evidence=form.shown_by(),
            by=cast(Person, request.user),
            at=timezone.now(),
        )
    except Refused as reason:
        return _shown(request, application, form=form, refusal=str(reason), status=409)
    messages.success(request, f"{made.number} is with your loan officer.")
    return redirect("portal_collateral", number=application.number)


@portal(ACT)
@require_http_methods(["POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a request back."""
    scopes = held.scopes_of(request.user, ACT)
    found = CollateralRequest.objects.filter(
        application__institution__number__in=scopes, number=number
    )
    made = found.select_related("application__institution", "application__pool").first()
    if made is None:
        raise Http404
    try:
        collateral_requests.withdraw(request=made, by=cast(Person, request.user), at=timezone.now())
    except Refused as reason:
        return _shown(request, made.application, refusal=str(reason), status=409)
    messages.success(request, f"{made.number} is withdrawn.")
    return redirect("portal_collateral", number=made.application.number)


def calls(request: HttpRequest) -> list[MarginCall]:
    """Give the margin calls of the visitor's institutions that are not met, the soonest first."""
    found = MarginCall.objects.filter(
        loan__institution__number__in=held.scopes_of(request.user, READ), state__in=LIVE
    )
    return list(found.select_related("loan__application").order_by("due_at", "id"))


def summary(application: Application) -> dict[str, Any] | None:
    """Give loan to value and its band as the page of a loan shows them; None if it is unsecured."""
    if secured_of(application.terms) is None:
        return None
    found = covering(application, timezone.now())
    return {"ltv": _ltv(found), "band": found.band, "why_not": found.why_not}


def _shown(
    request: HttpRequest,
    application: Application,
    *,
    form: Ask | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    loan = Loan.objects.filter(application=application).first()
    found = covering(application, timezone.now())
    may_act = application.state not in OVER and application.institution.number in held.scopes_of(
        request.user, ACT
    )
    context: dict[str, Any] = {
        "application": application,
        "loan": loan,
        "ltv": _ltv(found),
        "band": found.band,
        "why_not": found.why_not,
        "facts": _facts(found),
        "calls": _calls(loan),
        "pledges": _pledges(application, found),
        "requests": [_request(one) for one in asked_for.of(application)[:30]],
        "forms": _forms(application, form) if may_act else [],
        "may_act": may_act,
        "refusal": refusal,
    }
    return render(request, "portal/collateral.html", context, status=status)


def _facts(found: Covering) -> list[tuple[str, str]]:
    """Tell what is owed, the bands, what the collateral is worth, and what cures a loan."""
    told = [("Owed or asked for", str(found.owed))]
    if found.bands is not None:
        by = found.bands
        bands = " / ".join(percent(one) for one in (by.initial, by.margin_call, by.liquidation))
        told.append(("Initial / margin call / liquidation", bands))
    if found.bands is None or found.cover is None or found.cover.ltv is None:
        return told
    numbers = found.owed_usd, found.market, found.bands.initial
    fall = loan_to_value.fall_to(found.owed_usd, found.market, found.bands.margin_call)
    told += [
        ("Market value", _usd(found.cover.market_value)),
        ("After haircuts", _usd(found.cover.lendable_value)),
    ]
    if found.band == WITHIN:
        told.append(("Room up to the initial band", _usd(loan_to_value.headroom(*numbers))))
    else:
        told += [
            ("Cured by more collateral of", _usd(loan_to_value.top_up(*numbers))),
            ("Or by a repayment of", _usd(loan_to_value.repayment(*numbers))),
        ]
    if fall is not None and fall < 1:
        told.append(("Margin call if all prices fall by", percent(1 - fall)))
    return told


def _calls(loan: Loan | None) -> list[dict[str, Any]]:
    if loan is None:
        return []
    listed = loan.margin_calls.order_by("-id")[:20]
    return [
        {
            "call": one,
            "is_live": one.state in LIVE,
            "waits": CALL_WAITS[MarginCallState(one.state)],
        }
        for one in listed
    ]


def _pledges(application: Application, found: Covering) -> list[dict[str, Any]]:
    valued = {one.pledge.pk: one for one in found.pledges}
    listed = application.pledges.select_related("instrument").order_by("-id")[:50]
    return [_pledge(one, valued.get(one.pk), found) for one in listed]


def _pledge(pledge: Any, valued: Valued | None, found: Covering) -> dict[str, Any]:
    scale = pledge.instrument.scale
    row: dict[str, Any] = {
        "pledge": pledge,
        "quantity": f"{_grouped(written(pledge.quantity, pledge.instrument.quantity_scale))}"
        f" {pledge.instrument_id}",
    }
    if valued is None or valued.price is None:
        return row
    row |= {
        "price": _grouped(written(valued.price.value, scale)),
        "observed_at": valued.price.observed_at,
        "haircut": "" if valued.haircut is None else percent(valued.haircut),
        "why_not": valued.why_not,
    }
    if valued.value is not None:
        row |= {"value": _usd(valued.value), "without": _without(found, valued.value)}
    return row


def _without(found: Covering, value: Fraction) -> str:
    """Write the loan to value that would be left without a pledge."""
    left = found.market - value
    if found.cover is None or not found.owed_usd:
        return ""
    return percent(found.owed_usd / left) if left > 0 else "nothing pledged"


def _request(one: Any) -> dict[str, Any]:
    made = one.made
    told = WAITS.get(CollateralRequestState(one.state), one.ended_for)
    if made is not None:
        told = f"pledge {made.number} is {PledgeState(made.state).value.replace('_', ' ')}"
    elif one.state == CollateralRequestState.TAKEN_UP and one.pledge is not None:
        told = f"pledge {one.pledge.number} is {one.pledge.state.replace('_', ' ')}"
    quantity = ""
    if one.instrument is not None:
        plain = _grouped(written(one.quantity, one.instrument.quantity_scale))
        quantity = f"{plain} {one.instrument_id}"
    return {
        "one": one,
        "quantity": quantity,
        "where": _where(one),
        "told": told,
        "is_open": one.state == CollateralRequestState.OPEN,
    }


def _where(one: Any) -> str:
    """Say by which transfer, from where and to whom collateral comes."""
    parts = (
        one.reference,
        f"from {one.sender.number}" if one.sender else "",
        f"at {one.kept_by}" if one.kept_by else "",
    )
    return " ".join(part for part in parts if part)


def _forms(application: Application, typed: Ask | None) -> list[dict[str, Any]]:
    """Give the forms of what may be asked for now; where nothing is pledged, only more of it."""
    found = []
    for kind, make in FORMS.items():
        form = typed if typed is not None and typed.kind == kind else make(application)
        if kind == "pledge" or form.pledges:
            found.append({"kind": kind, "form": form, "is_typed": form is typed})
    return found


def _ltv(found: Covering) -> str:
    return percent(found.cover.ltv) if found.cover and found.cover.ltv is not None else ""


def _usd(value: Fraction) -> str:
    return f"{_grouped(text(value, 2))} USD"


def _grouped(plain: str) -> str:
    """Write a number with its thousands apart."""
    whole, point, rest = plain.lstrip("-").partition(".")
    sign = "-" if plain.startswith("-") else ""
    return f"{sign}{int(whole):,}{point}{rest}"


def _applications(request: HttpRequest, act: str) -> QuerySet[Application]:
    scopes = held.scopes_of(request.user, act)
    found = Application.objects.filter(institution__number__in=scopes, terms__has_key="secured")
    return found.select_related("institution", "pool")


def _application(request: HttpRequest, number: str, act: str) -> Application:
    """
    Give one secured application of the person's institutions.

    :raises Http404: if there is none, it is unsecured, or another institution's: nobody can tell
        which
    """
    application = _applications(request, act).filter(number=number).first()
    if application is None:
        raise Http404
    return application
