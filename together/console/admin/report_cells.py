"""Cells of reports as the console's page shows them, each with where it leads whoever may go."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from together.console.queries.reports.catalogue import BY_NAME, Listed
from together.controls.admin.showing import day
from together.controls.formats.reports import Kind, Lead, Report, Row, Value, written
from together.controls.queries import held
from together.ledger.rules.money import Money


def may_read(request: HttpRequest, listed: Listed) -> bool:
    """Say whether somebody may read a report."""
    return any(held.may(request.user, act) for act in listed.reads)


def cells(request: HttpRequest, report: Report, row: Row) -> dict[str, Any]:
    """Give a row for the page: each cell as it is shown, with where it leads."""
    found = []
    for n, (value, column) in enumerate(zip(row.cells, report.columns, strict=True)):
        text = _shown(value, column.kind)
        address = _address(request, row.leads[n]) if n in row.leads else ""
        found.append(
            (format_html('<a href="{}">{}</a>', address, text) if address else text, column)
        )
    return {"style": row.style, "cells": found, "is_off": any(_differences(row))}


def _differences(row: Row) -> list[int]:
    """Give what a check has computed, in minor units; nothing of another row."""
    if row.style != "check":
        return []
    return [value.minor_units for value in row.cells if isinstance(value, Money)]


def ties(report: Report) -> dict[str, int] | None:
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


def _address(request: HttpRequest, lead: Lead) -> str:
    """
    Give the address of what a figure is made of: a record, or a report with its parameters.

    A report that somebody may not read leads them nowhere.
    """
    said = dict(lead.parameters)
    if lead.to in BY_NAME and not may_read(request, BY_NAME[lead.to]):
        return ""
    if "pk" in said:
        return reverse(f"admin:{lead.to}_change", args=[said["pk"]])
    return f"{reverse('admin:report', args=[lead.to])}?{urlencode(said)}"
