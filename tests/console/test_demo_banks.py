"""The dollars of the demo: files of two banks, breaks that people explain, a payment by file."""

from datetime import date

import pytest

from tests.console.factories import demo_cast
from tests.factories import NOW
from together.console.operations.demo import costs, dollars, funds
from together.controls.models import Approval, AuditRecord, Decision
from together.ledger.models import Entry
from together.treasury.models import (
    CashAccount,
    Conversion,
    FileDownload,
    Instruction,
    PaymentFile,
    Resolution,
    Statement,
    StatementFile,
    StatementLine,
    ThreeWayProof,
)
from together.treasury.operations.rails.tables import Conditions
from together.treasury.queries import checks
from together.treasury.queries.three_way import three_way

BEGINS = date(2025, 11, 3)


@pytest.fixture
def cast(own_database):
    """The people of the demo."""
    return demo_cast()


@pytest.fixture
def pool(cast):
    funds.world().set_conditions(Conditions(returned=0))
    opened = funds.pool("loans", "Institutional pool", "1000000", cast=cast, at=NOW, tell=str)
    funds.bring_statements(opened, by=None, at=NOW)
    return opened


def live(pool, cast, told=None, seed=1):
    tell = (told if told is not None else []).append
    dollars.convert(pool, on=BEGINS, cast=cast, tell=tell)
    dollars.live(seed=seed, cast=cast, tell=tell)
    costs.live(begins=BEGINS, cast=cast, tell=tell)


def at(account):
    return three_way(CashAccount.objects.get(pk=account), NOW)


def rows():
    counted = (AuditRecord, Entry, StatementFile, Statement, Approval, Resolution, FileDownload)
    return [model.objects.count() for model in (*counted, ThreeWayProof)]


def test_everything_is_explained_but_one_break_that_somebody_looks_into(pool, cast):
    live(pool, cast)
    assert [check.name for check in checks.checks() if not check.holds] == []
    assert {code: at(code).unexplained for code in ("loans", "loans-usd", "costs-usd")} == {
        "loans": 0,
        "loans-usd": 0,
        "costs-usd": 0,
    }
    assert at("loans").is_true
    assert at("costs-usd").is_true
    [open_] = StatementLine.objects.filter(state="break")
    assert (open_.account_id, open_.entry_id) == ("loans-usd", "TG-ACH-3")
    assert open_.owner == cast["treasury_officer"]
    assert at("loans-usd").breaks_total == open_.amount < 0


def test_conversions_stand_on_the_statements_of_both_accounts(pool, cast):
    live(pool, cast)
    first, second = Conversion.objects.order_by("number")
    assert (first.sold, first.bought, first.rate) == (400_000 * 10**6, 399_920_00, "0.9998")
    for one in (first, second):
        sides = {m.line.account_id: m.amount for m in one.matches.select_related("line")}
        assert sides == {"loans": -one.sold, "loans-usd": one.bought}
    # The second one was typed wrong on its way: a person said what it is.
    slip = StatementLine.objects.get(entry_id="TG-WIR-4")
    assert slip.reference != second.number
    assert slip.matches.get().confirmed_by == cast["second_treasury_officer"]


def test_breaks_are_resolved_by_different_people_under_four_eyes(pool, cast):
    live(pool, cast)
    resolved = Resolution.objects.select_related("proposed_by")
    assert {one.kind: one.state for one in resolved} == {
        "charge": "booked",
        "interest": "booked",
        "receipt": "booked",
    }
    assert {one.proposed_by.username for one in resolved} == {"tom", "tess"}
    deciders = Decision.objects.filter(approval__kind="break.resolution")
    assert {one.person.username for one in deciders} == {"tara"}


def test_a_day_that_comes_too_early_is_kept_with_its_fault_and_taken_in_its_turn(pool, cast):
    live(pool, cast)
    [refused] = StatementFile.objects.filter(state="refused")
    assert "expected is statement 2: 2 is missing" in refused.faults[0]["rule"]
    again = StatementFile.objects.get(content=refused.content, state="booked")
    assert again.name == refused.name
    kinds = StatementFile.objects.filter(account="loans-usd", state="booked")
    assert sorted(kinds.values_list("kind", flat=True)) == [
        "camt.053",
        "camt.053",
        "camt.053",
        "mapped CSV",
    ]


def test_a_payment_leaves_by_a_file_that_four_people_saw(pool, cast):
    live(pool, cast)
    file = PaymentFile.objects.get()
    assert (file.state, file.total, file.format) == ("accepted", 120_000_00, "pain.001.001.09")
    people = {
        file.prepared_by.username,
        Decision.objects.get(approval__subject=file.number).person.username,
        file.handed_over_by.username,
    }
    assert people == {"tom", "tara", "tess"}
    assert Instruction.objects.get(filed__file=file).state == "settled"


def test_told_again_nothing_is_written(pool, cast):
    live(pool, cast)
    before = rows()
    live(pool, cast)
    assert rows() == before


def test_the_amounts_of_strangers_are_of_the_seed(pool, cast):
    dollars.convert(pool, on=BEGINS, cast=cast, tell=str)
    bought = list(Conversion.objects.order_by("number"))
    assert dollars._days(1, bought) == dollars._days(1, bought)
    assert dollars._days(1, bought) != dollars._days(2, bought)
