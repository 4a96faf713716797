"""What a pool lost and what lapsed back to it: figures that lead to their entries and tie."""

from datetime import date

import pytest
from django.db import transaction

from loans.postings import Bringing, brought
from loans.rules.target import Target
from retail_claims.models import Programme, Run
from retail_claims.postings import awards_expired, published
from tests import world
from tests.console.queries.reports.books import checks
from tests.factories import funded_pool, usdc
from together.console.queries.reports import pools
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.catalogue import BY_NAME, build
from together.controls.formats.reports import Report, Row
from together.ledger.operations import posting
from together.ledger.rules.chart import BY_CODE
from together.ledger.rules.movements import Posting, credit, debit

pytestmark = pytest.mark.django_db
M = 10**6
SINCE, THROUGH = date(2025, 10, 14), date(2025, 10, 31)
DRAWN, LOST, BACK, LAPSED = (date(2025, 10, day) for day in (15, 20, 25, 28))


def post(*entries: Posting) -> None:
    with transaction.atomic():
        posting.post_all(list(entries))


def came_in(pool: str, amount: str, on: date) -> Posting:
    money = usdc(amount)
    sides = (debit("cash", pool, money), credit("receipts.unallocated", pool, money))
    return Posting(f"in:{on}", "MONEY_RECEIVED", on, sides)


@pytest.fixture
def lender():
    """A pool that lends 100, writes 90 of it off, and gets 25 of that back later."""
    funded_pool("loans", amount="1000")
    lives = (
        ("LOAN_DRAWN", DRAWN, Target(principal=100 * M, drawn=100 * M)),
        ("LOAN_REPAYMENT", LOST, Target(principal=90 * M, drawn=100 * M, received=10 * M)),
        ("LOAN_WRITE_OFF", LOST, Target(drawn=10 * M, received=10 * M, lost=90 * M)),
        ("LOAN_RECEIPT", BACK, Target(drawn=35 * M, received=35 * M, lost=65 * M)),
    )
    post(came_in("loans", "10", LOST), came_in("loans", "25", BACK))
    was = Target()
    for n, (kind, on, now) in enumerate(lives):
        step = Bringing(f"loan:L-0001:event:{n}", kind, on, "L-0001", "loans", "USDC")
        post(brought(step, was, now))
        was = now


@pytest.fixture
def claims():
    """A run that awarded 300, of which 40 and then 2 were not accepted in time."""
    world.build()
    run = Run.objects.get()
    assert Programme.objects.get().pool_id == "retail"
    said = {"run": run.number, "pool": "retail"}
    post(
        published(payable=usdc("300"), escrow=usdc("0"), reserve=usdc("0"), on=DRAWN, **said),
        awards_expired(upto=1, money=usdc("40"), on=LAPSED, **said),
        awards_expired(upto=2, money=usdc("2"), on=THROUGH, **said),
    )


def evenings(report: Report, pool: str, name: str) -> dict[date, str]:
    """Give the amounts of a column, by the days on which it changed."""
    at = [column.name for column in report.columns].index(name)
    found, last = {}, None
    for row in report.rows:
        if row.cells[1] == pool and row.cells[at] != last:
            found[row.cells[0]] = str(row.cells[at].decimal)
            last = row.cells[at]
    return found


def followed(row: Row, at: int) -> Report:
    """Follow the lead of a figure to the report that it leads to."""
    lead = row.leads[at]
    listed = BY_NAME[lead.to]
    return listed.make(listed.read(dict(lead.parameters), THROUGH))


def demand_entries(report: Report, column: int) -> int:
    """Follow each lead of a roll-forward's movements and openings, and compare the sums."""
    count = 0
    for row in report.rows:
        pool, step, movement, _, amount, lines = row.cells
        found = followed(row, column)
        figure = next(one for one in pools.FIGURES if one.name == step)
        said = [one for one in found.rows if one.style == "line"]
        moved = sum((r.cells[6].minor_units if r.cells[6] else 0)
                    - (r.cells[7].minor_units if r.cells[7] else 0) for r in said)  # fmt: skip
        if lines is not None:
            assert len(said) == lines, (pool, step, movement)
            assert moved * BY_CODE[figure.code].side == amount.minor_units
            count += lines
    return count


def test_what_was_written_off_is_impaired_until_it_is_recovered(lender):
    report = build("position-by-day", Asked(SINCE, THROUGH, pool="loans"))
    assert evenings(report, "loans", "Impaired") == {
        SINCE: "0.000000",
        LOST: "90.000000",
        BACK: "65.000000",
    }
    # What comes in is available at once: 10 repaid and 25 recovered. (The payout is not told here.)
    assert list(evenings(report, "loans", "Available").values())[-1] == "1035.000000"
    assert list(evenings(report, "loans", "Lent").values())[-1] == "0.000000"
    assert {money.minor_units for money in checks(report)} == {0}


def test_each_movement_of_what_is_impaired_leads_to_its_entries(lender):
    report = build("pool-roll-forward", Asked(LOST, THROUGH, pool="loans"))
    rolled = [
        (row.cells[2], str(row.cells[4].decimal))
        for row in report.rows
        if row.cells[1] == "impaired"
    ]
    assert rolled == [
        ("Opening", "0.000000"),
        ("Loan receipt", "-25.000000"),
        ("Loan write off", "90.000000"),
        ("Closing", "65.000000"),
    ]
    assert {money.minor_units for money in checks(report)} == {0}
    assert demand_entries(report, 4) > 6


def test_what_lapsed_is_expired_and_available_again(claims):
    report = build("position-by-day", Asked(SINCE, THROUGH, pool="retail"))
    assert evenings(report, "retail", "Expired") == {
        SINCE: "0.000000",
        LAPSED: "40.000000",
        THROUGH: "42.000000",
    }
    assert list(evenings(report, "retail", "Awarded").values())[-1] == "258.000000"
    assert {money.minor_units for money in checks(report)} == {0}


def test_what_lapsed_rolls_forward_and_leads_to_its_own_entries_alone(claims):
    report = build("pool-roll-forward", Asked(THROUGH, THROUGH, pool="retail"))
    rows = [row for row in report.rows if row.cells[1] == "expired"]
    assert [(row.cells[2], str(row.cells[4].decimal)) for row in rows] == [
        ("Opening", "40.000000"),
        ("Awards expired", "2.000000"),
        ("Closing", "42.000000"),
    ]
    assert {money.minor_units for money in checks(report)} == {0}
    opening, moved, _ = (followed(row, 4) for row in rows)
    # The general ledger writes debits less credits: what came into the pool is below zero.
    assert [str(found.totals[0].cells[8].decimal) for found in (opening, moved)] == [
        "-40.000000",
        "-42.000000",
    ]
    assert [len([r for r in found.rows if r.style == "line"]) for found in (opening, moved)] == [
        1,
        1,
    ]


def test_an_award_that_lapsed_to_nobodys_pool_shows_as_a_difference(claims):
    post(
        published(
            run="R-9",
            pool="retail",
            payable=usdc("5"),
            escrow=usdc("0"),
            reserve=usdc("0"),
            on=DRAWN,
        ),
        awards_expired(run="R-9", pool="nobody", upto=1, money=usdc("5"), on=LAPSED),
    )
    report = build("pool-roll-forward", Asked(SINCE, THROUGH))
    differing = {
        row.cells[1]: str(row.cells[4].decimal)
        for row in report.totals
        if row.style == "check" and row.cells[4].minor_units
    }
    assert differing["expired"] == "-5.000000"
