"""The dashboard: both pools, the programme's clock, payouts, breaks, arrears, what waits for me."""

from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from loans.models import Loan
from loans.queries import portfolio
from retail_claims.models import Programme, Run
from retail_claims.queries import clock
from together.console.admin import tasks
from together.controls.admin.showing import address_of, money
from together.controls.models import Person
from together.controls.queries import held
from together.treasury.models import Brake, Disbursement, Pool, StatementLine, Switch
from together.treasury.queries.positions import Position, positions

COLORS = {
    "available": "#b9ccc8",
    "reserved": "#7d9a94",
    "committed": "#e2b365",
    "awarded": "#c98a2b",
    "escrowed": "#8a5a86",
    "disbursed": "#5f8fc2",
    "in clearing": "#3d6ea3",
    "paid": "#0f766e",
    "lent": "#14524b",
    "impaired": "#5c1a1a",
    "returned": "#a11919",
}
AGES = (("under 1 day", 1), ("1 to 2 days", 2), ("2 to 4 days", 4), ("over 4 days", None))


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Put together what the roles of the person let them see."""
    now, user = timezone.now(), request.user
    may_treasury = held.may(user, "treasury.read")
    told = _clock(now) if held.may(user, "claims.read") else None
    context |= {
        "title": "Dashboard",
        "may_treasury": may_treasury,
        **tasks.summary(cast(Person, user), now),
        "clock": told,
    }
    if may_treasury:
        context |= {
            "stopped": _stopped(),
            "order_url": address_of(told["order"]) if told and told["order"] else "",
            "halted": Switch.objects.filter(is_halted=True).first(),
            "switch_url": reverse("admin:treasury_switch_changelist"),
            "pools": [_pool(position) for position in _positions()],
            "payouts": _payouts(),
            "breaks": _breaks(now),
        }
    if held.may(user, "loans.read"):
        context["arrears"] = _arrears(now.date())
    return context


def _stopped() -> list[dict[str, str]]:
    """Give the disbursements that are stopped, with why; a query."""
    found = Brake.objects.filter(resumed_at=None).select_related("disbursement").order_by("-id")
    return [
        {
            "number": one.disbursement.number,
            "reason": one.reason,
            "url": address_of(one.disbursement),
        }
        for one in found[:10]
    ]


def payouts_view(request: HttpRequest) -> HttpResponse:
    """Give the progress of payouts alone, for the page to fetch again."""
    payouts = _payouts() if held.may(request.user, "treasury.read") else []
    return render(request, "console/payouts.html", {"payouts": payouts})


def _positions() -> list[Position]:
    found = positions(
        runs=Run.objects.values_list("number", "programme__pool_id"),
        loans=Loan.objects.values_list("number", "pool_id"),
    )
    return sorted(found, key=lambda position: -position.pool.promised)


def _pool(position: Position) -> dict[str, Any]:
    parts = [
        {"label": name, "value": float(amount.decimal), "color": COLORS[name]}
        for name, amount in position.steps
        if amount.minor_units > 0 and name not in ("returned", "in clearing")
    ]
    chart_id = f"pool-{position.pool.code}"
    return {
        "name": position.pool.name,
        "url": reverse("admin:treasury_pool_change", args=[position.pool.pk]),
        "promised": money(position.promised),
        "chart_id": chart_id,
        "chart": {"kind": "stacked", "parts": parts, "max": sum(p["value"] for p in parts) or 1},
        "alt": ", ".join(f"{name} {amount}" for name, amount in position.steps),
        "steps": [(name, money(amount), not amount.minor_units) for name, amount in position.steps],
    }


def _clock(now: datetime) -> dict[str, Any] | None:
    programme = Programme.objects.order_by("-announced_at").first()
    return clock.hands(programme, now) if programme else None


def _payouts() -> list[dict[str, Any]]:
    """Give the newest released disbursements with how far each has come, in one query."""
    found = Disbursement.objects.filter(state="released").annotate(
        settled=Count(
            "batches__instructions",
            filter=Q(batches__instructions__state__in=("settled", "returned")),
        ),
        stuck=Count(
            "batches__instructions",
            filter=Q(batches__instructions__state__in=("refused", "quarantined")),
        ),
        planned=Count("batches__instructions", filter=Q(batches__released_at=None)),
    )
    return [
        {
            "number": one.number,
            "subject": one.subject,
            "url": reverse("admin:treasury_disbursement_change", args=[one.pk]),
            "settled": f"{one.settled:,}",
            "count": f"{one.count:,}",
            "share": one.settled * 100 // one.count,
            "words": _payout_words(one),
        }
        for one in found.order_by("-id")[:5]
    ]


def _payout_words(one: Any) -> str:
    if one.settled == one.count:
        return "Complete."
    parts = [
        f"{one.count - one.settled - one.stuck - one.planned:,} on their way",
        f"{one.stuck:,} wait for a person" if one.stuck else "",
        f"{one.planned:,} wait for their wave" if one.planned else "",
    ]
    return ", ".join(filter(None, parts)) + "."


def _breaks(now: datetime) -> dict[str, Any]:
    """Count open breaks by age, in one query."""
    cases = [
        When(booked_at__gt=now - timedelta(days=days), then=Value(n))
        for n, (_, days) in enumerate(AGES)
        if days
    ]
    age = Case(*cases, default=Value(len(AGES) - 1), output_field=IntegerField())
    found = (
        StatementLine.objects.filter(waiting__isnull=False).values(age=age).annotate(n=Count("id"))
    )
    counts = dict(found.values_list("age", "n"))
    return _bars([(name, counts.get(n, 0)) for n, (name, _) in enumerate(AGES)], "Breaks")


def _bars(rows: list[tuple[str, int]], label: str) -> dict[str, Any]:
    colors = ["#0f766e", "#c98a2b", "#b8561f", "#a11919", "#6f0f0f"]
    return {
        "total": sum(n for _, n in rows),
        "alt": ", ".join(f"{name}: {n}" for name, n in rows),
        "chart": {
            "kind": "bars",
            "label": label,
            "labels": [name for name, _ in rows],
            "values": [n for _, n in rows],
            "colors": colors[: len(rows)],
        },
    }


def _arrears(today: date) -> dict[str, Any]:
    """Count drawn loans by bucket, over all pools."""
    counts: dict[str, int] = {}
    for pool in Pool.objects.filter(loan__state="active").distinct():
        for bucket in portfolio.portfolio(pool, today).arrears:
            counts[bucket.bucket] = counts.get(bucket.bucket, 0) + bucket.count
    return _bars(list(counts.items()), "Loans")
