"""The console's pages over term sheets, and the act that issues one for a loan."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.of_application import OfApplication
from loans.admin.offered import OfferStateFilter, signed_by, state_today
from loans.admin.paper_acceptances import RECORD_ACT
from loans.models import Loan, TermSheet
from loans.operations import offer_changes, term_sheet_papers, term_sheets
from loans.queries.term_sheets import newest
from loans.rules.states import LoanState, TermSheetState
from loans.rules.term_sheets import LAPSED, MOST_DAYS, WORDINGS, wording
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.base import Fact
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
    money,
)
from together.ledger.rules.money import Money


class IssueTermSheet(forms.Form):
    lapses_on = forms.DateField(
        label="Lapses on",
        widget=DateInput(),
        help_text=f"It can be accepted up to the day before; at most {MOST_DAYS} days from today.",
    )


def _issue(call: Call) -> Done:
    made = term_sheets.issue(
        loan=call.record, lapses_on=call.values["lapses_on"], by=call.by, at=call.at
    )
    return Done(f"Term sheet {made.number} waits for {made.loan.institution} in the portal.", made)


def _effect(loan: Any) -> Effect:
    before = newest(loan)
    return (
        ("For", loan.institution),
        ("Amount", money(Money(loan.amount, loan.pool.asset))),
        ("Digest of the terms", digest(loan.terms_digest)),
        ("Takes the place of", before.number if before else NOTHING),
        *_compared(loan, before),
    )


def _compared(loan: Any, before: TermSheet | None) -> Effect:
    """Give what a version of today would change against the one before, and what that is worth."""
    if before is None:
        return ()
    today = timezone.now().date()
    paper = term_sheet_papers.paper(
        loan, number=NOTHING, version=before.version + 1, on=today, lapses_on=before.lapses_on
    )
    found, valued = offer_changes.compare(loan, before, paper)
    said = "; ".join(f"{one.what}: {one.before} → {one.after}" for one in found)
    return (
        ("Changes if issued today", said or "nothing: the same is offered again"),
        *((f"{name} in present value", value) for name, value in valued.pairs),
    )


def _may_be_issued(loan: Loan) -> bool:
    """Say whether a loan is committed and no version was accepted."""
    if loan.state != LoanState.COMMITTED:
        return False
    before = newest(loan)
    return before is None or before.state != TermSheetState.ACCEPTED


ISSUE_ACT = Act(
    "term-sheet",
    "Issue a term sheet",
    "loans.write",
    _issue,
    _effect,
    _may_be_issued,
    form=IssueTermSheet,
    button="Issue it",
    warning="Its PDF is filed, and the institution's Admin or Manager accepts it in the portal.",
)


def sheets_table(loan: Any) -> Table:
    """Give the term sheets of a loan, the newest first."""
    found = loan.term_sheets.select_related("accepted_by").prefetch_related("paper_acceptances")
    rows = [
        [
            link(one),
            one.version,
            badge(state_today(one)),
            day(one.lapses_on),
            signed_by(one, one.accepted_by),
            moment(one.accepted_at) if one.accepted_at else NOTHING,
        ]
        for one in found.order_by("-version")[:10]
    ]
    heads = ["Number", "Version", "State", "Lapses on", "Accepted by", "Accepted"]
    empty = "None was issued: the loan is not drawn before one is accepted."
    return Table("Term sheets", heads, rows, frozenset({1}), empty=empty)


class StateFilter(OfferStateFilter):
    """Term sheets by their state today."""

    states = tuple(TermSheetState)


class TermSheetAdmin(OfApplication):
    application_path = "loan__application"
    reads = "loans.read"
    list_display = (
        "number",
        column("state", lambda s: badge(state_today(s)), state_today),
        column("loan", lambda s: link(s.loan), lambda s: s.loan.number),
        column("institution", lambda s: s.loan.institution, lambda s: s.loan.institution.number),
        "version",
        column("lapses on", lambda s: day(s.lapses_on), lambda s: s.lapses_on, order="lapses_on"),
        moment_column("issued_at", "issued"),
        moment_column("accepted_at", "accepted"),
    )
    list_filter = (StateFilter,)
    acts = (RECORD_ACT,)
    found_by = ("number", "loan__number", "loan__institution__number", "digest")
    ordering = ("-id",)
    waits_for = {
        TermSheetState.ISSUED: "its institution to accept it in the portal, or to sign it on paper",
        LAPSED: "nothing: a loan officer issues another one on the loan's page",
        TermSheetState.ACCEPTED: "nothing: its loan may be drawn",
        TermSheetState.SUPERSEDED: "nothing: a later version took its place",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "loan__institution", "loan__pool", "document", "issued_by", "accepted_by"
        )

    def state_of(self, record: Any) -> str:
        return state_today(record)

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number, record.loan.number)

    def facts(self, record: Any) -> Sequence[Fact]:
        papers = list(record.paper_acceptances.order_by("-id")[:1])
        return (
            ("Loan", link(record.loan)),
            ("Institution", link(record.loan.institution)),
            ("Amount", money(Money(record.loan.amount, record.loan.pool.asset))),
            ("Version", record.version),
            ("Lapses on", day(record.lapses_on)),
            ("Last day to accept", day(record.lapses_on - timedelta(days=1))),
            ("Issued by", record.issued_by),
            ("Issued", moment(record.issued_at)),
            ("PDF as it was sent", link(record.document)),
            ("Digest of the sheet", digest(record.digest)),
            ("Digest of the terms", digest(record.terms_digest)),
            ("Accepted by", signed_by(record, record.accepted_by)),
            ("Signed on paper", link(papers[0]) if papers else NOTHING),
            ("Accepted", moment(record.accepted_at) if record.accepted_at else NOTHING),
            ("In the words", _words(record)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return content_tables(record.content)


def _words(sheet: Any) -> str:
    """Give what a person said who accepted a sheet."""
    if sheet.wording not in WORDINGS:
        return NOTHING
    return f"{wording(sheet.wording, sheet.loan.institution.legal_name)} ({sheet.wording})"


def content_tables(content: dict[str, Any]) -> list[Table]:
    """Give what a sheet or letter says, section by section."""
    return [part for one in content["sections"] for part in _section(one)]


def _section(section: dict[str, Any]) -> list[Table]:
    """Give a section of the sheet as tables, in the words of its PDF."""
    heading, more = section["heading"], " ".join(section["paragraphs"])
    found = []
    if section["pairs"]:
        found.append(Table(heading, ["What", "As offered"], section["pairs"], more=more))
    for grid in section["grids"]:
        right = frozenset(grid["right"])
        told = "" if found else more
        found.append(Table(heading, grid["columns"], grid["rows"], right, grid["empty"], more=told))
    return found or [Table(heading, ["As offered"], [], empty=more)]
