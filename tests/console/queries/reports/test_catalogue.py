"""The catalogue of reports: what each is asked for and refused, what it costs, how it stays."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.console.queries.reports import books as generated
from tests.console.queries.reports.books import checks, demand_tied
from tests.factories import TODAY, funded_pool, usdc
from tests.portal import factories as lending
from tests.treasury.operations.test_periods import close, post
from together.console.queries.reports import books
from together.console.queries.reports.asked import Asked, BadParameters
from together.console.queries.reports.catalogue import BY_NAME, CATALOGUE, build
from together.controls.formats import report_csv, report_pdf, report_xlsx
from together.controls.formats.reports import TooLong
from together.ledger.operations import posting
from together.ledger.rules.movements import Posting, credit, debit

pytestmark = pytest.mark.django_db
SINCE, THROUGH = date(2025, 10, 1), date(2025, 11, 15)
AT = datetime(2026, 2, 1, 9, tzinfo=UTC)


def test_an_account_that_is_of_no_pool_shows_as_a_difference():
    funded_pool("retail")
    post("stray", TODAY)
    demand_tied(build("pool-roll-forward", Asked(SINCE, THROUGH)))

    with transaction.atomic():
        stray = (debit("cash", "nobody", usdc("3")), credit("fund.available", "nobody", usdc("3")))
        posting.post(Posting("stray:2", "X", TODAY, stray, ""))
    differences = checks(build("pool-roll-forward", Asked(SINCE, THROUGH)))
    assert sorted(abs(money.minor_units) for money in differences)[-2:] == [3_000_000] * 2


def test_a_report_of_a_closed_period_is_the_same_bytes_for_ever():
    september = date(2025, 9, 30)
    funded_pool("retail")
    post("before", september)
    close(september)
    asked = Asked(date(2025, 9, 1), september)
    names = ("trial-balance", "general-ledger", "pool-roll-forward", "position-by-day")

    def files() -> list:
        reports = [
            build(n, BY_NAME[n].read(asked.texts(("since", "through")), TODAY)) for n in names
        ]
        return [
            (
                r.digest,
                *report_csv.lines(r, AT),
                report_xlsx.content(r, AT),
                report_pdf.content(r, AT),
            )
            for r in reports
        ]

    was = files()
    post("late", date(2025, 9, 12), 7)
    funded_pool("another")
    assert files() == was


def test_too_many_lines_are_refused_by_their_number(monkeypatch):
    funded_pool("retail")
    for n in range(3):
        post(f"n{n}", TODAY)
    monkeypatch.setattr(books, "MOST_LINES", 2)
    with pytest.raises(TooLong, match="4 lines"):
        build("general-ledger", Asked(SINCE, THROUGH, account="cash", asset="USDC"))


def _queries(name: str) -> int:
    asked = BY_NAME[name].read({}, THROUGH)
    with CaptureQueriesContext(connection) as captured:
        build(name, asked)
    return len(captured)


def test_reports_cost_as_many_queries_for_many_entries_as_for_few():
    names = [listed.name for listed in CATALOGUE]
    generated.write(Random(1), 60)
    few = {name: _queries(name) for name in names}

    held = defaultdict(int)
    more = [generated._entry(Random(n), n, held) for n in range(1000, 1150)]
    with transaction.atomic():
        posting.post_all([entry for entry in more if entry])
    assert {name: _queries(name) for name in names} == few
    assert max(few.values()) <= 8, few


@pytest.mark.parametrize("listed", CATALOGUE, ids=lambda listed: listed.name)
def test_a_report_of_empty_books_says_that_there_is_nothing(listed):
    report = build(listed.name, listed.read({}, TODAY))
    assert [row for row in report.rows if row.style == "line"] == []
    assert report.empty
    assert (report.name, report.title.partition(":")[0], report.question) == (
        listed.name,
        listed.title,
        listed.question,
    )
    assert "".join(report_csv.lines(report, AT)).count(report.digest) == 1


BAD = {
    ("trial-balance", "through", "31.10.2025"): "no day",
    ("trial-balance", "since", "2026-12-01"): "after the last day",
    ("trial-balance", "pool", "retail"): "is not a parameter",
    ("pool-roll-forward", "pool", "moon"): "no pool",
    ("general-ledger", "account", "gold"): "no account of the chart",
    ("general-ledger", "asset", "EUR"): "no asset",
    ("general-ledger", "subject", "x"): "no sub-account",
    ("general-ledger", "kind", "NOTHING"): "no kind",
    ("position-by-day", "since", "2020-01-01"): "days; this report holds 366",
}


@pytest.mark.parametrize(("name", "field", "value"), BAD)
def test_a_parameter_that_makes_no_sense_is_refused_by_field_value_and_rule(name, field, value):
    with pytest.raises(BadParameters) as refused:
        BY_NAME[name].read({field: value}, THROUGH)
    (said,) = refused.value.faults.values()
    assert BAD[name, field, value] in said
    assert list(refused.value.faults) == [field]
    if field != "pool" or name != "trial-balance":
        assert value in said


def test_loans_cost_as_many_queries_for_many_as_for_one():
    pool, borrower = lending.loans_pool(), lending.institution()
    lending.active_loan(pool, borrower)
    names = ("maturity-ladder", "arrears-ageing", "cash-forecast", "interest-income")

    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            build(name, Asked(TODAY, TODAY + timedelta(days=30)))
        return len(captured)

    few = {name: count(name) for name in names}
    for _ in range(3):
        lending.active_loan(pool, borrower)
    assert {name: count(name) for name in names} == few
