"""The covenants on a loan's page: last outcome, headroom, what is due next, what stands against."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join

from loans.admin.agreed import said
from loans.admin.covenant_tests import figure, room_badge
from loans.models import Covenant, Loan
from loans.queries import covenant_tests as queries
from loans.rules.covenant_tests import RUNNING, WAIVABLE
from loans.rules.states import TermState
from together.controls.admin.showing import NOTHING, Table, badge, day, link


def covenants_of_loan(loan: Loan) -> list[Table]:
    """Give the covenants of a loan: the last outcome of each, what is next, what stands against."""
    tests: dict[int, list[Any]] = defaultdict(list)
    for test in queries.of(loan):
        tests[test.covenant_id].append(test)
    begun = {one.pk: one for one in queries.covenants_of(Loan.objects.filter(pk=loan.pk))}
    rows = [
        _row(one, tests[one.pk], begun.get(one.pk), is_living=loan.state in queries.LIVING)
        for one in loan.application.covenants.filter(state=TermState.AGREED)
    ]
    heads = [
        "Covenant",
        "Last outcome",
        "Period to",
        "Figure",
        "Headroom",
        "Next due",
        "Against it",
    ]
    more = "" if begun else "They are tested from the drawdown on."
    return [Table("Covenants", heads, rows, frozenset({3}), more=more)] if rows else []


def _row(covenant: Covenant, tests: list[Any], begun: Any, *, is_living: bool) -> list[Any]:
    """Give one covenant of a loan; its tests are the newest first."""
    last = next((one for one in tests if one.last_outcome), None) or next(iter(tests), None)
    against = [one for one in tests if one.state in WAIVABLE] if is_living else []
    return [
        link(covenant, said(covenant)),
        format_html("{} {}", link(last), badge(last.state)) if last else NOTHING,
        day(last.period_ends_on) if last else NOTHING,
        (figure(last) if last else "") or NOTHING,
        room_badge(last) if last else NOTHING,
        day(_next_due(tests, begun)) if is_living else NOTHING,
        format_html_join(", ", "{}", [(link(one),) for one in against]) or NOTHING,
    ]


def _next_due(tests: list[Any], begun: Any) -> date | None:
    """Give the day on which something is due next: of a test, or of the next period."""
    running = [one.deadline for one in tests if one.state in RUNNING]
    if running:
        soonest: date = min(running)
        return soonest
    return None if begun is None else queries.next_period(begun).due_on
