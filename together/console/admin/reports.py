"""The console's pages over reports: the list, each report with its parameters, and its files."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from together.console.admin.report_cells import cells, may_read, ties
from together.console.admin.report_charts import chart_of
from together.console.operations import reports as operations
from together.console.queries.reports.asked import CHOICES, Asked, BadParameters, label
from together.console.queries.reports.catalogue import (
    BY_NAME,
    CATALOGUE,
    LISTS,
    Listed,
    build,
    build_page,
)
from together.controls.admin.fields import DateInput
from together.controls.formats import report_files
from together.controls.formats.reports import Report, TooLong
from together.controls.models import Person
from together.controls.operations import access
from together.ledger.queries.general_ledger import Place
from together.ledger.rules.chart import CHART
from together.ledger.rules.money import ASSETS
from together.treasury.models import Pool

READS = ("books.read", "loans.read")
WORDS = {
    "Books": "Each is read from the books and ties to them.",
    "Lending": "Each is replayed from the loans as of a day, beside the control accounts.",
    LISTS: "What is to be done, by day: filter, and take it along.",
}
PAGED = "general-ledger"
# A longer table scrolls in its own frame, under its head.
LONG = 25
# A page holds so many rows; a file holds all of them.
SHOWN = 1000
HELP = {
    "since": "First day, by the day entries are booked on",
    "through": "Last day, included",
    "subject": "Number of a batch, run or loan, code of a pool or cash account; empty for all",
    "kind": "As entries say it, for example PAYMENT_SETTLED; empty for all",
}
ENDINGS = (("csv", "CSV"), ("xlsx", "XLSX"), ("pdf", "PDF"))
DATE = DateInput()


def index_view(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """List every report that somebody may read with the question that it answers, by group."""
    listed = [one for one in CATALOGUE if may_read(request, one)]
    if not listed:
        raise PermissionDenied("None of your roles lets you read reports.")
    groups = [
        (
            name,
            words,
            [
                (one, reverse("admin:report", args=[one.name]))
                for one in listed
                if one.group == name
            ],
        )
        for name, words in WORDS.items()
    ]
    context = {**_context(site, request), "title": "Lists and reports", "groups": groups}
    return TemplateResponse(request, "console/reports.html", context)


def report_view(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Show one report as it is asked for by the address, or say what is wrong with that."""
    listed = _demanded(request, name)
    given = _given(request)
    try:
        place = _place(request.GET.get("after", ""))
        asked = listed.read(given, timezone.now().date())
        shown = _built(listed, asked, place)
    except BadParameters as bad:
        return _refused(site, request, listed, given, faults=bad.faults)
    except TooLong as refusal:
        return _refused(site, request, listed, given, refusal=str(refusal))
    if listed.is_confidential:
        by = cast(Person, request.user)
        access.look(subject=listed.name, by=by, at=timezone.now())
    return _page(site, request, listed, asked, shown)


def export_view(site: AdminSite, request: HttpRequest, name: str, ending: str) -> HttpResponse:
    """Give one report as a file, and write down who took it."""
    listed = _demanded(request, name)
    if ending not in listed.endings:
        raise Http404
    given, now = _given(request), timezone.now()
    try:
        report = build(name, listed.read(given, now.date()))
        content = report_files.KINDS[ending].content(report, now)
    except BadParameters as bad:
        return _refused(site, request, listed, given, faults=bad.faults)
    except TooLong as refusal:
        return _refused(site, request, listed, given, refusal=str(refusal))
    operations.exported(
        report=report,
        ending=ending,
        by=cast(Person, request.user),
        at=now,
        is_confidential=listed.is_confidential,
    )
    response = HttpResponse(content, content_type=report_files.KINDS[ending].media_type)
    file_name = report_files.name_of(report, ending)
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["X-Report-Digest"] = report.digest
    return response


def _demanded(request: HttpRequest, name: str) -> Listed:
    """Give a report that somebody may read."""
    if name not in BY_NAME:
        raise Http404
    if not may_read(request, BY_NAME[name]):
        raise PermissionDenied(f"{BY_NAME[name].title}: none of your roles lets you read it.")
    return BY_NAME[name]


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: str(text) for name, text in request.GET.items() if name != "after"}


