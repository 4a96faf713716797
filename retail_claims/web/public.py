"""The public pages: what was promised, what was awarded and paid, and how anybody checks it."""

import json
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from retail_claims.models import Programme, Run
from retail_claims.queries import clock
from together.controls.web.access import declared
from together.ledger.rules.money import Money

SCRIPT = Path(__file__).with_name("verify_award.txt")


@declared("anyone")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the promise, the criteria, the progress and the root."""
    return render(request, "public/home.html", _programme())


@declared("anyone")
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Give the progress alone, for the page to fetch again."""
    return render(request, "public/progress.html", _programme())


@declared("anyone")
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Say how anybody checks an award with nothing but the standard library."""
    return render(request, "public/verify.html", {**_programme(), "script": SCRIPT.read_text()})


@declared("anyone")
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """Give the script that checks a proof."""
    response = HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify_award.py"'
    return response


@declared("anyone")
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Give the policy of the published run, without its salt."""
    run = _published()
    if run is None:
        raise Http404
    text = json.dumps(run.policy.document, indent=2, sort_keys=True)
    return HttpResponse(text, content_type="application/json")


def _newest() -> Programme | None:
    return Programme.objects.select_related("pool").order_by("-announced_at").first()


def _published() -> Run | None:
    programme = _newest()
    return clock.published_run(programme) if programme else None


def _programme() -> dict[str, Any]:
    """Put together what is public: nothing before a run is published but the promise."""
    programme = _newest()
    if programme is None:
        return {"programme": None}
    told = clock.hands(programme, timezone.now())
    run = told["run"]
    return {
        "programme": programme,
        "promised": Money(programme.pool.promised, programme.pool.asset),
        "clock": told,
        "run": run,
        "progress": told["progress"],
        "criteria": _criteria(run.policy.document) if run else [],
    }


def _criteria(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Put the rules of a policy into words, from its data alone."""
    window, eligibility = document.get("window", {}), document.get("eligibility", {})
    award, pool = document.get("award", {}), document.get("pool", {})
    rates = document.get("coverage", {}).get("rates", {})
    rows = [
        (
            "Window",
            f"from {window.get('start', '?')} up to, not including, {window.get('end', '?')}",
        ),
        ("Products", ", ".join(document.get("products", []))),
        ("Events", ", ".join(document.get("events", []))),
        ("Smallest loss", f"{eligibility.get('min_loss', '?')} USD"),
        ("Smallest loss against net assets", _percent(eligibility.get("min_ratio"))),
        *((f"Cover of {name.replace('_', ' ')} losses", _percent(r)) for name, r in rates.items()),
        ("Award, at least", f"{award['floor']} USD" if award.get("floor") else ""),
        ("Award, at most", f"{award['cap']} USD" if award.get("cap") else ""),
        ("Pool", f"{pool.get('amount', '?')} USD"),
        (
            "Kept for appeals",
            f"{pool['appeals_reserve']} USD" if pool.get("appeals_reserve") else "",
        ),
    ]
    return [(name, _grouped(value)) for name, value in rows if value]


def _percent(rate: str | None) -> str:
    from decimal import Decimal

    return f"{(Decimal(rate) * 100).normalize():f} %" if rate else ""


def _grouped(text: str) -> str:
    amount, _, unit = text.rpartition(" ")
    if unit == "USD" and amount.replace(".", "", 1).isdigit():
        whole, dot, rest = amount.partition(".")
        return f"{int(whole):,}{dot}{rest} USD"
    return text
