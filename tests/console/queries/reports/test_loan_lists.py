"""Lists of loans: portfolio, concentration, tape and working lists, from the replay to the cent."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.models import Institution
from loans.queries.standing import standing
from loans.rules.arrears import STEPS
from tests import world_loans
from tests.console.queries.reports.books import demand_tied
from tests.console.queries.reports.test_lending import DAYS
from tests.factories import TODAY, person, usdc
from together.console.queries.reports.asked import DIMENSIONS, Asked
from together.console.queries.reports.catalogue import BY_NAME, build
from together.console.queries.reports.tape_fields import FIELDS, PLACES
from together.controls.formats import report_csv, report_xlsx
from together.controls.formats.reports import Report, Row
from together.ledger.rules.money import Money

pytestmark = pytest.mark.django_db
LAST = DAYS[-1]
AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
LISTS = [listed.name for listed in BY_NAME.values() if listed.is_confidential]


def lines(report: Report) -> list[Row]:
    return [row for row in report.rows if row.style == "line"]


def column(report: Report, name: str) -> int:
    return [one.name for one in report.columns].index(name)


def of(report: Report, row: Row, name: str):
    return row.cells[column(report, name)]


def one_of(report: Report, number: str) -> Row:
    (row,) = [row for row in lines(report) if number in row.cells]
    return row


def sums(report: Report) -> Row:
    return next(row for row in report.totals if "Sum" in row.cells)


@pytest.mark.parametrize("name", ["portfolio", "loan-tape", "concentration"])
def test_the_total_ties_to_the_control_account_on_every_day(lives, name):
    for day in DAYS:
        for pool in ("", "loans"):
            report = build(name, Asked(day, day, pool=pool))
            demand_tied(report)
            said = " ".join(str(cell) for row in report.totals for cell in row.cells)
            assert "Control account" in said


def test_interest_that_no_end_of_day_booked_is_told_apart_and_the_rest_ties(lives):
    later = LAST + timedelta(days=5)
    report = build("portfolio", Asked(later, later))
    demand_tied(report)
    (opened,) = [row for row in report.totals if row.cells[0] == "Not booked yet"]
    at = column(report, "Interest accrued")
    control = next(row for row in report.totals if row.cells[0] == "Control accounts")
    assert opened.cells[at].minor_units > 0
    assert sums(report).cells[at] == opened.cells[at] + control.cells[at]


def test_a_portfolio_has_every_loan_that_is_not_closed_with_its_standing(lives):
    _, paying, late, lost, waiting = lives
    report = build("portfolio", Asked(LAST, LAST))
    states = {row.cells[0]: of(report, row, "State") for row in lines(report)}
    assert states == {
        paying.number: "active",
        late.number: "active",
        lost.number: "written off",
        waiting.number: "committed",
    }
    row = one_of(report, late.number)
    assert of(report, row, "Bucket") == "over 90"
    assert of(report, row, "Days") > 90
    assert of(report, row, "Rate") == Decimal("0.06")
    assert of(report, row, "Matures on") == date(2026, 10, 14)
    assert of(report, row, "Grade") == "A"
    for name in ("Commitment", "Principal", "Interest accrued", "Past due"):
        whole = sum(of(report, row, name).minor_units for row in lines(report))
        assert of(report, sums(report), name) == Money(whole, "USDC")


def test_a_portfolio_of_one_state_or_bucket_has_no_check_because_it_is_not_the_whole(lives):
    _, _, late, lost, _ = lives
    report = build("portfolio", Asked(LAST, LAST, state="written_off"))
    assert [row.cells[0] for row in report.rows] == [lost.number]
    report = build("portfolio", Asked(LAST, LAST, bucket="over 90"))
    assert [row.cells[0] for row in report.rows] == [late.number]
    assert [row.style for row in report.totals] == ["line"]
    before = build("portfolio", Asked(TODAY, TODAY, state="written_off"))
    assert not before.rows
    assert before.empty


def test_parts_of_a_concentration_are_the_whole_in_every_dimension(lives):
    _, paying, _, _, waiting = lives
    report = build("concentration", Asked(LAST, LAST))
    whole = of(report, sums(report), "Exposure")
    assert whole > Money(waiting.amount, "USDC")
    for by, words in DIMENSIONS:
        alone = build("concentration", Asked(LAST, LAST, by=by))
        mine = [row for row in lines(report) if of(report, row, "By") == words]
        assert [row.cells for row in lines(alone)] == [row.cells for row in mine]
        assert sum(of(report, row, "Exposure").minor_units for row in mine) == whole.minor_units
        assert sum(of(report, row, "Share") for row in mine) == 1
    (row,) = [row for row in lines(report) if of(report, row, "By") == "institution"]
    limit = Money(paying.institution.limit, "USDC")
    assert of(report, row, "Limit") == limit
    assert of(report, row, "Headroom") == limit - whole
    assert of(report, row, "Promised") == Money(waiting.amount, "USDC")
    said = [row.cells[2] for row in report.rows if row.style == "subtotal"]
    assert said[0] == "HHI 10000"


def test_a_tape_has_a_row_for_each_loan_and_describes_each_field(lives):
    pool, paying, late, lost, waiting = lives
    report = build("loan-tape", Asked(LAST, LAST))
    assert [row.cells[0] for row in report.rows] == [
        one.number for one in (paying, late, lost, waiting)
    ]
    assert [one.name for one in report.columns] == [one.name for one in report.fields]
    assert len({one.name for one in report.fields}) == len(FIELDS) == len(PLACES)
    assert all(one.meaning and one.unit for one in report.fields)
    row = one_of(report, paying.number)
    facts = {field.code: cell for field, cell in zip(FIELDS, row.cells, strict=True)}
    assert facts["pool"] == pool.code
    assert facts["lei"] == paying.institution.lei
    assert facts["originated_on"] == TODAY
    assert facts["rate"] == Decimal("0.06")
    assert (facts["rate_kind"], facts["day_count"]) == ("fixed", "ACT/360")
    assert (facts["drawn"], facts["undrawn"]) == (usdc("1000000"), usdc("0"))
    assert facts["received"] == usdc("450000")
    assert facts["last_paid_on"] == LAST
    assert facts["next_due_on"] > LAST
    assert facts["owed"] == facts["principal"] + facts["interest"] + facts["charges"]
    assert facts["pd"] is not None
    assert facts["lgd"] == Decimal("0.45")
    assert (facts["is_secured"], facts["ltv"], facts["covenants"]) == ("no", None, 0)
    assert facts["terms_digest"] == paying.terms_digest


def test_a_tape_says_what_was_written_off_and_what_is_not_drawn(lives):
    *_, lost, waiting = lives
    report = build("loan-tape", Asked(LAST, LAST))
    row = one_of(report, lost.number)
    assert of(report, row, "State") == "written off"
    assert of(report, row, "Principal written off") == usdc("1000000")
    assert of(report, row, "Outstanding principal") == usdc("0")
    assert of(report, row, "Bucket") == ""
    row = one_of(report, waiting.number)
    assert of(report, row, "Undrawn") == of(report, row, "Commitment") == usdc("500000")
    assert of(report, row, "Originated on") is None
    before = build("loan-tape", Asked(TODAY, TODAY))
    assert of(before, one_of(before, lost.number), "State") == "active"
    assert of(before, one_of(before, lost.number), "Principal written off") == usdc("0")
    assert not build("loan-tape", Asked(TODAY, TODAY - timedelta(days=1))).rows


def test_files_of_a_tape_hold_its_fields_beside_the_table(lives):
    report = build("loan-tape", Asked(LAST, LAST))
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx.content(report, AT)))
    assert book.sheetnames == ["Report", "About", "Fields"]
    told = list(book["Fields"].iter_rows(values_only=True))
    assert told[0] == ("Field", "Meaning", "Unit")
    assert [row[0] for row in told[1:]] == [one.name for one in report.columns]
    text = "".join(report_csv.lines(report, AT))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == [one.name for one in report.columns]
    assert rows[-1] == [FIELDS[-1].name, FIELDS[-1].meaning, FIELDS[-1].unit]
    at = column(report, "Accrued interest")
    assert Decimal(rows[1][at]) == report.rows[0].cells[at].decimal
    plain = build("portfolio", Asked(LAST, LAST))
    assert openpyxl.load_workbook(io.BytesIO(report_xlsx.content(plain, AT))).sheetnames == [
        "Report",
        "About",
    ]


def test_arrears_are_the_late_loan_with_its_parts_and_what_is_done_next(lives):
    _, _, late, _, _ = lives
    report = build("arrears", Asked(LAST, LAST))
    (row,) = report.rows
    assert row.cells[0] == late.number
    names = ("Overdue principal", "Overdue interest", "Overdue charges")
    parts = [of(report, row, name).minor_units for name in names]
    ageing = build("arrears-ageing", Asked(LAST, LAST))
    (aged,) = lines(ageing)
    assert sum(parts) == of(report, row, "Past due").minor_units == aged.cells[7].minor_units
    assert of(report, row, "Principal") == aged.cells[8]
    assert of(report, row, "Next step") == STEPS[-1].what
    assert of(report, row, "Last receipt") is None
    assert [of(report, sums(report), name).minor_units for name in names] == parts
    assert not build("arrears", Asked(LAST, LAST, bucket="1-30")).rows
    assert len(build("arrears", Asked(LAST, LAST, bucket="over 90")).rows) == 1


def test_maturities_are_the_loans_that_end_in_time_with_what_is_due_at_the_end(lives):
    _, paying, late, _, _ = lives
    assert not build("maturities", Asked(LAST, LAST, within="180")).rows
    report = build("maturities", Asked(LAST, LAST, within="365"))
    assert [row.cells[0] for row in report.rows] == [paying.number, late.number]
    row = one_of(report, late.number)
    ladder = build("maturity-ladder", Asked(LAST, LAST))
    assert of(report, sums(report), "Principal") == ladder.totals[0].cells[5]
    assert of(report, row, "Due at the end") == standing(late, LAST).instalments[-1].principal
    assert of(report, row, "Days") == (date(2026, 10, 14) - LAST).days


def test_identities_stand_by_how_long_they_hold(lives):
    _, paying, *_ = lives
    until = TODAY + timedelta(days=697)
    for days, band in ((20, "within 30 days"), (45, "within 60 days"), (85, "later")):
        on = until - timedelta(days=days)
        (row,) = build("verifications-expiring", Asked(on, on, within="90")).rows
        assert row.cells[0] == paying.institution.number
        assert row.cells[5:] == (until, days, band)
    (row,) = build("verifications-expiring", Asked(until, until, within="0")).rows
    assert row.cells[7] == "expired"
    assert not build("verifications-expiring", Asked(LAST, LAST, within="90")).rows


def test_commitments_and_stages_tell_whose_turn_it_is(lives):
    *_, waiting = lives
    report = build("offers-lapsing", Asked(TODAY, TODAY))
    (row,) = report.rows
    assert row.cells[0] == waiting.number
    assert of(report, row, "Commitment") == usdc("500000") == report.totals[0].cells[3]
    assert not build("offers-lapsing", Asked(TODAY, TODAY, within="7")).rows
    report = build("applications-by-stage", Asked(TODAY + timedelta(days=3), LAST))
    (row,) = lines(report)
    assert row.cells[1] == waiting.number
    assert of(report, row, "Turn of") == "Loan officer"
    assert of(report, row, "Days overdue") > 100
    assert report.rows[0].style == "subtotal"
    assert not build("applications-by-stage", Asked(TODAY, LAST, stage="submitted")).rows
    assert lines(build("applications-by-stage", Asked(TODAY, LAST, stage="accepted")))


def test_lists_cost_as_many_queries_for_thirty_loans_as_for_three(lives):
    pool, paying, *_ = lives
    by = person("loan_officer")

    def add(numbers: range) -> None:
        for n in numbers:
            asked = world_loans._asked(paying.institution, pool, f"A-7{n:03d}", by)
            world_loans._lent(asked, f"L-7{n:03d}")
            world_loans._asked(paying.institution, pool, f"A-8{n:03d}", by)

    def count() -> dict[str, int]:
        found = {}
        for name in LISTS:
            with CaptureQueriesContext(connection) as captured:
                build(name, Asked(LAST, LAST))
            found[name] = len(captured)
        return found

    add(range(3))
    few = count()
    add(range(3, 30))
    assert Institution.objects.count() == 1
    assert len(build("loan-tape", Asked(LAST, LAST)).rows) == 34
    assert count() == few
    assert max(few.values()) <= 12, few