def _place(text: str) -> Place | None:
    """
    Read the place of a line as the link to the next page writes it.

    :raises BadParameters: if it is none
    """
    if not text:
        return None
    on, _, line = text.partition("_")
    try:
        return Place(date.fromisoformat(on), int(line))
    except ValueError:
        fault = f"{text!r} is no place of a line; go back to the first page"
        raise BadParameters({"after": fault}) from None


def _built(listed: Listed, asked: Asked, place: Place | None) -> tuple[Report, Place | None]:
    if listed.name == PAGED:
        return build_page(asked, place)
    return build(listed.name, asked), None


def _context(site: AdminSite, request: HttpRequest) -> dict[str, Any]:
    request.current_app = site.name
    return {**site.each_context(request), "opts": None, "is_headed": True}


def _page(
    site: AdminSite,
    request: HttpRequest,
    listed: Listed,
    asked: Asked,
    shown: tuple[Report, Place | None],
) -> HttpResponse:
    report, after = shown
    query = urlencode(asked.texts(listed.takes))
    chart = chart_of(report)
    context = {
        **_context(site, request),
        "title": report.title,
        "kind": listed.group,
        "report": report,
        "form": _form(listed, asked.texts(listed.takes)),
        "columns": report.columns,
        "rows": [cells(request, report, row) for row in report.rows[:SHOWN]],
        "left_out": max(len(report.rows) - SHOWN, 0),
        "totals": [cells(request, report, row) for row in report.totals],
        "ties": ties(report),
        "is_long": len(report.rows) > LONG,
        "chart": chart,
        "address": f"{reverse('admin:report', args=[listed.name])}?{query}",
        "files": [
            (label, f"{reverse('admin:report_export', args=[listed.name, ending])}?{query}")
            for ending, label in ENDINGS
            if ending in listed.endings
        ],
        "next": f"?{query}&after={after.day.isoformat()}_{after.line}" if after else "",
        "first": f"?{query}" if request.GET.get("after") else "",
        "is_whole": after is None and not request.GET.get("after"),
    }
    return TemplateResponse(request, "console/report.html", context)


def _refused(
    site: AdminSite,
    request: HttpRequest,
    listed: Listed,
    given: Mapping[str, str],
    *,
    faults: Mapping[str, str] | None = None,
    refusal: str = "",
) -> HttpResponse:
    """Show the form again, with what is wrong at each field."""
    form = _form(listed, given)
    form.is_valid()
    for name, fault in (faults or {}).items():
        if name in form.fields:
            form.add_error(name, f"{label(name, listed.takes)}: {fault}.")
        else:
            form.add_error(None, f"{name}: {fault}.")
    context = {
        **_context(site, request),
        "title": listed.title,
        "kind": listed.group,
        "report": listed,
        "form": form,
        "refusal": refusal,
    }
    return TemplateResponse(request, "console/report.html", context, status=422)


def _form(listed: Listed, values: Mapping[str, str]) -> forms.Form:
    """Make the form of a report's parameters; the catalogue, not the form, judges them."""
    form = forms.Form(data=dict(values))
    usual = dict(listed.usual)
    for name in listed.takes:
        is_needed = name in usual or name in ("since", "through")
        form.fields[name] = _field(name, is_needed=is_needed, value=values.get(name, ""))
        form.fields[name].label = label(name, listed.takes)
    if "since" not in listed.takes:
        form.fields["through"].help_text = "As the books stood in the evening"
    return form


def _field(name: str, *, is_needed: bool, value: str) -> forms.CharField:
    # A text whatever stands in it: the catalogue says in words what is wrong with a text.
    field = forms.CharField(required=False, help_text=HELP.get(name, ""))
    choices = _choices(name)
    if name in ("since", "through"):
        field.widget = DATE
    elif choices:
        known = list(choices)
        if value and value not in dict(known):
            known.append((value, value))
        field.widget = forms.Select(choices=known if is_needed else [("", "All"), *known])
    return field


def _choices(name: str) -> list[tuple[str, str]]:
    if name == "pool":
        return list(Pool.objects.values_list("code", "name"))
    if name == "account":
        return [(account.code, f"{account.code}: {account.name}") for account in CHART]
    if name == "asset":
        return [(asset, asset) for asset in ASSETS]
    return list(CHOICES.get(name, ()))
