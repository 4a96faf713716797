"""Servicing: events are proposed with their difference, approved, and booked as they were shown."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Adjustment, Event
from loans.operations import servicing
from loans.operations.effects import NotAdjustable
from loans.operations.servicing import Facts, LoanHasChanged
from loans.queries.standing import standing
from tests.factories import NOW, TODAY, approve, person
from tests.loans.factories import (
    active_loan,
    adjusted,
    agreed,
    at,
    balance,
    booked,
    close,
    paid,
    proposed,
    unproven,
)
from together.controls.models import AuditRecord, Decision
from together.controls.operations import approvals
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Line

M = 10**6
LATER = TODAY + timedelta(days=45)


@pytest.fixture
def loan(pool, pay):
    """Give a loan of 1m at 12 % that is closed up to 45 days after its drawdown."""
    drawn = active_loan(pool, pay)
    close(drawn, LATER)
    return drawn


def entry_of(done: Adjustment) -> list[list]:
    """Give the lines that were booked under the event of an adjustment."""
    key = f"loan:{done.loan.number}:event:{done.event.sequence}"
    lines = Line.objects.filter(entry__key=key).select_related("account", "entry")
    return sorted([one.account.chart_id, one.account.subject, one.amount] for one in lines)


def test_a_charge_is_shown_approved_and_booked_as_it_was_shown(loan, pool):
    asked = proposed(loan, "charge", LATER, "250", kind="penalty")
    assert balance("loan.charges", loan.number) == 0
    assert asked.difference["entry"] == [
        ["loan.charges", loan.number, 250 * M],
        ["income.charges", pool.code, -250 * M],
    ]
    done = booked(asked)
    assert entry_of(done) == sorted(asked.difference["entry"])
    assert done.event.type == "charge"
    assert done.event.further == {"kind": "penalty"}
    assert balance("loan.charges", loan.number) == 250 * M
    assert balance("income.charges", pool.code) == 250 * M
    assert AuditRecord.objects.filter(subject=loan.number, what="loan.charge").count() == 1
    assert unproven() == []


def test_the_difference_tells_each_instalment_before_and_after(loan):
    first = standing(loan, LATER).instalments[0]
    asked = proposed(loan, "charge", first.due_on, "250")
    (before, after), *others = asked.difference["rows"]
    assert after["fees"] - before["fees"] == 250 * M
    assert after["outstanding"] - before["outstanding"] == 250 * M
    assert before["due_on"] == after["due_on"] == first.due_on.isoformat()
    assert all(was == now for was, now in others)
    was, now = asked.difference["totals"]
    assert now["due"] - was["due"] == 250 * M


def test_a_charge_of_a_day_to_come_is_booked_today_and_due_then(loan):
    done = adjusted(loan, "charge", LATER + timedelta(days=20), "250", today=LATER)
    assert done.event.further == {"recorded_on": LATER.isoformat()}
    assert balance("loan.charges", loan.number) == 250 * M
    assert close(loan, LATER + timedelta(days=1)).loans == 1
    assert unproven() == []


def test_a_waiver_gives_up_a_part_of_a_charge(loan, pool):
    adjusted(loan, "charge", LATER, "250")
    adjusted(loan, "charge_waiver", LATER, "100")
    assert balance("loan.charges", loan.number) == balance("income.charges", pool.code) == 150 * M
    adjusted(loan, "charge_waiver", LATER)
    assert balance("loan.charges", loan.number) == balance("income.charges", pool.code) == 0
    assert unproven() == []


def test_waived_interest_lowers_income(loan, pool):
    earned = balance("income.interest", pool.code)
    adjusted(loan, "accrual_waiver", LATER, "1000")
    assert balance("income.interest", pool.code) == earned - 1000 * M
    assert unproven() == []


def test_a_reversal_is_as_if_the_event_had_never_been(loan, pool):
    before = {code: balance(code, loan.number) for code in ("loan.interest", "loan.charges")}
    adjusted(loan, "charge", LATER, "250")
    adjusted(loan, "reversal", LATER, target=2)
    after = {code: balance(code, loan.number) for code in ("loan.interest", "loan.charges")}
    assert after == before
    assert unproven() == []


def test_a_reversal_of_a_reversal_lets_the_event_count_again(loan):
    adjusted(loan, "charge", LATER, "250")
    adjusted(loan, "reversal", LATER, target=2)
    adjusted(loan, "reversal", LATER, target=3)
    assert balance("loan.charges", loan.number) == 250 * M
    assert unproven() == []


def test_days_that_close_before_the_booking_are_booked_beside_what_was_approved(loan):
    # Backdated by 30 days, the rate earns less each day: 500,000 less a year, ten days later more.
    asked = proposed(loan, "rate_change", LATER - timedelta(days=30), rate="0.06", today=LATER)
    close(loan, LATER + timedelta(days=10))
    approve(asked.approval)
    agreed(asked)
    done = servicing.book(
        adjustment=asked, by=person("loan_officer"), at=at(LATER + timedelta(days=10))
    )
    assert entry_of(done) == sorted(asked.difference["entry"])
    since = Line.objects.filter(entry__key=f"loan:{loan.number}:event:2:since")
    assert {one.account.chart_id for one in since} == {"loan.interest", "income.interest"}
    assert unproven() == []


def test_what_is_booked_on_an_open_day_brings_the_interest_up_to_it_first(loan):
    day = LATER + timedelta(days=3)
    done = adjusted(loan, "charge", day, "250")
    assert entry_of(done) == sorted(done.difference["entry"])
    assert close(loan, day).loans == 1
    assert unproven() == []


# What is refused.


@pytest.mark.parametrize(
    ("event", "further", "words"),
    [
        (("charge", 0, ""), {}, "amount: is required"),
        (("charge", 0, "1"), {"kind": "bribe"}, "kind: must be one of fee, penalty"),
        (("charge", 0, "1"), {"amount": "5"}, "further: amount stand in fields of their own"),
        (("charge", 0, "1"), {"colour": "red"}, "colour: is not a field"),
        (("charge", -60, "1"), {}, "takes effect before the first drawdown"),
        (("charge_waiver", 0, "1"), {}, "amount: only 0 is open to be waived"),
        (("charge_waiver", 5, "1"), {}, "date: .* is still to come"),
        (("reversal", 0, ""), {}, "target: is required"),
        (("drawdown", 0, "1"), {}, "type: must be one of charge"),
        (("payoff", 0, ""), {}, "type: must be one of charge"),
        (("repayment", 0, "1"), {}, "line: repayment needs the statement line"),
        (("recovery", 0, "1"), {}, "line: recovery needs the statement line"),
        (("rate_change", 0, ""), {}, "rate: is required"),
        (("rate_change", 0, ""), {"rate": "a lot"}, "rate: must be a decimal number"),
        (("extend", 0, ""), {"instalments": 0}, "instalments: must be a whole number from 1"),
        (("move_due_date", 0, ""), {"to": "2026-01-01"}, "date: no instalment is due on"),
        (("re_age", 0, ""), {"instalments": 3}, "first_due_date: is required"),
        (("charge_off", 0, ""), {"behaviour": "cruel"}, "behaviour: must be one of"),
        (("refund", 0, "5"), {}, "amount: only 0.00 is overpaid"),
        (("goodwill_credit", 0, "9999999"), {}, "amount: only .* is owed to be credited"),
    ],
)
def test_what_the_engine_refuses_is_refused_with_field_and_rule(loan, event, further, words):
    kind, days, amount = event
    with pytest.raises(NotAdjustable, match=words):
        proposed(loan, kind, LATER + timedelta(days=days), amount, today=LATER, **further)
    assert not Adjustment.objects.exists()
    assert loan.events.count() == 1


def test_a_drawdown_is_never_reversed(loan):
    with pytest.raises(NotAdjustable, match="target: a drawdown was paid out"):
        proposed(loan, "reversal", LATER, target=1)


def test_an_event_is_not_reversed_twice(loan):
    adjusted(loan, "charge", LATER, "250")
    adjusted(loan, "reversal", LATER, target=2)
    with pytest.raises(NotAdjustable, match="target: is reversed already"):
        proposed(loan, "reversal", LATER, target=2)


def test_an_event_of_another_loan_cannot_be_reversed(loan, pool, pay):
    other = active_loan(pool, pay)
    adjusted(other, "charge", TODAY, "250")
    with pytest.raises(NotAdjustable, match="target: is an event of another loan"):
        servicing.propose(
            loan=loan,
            facts=Facts("reversal", LATER, target=other.events.get(sequence=2)),
            reason="Mistaken",
            by=person("loan_officer"),
            at=at(LATER),
        )


def test_what_would_break_a_later_event_names_that_event(loan):
    adjusted(loan, "charge", LATER, "250")
    adjusted(loan, "charge_waiver", LATER, "250")
    with pytest.raises(NotAdjustable, match=r"event 3 \(charge_waiver of .*\) would break: amount"):
        proposed(loan, "reversal", LATER, target=2)


def test_a_proposal_says_why(loan):
    facts = Facts("charge", LATER, 250 * M)
    for reason in ("", "  ", "x" * 401):
        with pytest.raises(NotAdjustable, match="reason"):
            servicing.propose(
                loan=loan, facts=facts, reason=reason, by=person("loan_officer"), at=at(LATER)
            )


def test_only_who_may_propose_and_write_does(loan):
    facts = Facts("charge", LATER, 250 * M)
    with pytest.raises(NotAllowed):
        servicing.propose(
            loan=loan, facts=facts, reason="Fee", by=person("credit_checker"), at=at(LATER)
        )
    asked = proposed(loan, "charge", LATER, "250")
    approve(asked.approval)
    for act in (servicing.book, servicing.withdraw):
        with pytest.raises(NotAllowed):
            act(adjustment=asked, by=person("credit_checker"), at=at(LATER))


def test_who_proposed_does_not_approve(loan):
    both = person("loan_officer", "credit_checker")
    asked = servicing.propose(
        loan=loan,
        facts=Facts("charge", LATER, 250 * M),
        reason="Fee",
        by=both,
        at=at(LATER),
    )
    with pytest.raises(MayNotDecide, match="who asked for it does not decide it"):
        approvals.decide(
            approval=asked.approval, verdict=Decision.Verdict.APPROVED, by=both, at=NOW
        )


def test_what_moves_much_or_costs_much_over_the_years_needs_the_committee(loan):
    small = proposed(loan, "charge", LATER, "2000000")
    large = proposed(loan, "charge", LATER, "2000000.01")
    assert small.approval.roles == ["credit_checker"]
    assert large.approval.roles == ["credit_checker", "committee"]
    # Nothing moves today, but three million of interest are to come.
    dear = proposed(loan, "rate_change", LATER, rate="9")
    assert dear.difference["entry"] == []
    assert dear.approval.roles == ["credit_checker", "committee"]


def test_nothing_is_booked_before_it_is_approved(loan):
    asked = proposed(loan, "charge", LATER, "250")
    with pytest.raises(NotApproved):
        servicing.book(adjustment=asked, by=person("loan_officer"), at=at(LATER))
    assert loan.events.count() == 1


def test_what_was_declined_is_not_booked(loan):
    asked = proposed(loan, "charge", LATER, "250")
    approvals.decide(
        approval=asked.approval,
        verdict=Decision.Verdict.DECLINED,
        reason="No fee was agreed",
        by=person("credit_checker"),
        at=NOW,
    )
    with pytest.raises(NotApproved):
        servicing.book(adjustment=asked, by=person("loan_officer"), at=at(LATER))


def test_a_loan_that_has_changed_since_is_proposed_anew(loan):
    first = proposed(loan, "charge", LATER, "250")
    approve(first.approval)
    paid(loan, "5000", LATER)
    with pytest.raises(LoanHasChanged, match=r"computed on 1 events .* has 2 by now"):
        servicing.book(adjustment=first, by=person("loan_officer"), at=at(LATER))
    assert balance("loan.charges", loan.number) == 0
    servicing.withdraw(adjustment=first, by=person("loan_officer"), at=at(LATER))
    adjusted(loan, "charge", LATER, "250")
    assert unproven() == []


def test_an_adjustment_ends_once(loan):
    done = adjusted(loan, "charge", LATER, "250")
    for act in (servicing.book, servicing.withdraw):
        with pytest.raises(NotPossibleNow):
            act(adjustment=done, by=person("loan_officer"), at=at(LATER))
    given_up = proposed(loan, "charge", LATER, "1")
    servicing.withdraw(adjustment=given_up, by=person("loan_officer"), at=at(LATER))
    approve(given_up.approval)
    with pytest.raises(NotPossibleNow):
        servicing.book(adjustment=given_up, by=person("loan_officer"), at=at(LATER))
    assert balance("loan.charges", loan.number) == 250 * M


def test_halfway_failure_of_a_booking_leaves_nothing(loan, monkeypatch):
    asked = proposed(loan, "charge", LATER, "250")
    approve(asked.approval)
    monkeypatch.setattr(servicing, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        servicing.book(adjustment=asked, by=person("loan_officer"), at=at(LATER))
    with pytest.raises(ZeroDivisionError):
        proposed(loan, "charge", LATER, "1")
    asked.refresh_from_db()
    assert asked.state == "proposed"
    assert Adjustment.objects.count() == 1
    assert loan.events.count() == 1
    assert balance("loan.charges", loan.number) == 0


def test_the_database_refuses_an_event_that_is_not_the_approved_one(loan):
    asked = proposed(loan, "charge", LATER, "250")
    approve(asked.approval)
    facts = {"loan": loan, "sequence": 2, "recorded_at": NOW}
    right = {"type": "charge", "on": LATER, "amount": 250 * M, "adjustment": asked}
    for wrong in (
        {"amount": 251 * M},
        {"on": TODAY},
        {"type": "goodwill_credit"},
        {"further": {"kind": "penalty"}},
        {"adjustment": None},
    ):
        with pytest.raises(DatabaseError, match=r"adjustment"), transaction.atomic():
            Event.objects.create(**facts, **{**right, **wrong})
    assert Event.objects.create(**facts, **right)
