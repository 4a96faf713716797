"""The console's page over applications."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin import collateral
from loans.admin.acting import APPLICATION_ACTS, effect
from loans.admin.agreed import AGREE_ACTS, covenants_table, guarantees_table
from loans.admin.collateral_requests import requests_table
from loans.admin.conditions import AGREE_ACT, conditions_table
from loans.admin.confidentialities import MAKE_ACT, access_fact, access_tables
from loans.admin.information_requests import ASK_ACT, information_table
from loans.admin.of_application import OfApplication
from loans.admin.worksheets import PREPARE_ACT, assessed_table, ratios_table, worksheets_table
from loans.queries.rate_table import NoTable, rate_table
from loans.queries.underwriting import Found, underwrite
from loans.rules.drafts import DOCUMENTS
from loans.rules.rounding import text
from loans.rules.states import ApplicationState
from together.controls.admin.base import Fact
from together.controls.admin.documents import documents_table, file_act, looks_table
from together.controls.admin.showing import (
    Table,
    amount_column,
    column,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.ledger.rules.money import Money


class ApplicationAdmin(OfApplication):
    application_path = ""
    reads = "loans.read"
    is_confidential = True
    list_display = (
        "number",
        state_column(),
        column("institution", lambda a: a.institution, lambda a: a.institution.number),
        amount_column("amount", lambda a: Money(a.amount, a.pool.asset), order="amount"),
        "purpose",
        moment_column("submitted_at", "submitted"),
    )
    list_filter = ("state",)
    found_by = ("number", "institution__number")
    ordering = ("-id",)
    acts = (
        PREPARE_ACT,
        *APPLICATION_ACTS,
        AGREE_ACT,
        *AGREE_ACTS,
        collateral.PLEDGE_ACT,
        ASK_ACT,
        file_act("loans", DOCUMENTS, lambda record: record.number),
        MAKE_ACT,
    )
    waits_for = {
        ApplicationState.SUBMITTED: "accounts, a worksheet that recommends it, and its proposal",
        ApplicationState.PROPOSED: "the stages of its approval",
        ApplicationState.APPROVED: "nothing: its loan goes on",
        ApplicationState.DECLINED: "nothing: it was declined",
        ApplicationState.WITHDRAWN: "nothing: its institution took it back",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "institution", "pool", "submitted_by", "proposed_by", "withdrawn_by", "loan"
        )

    def note(self, record: Any) -> str:
        if record.withdrawn_for:
            return f"Withdrawn by {record.withdrawn_by}: {record.withdrawn_for}"
        return f"Declined: {record.decline_reason}" if record.decline_reason else ""

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Institution", link(record.institution)),
            *effect(record)[1:],
            *collateral.facts(record, timezone.now()),
            *access_fact(record),
            ("Purpose", record.purpose),
            ("Pool", link(record.pool)),
            ("Submitted by", record.submitted_by),
            ("Submitted", moment(record.submitted_at)),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
            ("Loan", link(getattr(record, "loan", None))),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        found = underwrite(record, timezone.now())
        return (
            worksheets_table(record),
            assessed_table(*_assessed(record, found)),
            ratios_table(record, found),
            conditions_table(record),
            covenants_table(record),
            guarantees_table(record),
            *collateral.pledges_table(record, timezone.now()),
            *([requests_table(record)] if "secured" in record.terms else []),
            information_table(record),
            _rates(record),
            pairs("Proposed terms", record.terms),
            *access_tables(record),
            documents_table(record.number),
            looks_table(record.number),
        )


def _assessed(record: Any, found: Found) -> tuple[str, dict[str, Any]]:
    if record.assessment:
        return "Scorecard", record.assessment
    return "Scorecard, if it were underwritten now", found.assessment.document


def _rates(record: Any) -> Table:
    """Tell what the loan would cost at other rates, drawn on the day that it was asked for."""
    title, amount = "The same loan at other rates", Money(record.amount, record.pool.asset)
    try:
        costs = rate_table(record.terms, amount, record.submitted_at.date())
    except NoTable as reason:
        return Table(title, ["Rate a year"], [], empty=str(reason))
    rows = [
        [
            f"{text(one.rate * 100, 2)} %" + (", as asked for" if one.is_asked_for else ""),
            *map(money, (one.first, one.largest, one.interest)),
        ]
        for one in costs
    ]
    heads = ["Rate a year", "First instalment", "Largest instalment", "Interest in all"]
    return Table(title, heads, rows, frozenset({1, 2, 3}))


def pairs(title: str, document: Mapping[str, Any], empty: str = "Nothing.") -> Table:
    """Give a nested document as a table of names and values."""
    return Table(title, ["Name", "Value"], _flat(document), empty=empty)


def _flat(document: Mapping[str, Any], before: str = "") -> list[list[str]]:
    rows: list[list[str]] = []
    for name, value in document.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{before}{name}.")
        elif isinstance(value, list):
            rows.append([f"{before}{name}", "; ".join(_one(item) for item in value)])
        else:
            rows.append([f"{before}{name}", _one(value)])
    return rows


def _one(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return value if isinstance(value, str) else json.dumps(value)
