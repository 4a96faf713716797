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
from django.utils.html import format_html
from django.utils.http import urlencode

from together.console.admin.report_charts import chart_of
from together.console.operations import reports as operations
from together.console.queries.reports.asked import Asked, BadParameters, label
from together.console.queries.reports.catalogue import (
    BY_NAME,
    CATALOGUE,
    Listed,
    build,
    build_page,
)
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import day
from together.controls.formats import report_files
from together.controls.formats.reports import Kind, Lead, Report, Row, TooLong, Value, written
from together.controls.models import Person
from together.controls.queries import held
from together.ledger.queries.general_ledger import Place
from together.ledger.rules.chart import CHART
from together.ledger.rules.money import ASSETS, Money
from together.treasury.models import Pool

READS = "books.read"
PAGED = "general-ledger"
# A longer table scrolls in its own frame, under its head.
LONG = 25
HELP = {
    "since": "First day, by the day entries are booked on",
    "through": "Last day, included",
    "subject": "Number of a batch, run or loan, code of a pool or cash account; empty for all",
    "kind": "As entries say it, for example PAYMENT_SETTLED; empty for all",
}
ENDINGS = (("csv", "CSV"), ("xlsx", "XLSX"), ("pdf", "PDF"))
DATE = DateInput()


def index_view(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """List every report with the question that it answers."""
    _demand(request)
    listed = [(one, reverse("admin:report", args=[one.name])) for one in CATALOGUE]
    context = {**_context(site, request), "title": "Reports", "listed": listed}
    return TemplateResponse(request, "console/reports.html", context)


def report_view(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Show one report as it is asked for by the address, or say what is wrong with that."""
    _demand(request)
    listed = _named(name)
    given = _given(request)
    try:
        place = _place(request.GET.get("after", ""))
        asked = listed.read(given, timezone.now().date())
        shown = _built(listed, asked, place)
    except BadParameters as bad:
        return _refused(site, request, listed, given, faults=bad.faults)
    except TooLong as refusal:
        return _refused(site, request, listed, given, refusal=str(refusal))
    return _page(site, request, listed, asked, shown)


def export_view(site: AdminSite, request: HttpRequest, name: str, ending: str) -> HttpResponse:
    """Give one report as a file, and write down who took it."""
    _demand(request)
    listed = _named(name)
    if ending not in report_files.KINDS:
        raise Http404
    given, now = _given(request), timezone.now()
    try:
        report = build(name, listed.read(given, now.date()))
        content = report_files.KINDS[ending].content(report, now)
    except BadParameters as bad:
        return _refused(site, request, listed, given, faults=bad.faults)
    except TooLong as refusal:
        return _refused(site, request, listed, given, refusal=str(refusal))
    operations.exported(report=report, ending=ending, by=cast(Person, request.user), at=now)
    response = HttpResponse(content, content_type=report_files.KINDS[ending].media_type)
    file_name = report_files.name_of(report, ending)
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["X-Report-Digest"] = report.digest
    return response


def _demand(request: HttpRequest) -> None:
    if not held.may(request.user, READS):
        raise PermissionDenied("None of your roles lets you read reports of the books.")


def _named(name: str) -> Listed:
    if name not in BY_NAME:
        raise Http404
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
        "report": report,
        "form": _form(listed, asked.texts(listed.takes)),
        "columns": report.columns,
        "rows": [_cells(report, row) for row in report.rows],
        "totals": [_cells(report, row) for row in report.totals],
        "ties": _ties(report),
        "is_long": len(report.rows) > LONG,
        "chart": chart,
        "address": f"{reverse('admin:report', args=[listed.name])}?{query}",
        "files": [
            (label, f"{reverse('admin:report_export', args=[listed.name, ending])}?{query}")
            for ending, label in ENDINGS
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
    return []


def _cells(report: Report, row: Row) -> dict[str, Any]:
    """Give a row for the page: each cell as it is shown, with where it leads."""
    cells = []
    for n, (value, column) in enumerate(zip(row.cells, report.columns, strict=True)):
        text = _shown(value, column.kind)
        address = _address(row.leads[n]) if n in row.leads else ""
        cells.append(
            (format_html('<a href="{}">{}</a>', address, text) if address else text, column)
        )
    return {"style": row.style, "cells": cells, "is_off": any(_differences(row))}


def _differences(row: Row) -> list[int]:
    """Give what a check has computed, in minor units; nothing of another row."""
    if row.style != "check":
        return []
    return [value.minor_units for value in row.cells if isinstance(value, Money)]


def _ties(report: Report) -> dict[str, int] | None:
    """Count the checks of a report, and those that found a difference."""
    found = [bool(units) for row in report.totals for units in _differences(row)]
    return {"count": len(found), "off": sum(found)} if found else None


def _shown(value: Value, kind: Kind) -> Any:
    if value is None or value == "":
        return ""
    if isinstance(value, Money):
        return written(value, kind)
    if isinstance(value, date):
        return day(value)
    return written(value, kind)


def _address(lead: Lead) -> str:
    """Give the address of what a figure is made of: a record, or a report with its parameters."""
    said = dict(lead.parameters)
    if "pk" in said:
        return reverse(f"admin:{lead.to}_change", args=[said["pk"]])
    return f"{reverse('admin:report', args=[lead.to])}?{urlencode(said)}"
