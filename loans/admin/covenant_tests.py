"""The console's pages over covenant tests: what each waits for, its figure, and its waiver."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from loans.admin.agreed import said
from loans.admin.certifying import EXAMINE_ACTS, FILE_ACT
from loans.admin.covenant_certificates import certificates_table, examinations_table
from loans.operations import covenant_tests
from loans.queries import covenant_tests as queries
from loans.rules.covenant_tests import (
    RUNNING,
    WAIVABLE,
    figure_in_words,
    headroom_in_words,
)
from loans.rules.credit.ratios import in_words
from loans.rules.states import CovenantTestState
from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    day,
    link,
    moment,
    state_column,
)


class ProposeWaiver(forms.Form):
    reason = forms.CharField(
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Why this period is let go; kept for ever.",
    )


def _propose(call: Call) -> str:
    covenant_tests.propose_waiver(
        test=call.record, reason=call.values["reason"], by=call.by, at=call.at
    )
    return f"Asked for approval of a waiver of {call.record}."


def _waive(call: Call) -> str:
    covenant_tests.waive(test=call.record, by=call.by, at=call.at)
    return f"{call.record} is waived."


def _watch(call: Call) -> str:
    return words(covenant_tests.watch(at=call.at))


def words(found: covenant_tests.Watched) -> str:
    """Say what the monitor did."""
    told = f"{len(found.opened)} tests opened, {len(found.overdue)} overdue,"
    told += f" {len(found.defaulted)} defaulted"
    if found.unexamined:
        told += f"; {len(found.unexamined)} certificates wait to be examined"
    if found.parked:
        told += "; failed: " + ", ".join(f"{n} ({why})" for n, why in found.parked.items())
    return f"{told}."


def figure(test: Any) -> str:
    """Write the last figure of a test, seen."""
    return figure_in_words(test.covenant.ratio, test.last_figure or "")


def room(test: Any) -> str:
    """Write the headroom of the last figure of a test, seen."""
    covenant = test.covenant
    exact = test.last_figure or ""
    return headroom_in_words(covenant.ratio, exact, covenant.bound, is_least=covenant.is_least)


def _runs_out(test: Any) -> date | None:
    """Give the day on which a test runs out; nothing where it is over."""
    return test.deadline if test.state in RUNNING else None


def _waits(test: Any) -> Any:
    """Write on which day a test runs out, or that an officer is to look at its certificate."""
    if test.waits_since and test.state != CovenantTestState.WAIVED:
        return badge("to be examined", "wait")
    return day(_runs_out(test))


def _loan(test: Any) -> Any:
    number = format_html('<span class="t-time">{}</span>', link(test.loan))
    return format_html("{} {}", number, test.loan.institution)


def whole(text: Any) -> Any:
    """Write something that is not broken into lines."""
    return format_html('<span class="t-money">{}</span>', text) if text else ""


def room_badge(test: Any) -> Any:
    told = room(test)
    if not told:
        return NOTHING
    return badge(told, "bad" if told.startswith("-") else "good")


def _effect(record: Any) -> Effect:
    return (
        ("Loan", record.loan),
        ("Covenant", said(record.covenant)),
        ("Period to", day(record.period_ends_on)),
        ("State", badge(record.state)),
        ("Figure", figure(record) or NOTHING),
        ("Headroom", room_badge(record)),
        ("Becomes", "waived: nothing of this period stands against the borrower"),
    )


def _approved(record: Any) -> Effect:
    asked = covenant_tests.approved(record)
    if asked is None:
        return (("Approved", "no waiver waits to be given"),)
    return (*_effect(record), ("Why", asked["reason"]))


def _is_waivable(record: Any) -> bool:
    return record.state in WAIVABLE and record.loan.state in queries.LIVING


class DueFilter(SimpleListFilter):
    """Tests by when they run out: certificates and cures that are due."""

    title = "due within"
    parameter_name = "due"
    DAYS = (("0", "today or past"), ("7", "7 days"), ("30", "30 days"), ("90", "90 days"))

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """Offer the spans."""
        return self.DAYS

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what was chosen."""
        if self.value() not in dict(self.DAYS):
            return queryset
        return queries.due_within(queryset, timezone.now().date(), int(self.value() or 0))


