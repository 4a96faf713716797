"""The public pages: what was promised, what was awarded and paid, and how anybody checks it."""

import json
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
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
    """Put the rules of a resolved policy into words, from its data alone."""
    window, eligibility = document["window"], document["eligibility"]
    award, pool = document["award"], document["pool"]
    rows = [
        ("Window, from", _moment(window["start"])),
        ("Window, before", _moment(window["end"])),
        ("Products", ", ".join(document["products"])),
        ("Events", ", ".join(document["events"])),
        ("Loss of at least", _usd(eligibility["min_loss"])),
        ("Loss against net assets of at least", _percent(eligibility["min_ratio"])),
        *(
            (f"Cover of {name.replace('_', ' ')} losses", _percent(rate))
            for name, rate in document["coverage"]["rates"].items()
        ),
        ("Award of at least", _usd(award.get("floor"))),
        ("Award of at most", _usd(award.get("cap"))),
        ("Kept for appeals", _usd(pool.get("appeals_reserve"))),
        ("Decided at", _moment(document["decided_at"])),
    ]
    return [(name, value) for name, value in rows if value]


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%-d %b %Y, %H:%M} UTC"


def _percent(rate: str) -> str:
    share = Fraction(rate) * 100
    return f"{(Decimal(share.numerator) / share.denominator).normalize():f} %"


def _usd(text: str | None) -> str:
    if text is None:
        return ""
    whole, _, rest = text.partition(".")
    return f"{int(whole):,}.{rest.rstrip('0').ljust(2, '0')} USD"