class WaitingFilter(SimpleListFilter):
    """Tests whose certificate an officer is to examine."""

    title = "certificate"
    parameter_name = "certificate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """Offer both."""
        return [("waits", "waits to be examined"), ("none", "none was filed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what was chosen."""
        if self.value() == "waits":
            return queryset.exclude(waits_since=None)
        return queryset.filter(newest=None) if self.value() == "none" else queryset


class CovenantTestAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = "No test was opened yet: the monitor does so when a period of a drawn loan ends."
    list_display = (
        "number",
        state_column(),
        column("loan", _loan, lambda t: t.loan.number),
        column("what is kept", lambda t: said(t.covenant), lambda t: said(t.covenant)),
        column("period to", lambda t: day(t.period_ends_on), lambda t: t.period_ends_on),
        column("figure", lambda t: whole(figure(t)) or NOTHING, figure, is_figure=True),
        column("headroom", room_badge, room),
        column("runs out", _waits, _runs_out, order="deadline"),
    )
    list_filter = (DueFilter, "state", "covenant__kind", WaitingFilter)
    found_by = ("number", "loan__number", "covenant__number", "loan__institution__number")
    ordering = ("-id",)
    list_acts = (
        Act(
            "watch",
            "Look at every covenant now",
            "loans.write",
            _watch,
            lambda record: (
                ("Periods to open", len(queries.missing(timezone.now().date()))),
                ("Tests that ran out", queries.ran_out(timezone.now().date()).count()),
            ),
        ),
    )
    acts = (
        FILE_ACT,
        *EXAMINE_ACTS,
        Act(
            "propose-waiver",
            "Propose a waiver",
            "loans.write",
            _propose,
            _effect,
            _is_waivable,
            form=ProposeWaiver,
        ),
        Act(
            "waive",
            "Give the approved waiver",
            "loans.write|loans.approve",
            _waive,
            _approved,
            lambda t: _is_waivable(t) and covenant_tests.approved(t) is not None,
            warning="Passes only when exactly this waiver was approved.",
        ),
    )
    waits_for = {
        CovenantTestState.DUE: "a certificate that shows it, until its day",
        CovenantTestState.OVERDUE: "a certificate: nothing came in time; no money goes out",
        CovenantTestState.BREACHED: "a cure or a waiver; no money goes out to its borrower",
        CovenantTestState.DEFAULTED: "a decision: it was not cured in time; no money goes out",
        CovenantTestState.KEPT: "nothing: it was kept",
        CovenantTestState.CURED: "nothing: it was kept in the end",
        CovenantTestState.WAIVED: "nothing: this period is let go",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return queries.seen(super().get_queryset(request))

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number,)

    def note(self, record: Any) -> str:
        if record.loan.state not in queries.LIVING:
            return f"Its loan is {record.loan.state}: there is nothing to keep."
        if record.waits_since and record.state != CovenantTestState.WAIVED:
            return f"A certificate of {record.waits_since} waits for an officer to examine it."
        return f"Not known: {record.last_why}" if record.last_why else ""

    def facts(self, record: Any) -> Sequence[Fact]:
        covenant = record.covenant
        bound = in_words(covenant.ratio, covenant.bound) if covenant.ratio else NOTHING
        return (
            ("What is kept", said(covenant)),
            ("Covenant", link(covenant)),
            ("Loan", link(record.loan)),
            ("Institution", link(record.loan.institution)),
            ("Period to", day(record.period_ends_on)),
            ("Certificate due by", day(record.due_on)),
            ("Figure", figure(record) or NOTHING),
            ("Bound", bound),
            ("Headroom", room_badge(record)),
            ("In this state since", moment(record.since_at)),
            ("To be cured by", day(record.cure_until)),
            ("Waived for", record.waived_for or NOTHING),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return (certificates_table(record), examinations_table(record))
