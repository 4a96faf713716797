"""Covenant tests: opened by the date, ended by what is true, waived under four eyes."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import CovenantTest
from loans.operations import covenant_tests, drawdowns
from loans.operations.covenant_tests import BadWaiver, CovenantsBroken
from tests.factories import NOW, approve, person
from tests.loans.covenants import (
    ACCOUNTS,
    DAY,
    DUE,
    EQUITY,
    QUARTER,
    THIN,
    accounts,
    drawn,
    examined,
    filed,
    opened,
    waived,
)
from tests.loans.factories import at, close, committed_loan, paid
from tests.loans.parties import institution
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

CURE = DUE + timedelta(days=30)


@pytest.fixture
def loan(pool, pay):
    return drawn(pool, pay)


@pytest.fixture
def test(loan) -> CovenantTest:
    return opened()


def state(one: CovenantTest) -> str:
    one.refresh_from_db()
    return one.state


def breached(one: CovenantTest, on: date = DUE) -> CovenantTest:
    filed(one, on)
    examined(one, accounts(one, on, amounts=THIN), on)
    assert one.state == "breached"
    return one


def test_a_test_is_opened_once_when_its_period_ends(loan):
    assert covenant_tests.watch(at=at(QUARTER - DAY)).opened == []
    assert covenant_tests.watch(at=at(QUARTER)).opened == ["CVT-0001"]
    assert covenant_tests.watch(at=at(QUARTER + DAY)).opened == []
    one = CovenantTest.objects.get()
    assert (one.state, one.period_ends_on, one.due_on) == ("due", QUARTER, DUE)
    assert AuditRecord.objects.get(what="covenant_test.opened").subject == one.number


def test_a_monitor_that_stood_still_opens_every_period_and_lets_them_run_out(loan):
    found = covenant_tests.watch(at=at(date(2026, 7, 2)))
    assert found.opened == ["CVT-0001", "CVT-0002", "CVT-0003"]
    assert found.overdue == []
    assert found.defaulted == ["CVT-0001", "CVT-0002"]
    told = CovenantTest.objects.order_by("id").values_list("state", "period_ends_on")
    assert list(told) == [
        ("defaulted", QUARTER),
        ("defaulted", date(2026, 3, 31)),
        ("due", date(2026, 6, 30)),
    ]


def test_each_covenant_is_tested_by_its_own_months(pool, pay):
    drawn(pool, pay, {**EQUITY, "every_months": 12}, {**ACCOUNTS, "every_months": 1})
    covenant_tests.watch(at=at(date(2026, 1, 1)))
    told = CovenantTest.objects.order_by("id").values_list("covenant__number", "period_ends_on")
    assert list(told) == [
        ("CV-0001", QUARTER),
        ("CV-0002", date(2025, 10, 31)),
        ("CV-0002", date(2025, 11, 30)),
        ("CV-0002", QUARTER),
    ]


def test_what_nobody_certified_is_overdue_then_defaulted(test):
    assert covenant_tests.watch(at=at(DUE)).overdue == []
    assert covenant_tests.watch(at=at(DUE + DAY)).overdue == [test.number]
    assert (state(test), test.cure_until) == ("overdue", CURE)
    assert covenant_tests.watch(at=at(CURE)).defaulted == []
    assert covenant_tests.watch(at=at(CURE + DAY)).defaulted == [test.number]
    assert covenant_tests.watch(at=at(CURE + DAY)).defaulted == []


def test_a_certificate_in_time_waits_for_an_officer_however_long(test):
    filed(test, DUE)
    found = covenant_tests.watch(at=at(CURE + DAY))
    assert (found.overdue, found.unexamined) == ([], [test.number])
    assert examined(test, accounts(test), CURE + DAY).outcome == "kept"
    assert test.state == "kept"


def test_a_breach_is_cured_in_time_or_defaulted_and_still_cured_late(test):
    breached(test)
    assert test.cure_until == CURE
    assert covenant_tests.watch(at=at(CURE)).defaulted == []
    assert covenant_tests.watch(at=at(CURE + DAY)).defaulted == [test.number]
    filed(test, CURE + DAY)
    thin = test.certificates.last().examinations.first().spread
    sound = accounts(test, CURE + DAY, replaces=thin, note="Equity was paid in")
    assert examined(test, sound, CURE + DAY).outcome == "kept"
    assert (test.state, test.cure_until) == ("cured", CURE)


def test_a_late_certificate_buys_no_second_cure_period(test):
    covenant_tests.watch(at=at(DUE + DAY))
    late = CURE - DAY
    filed(test, late)
    examined(test, accounts(test, late, amounts=THIN), late)
    assert (test.state, test.cure_until) == ("breached", CURE)


def test_a_waiver_needs_another_person_and_is_for_the_test_as_it_stands(test):
    breached(test)
    officer = person("loan_officer")
    asked = covenant_tests.propose_waiver(test=test, reason="One-off costs", by=officer, at=at(DUE))
    assert asked.effect["figure"] == "10.00 %"
    with pytest.raises(NotApproved):
        covenant_tests.waive(test=test, by=officer, at=at(DUE))
    approve(asked, at=at(DUE))
    # It ran out meanwhile: the approval was for something else.
    with pytest.raises(NotApproved):
        covenant_tests.waive(test=test, by=officer, at=at(CURE + DAY))
    waived(test, CURE + DAY, "One-off costs")
    assert (test.state, test.waived_for) == ("waived", "One-off costs")
    with pytest.raises(NotPossibleNow):
        covenant_tests.waive(test=test, by=officer, at=at(CURE + DAY))


def test_a_waiver_says_what_is_wrong(test):
    with pytest.raises(NotPossibleNow, match="nothing to waive"):
        covenant_tests.propose_waiver(test=test, reason="x", by=person("loan_officer"), at=NOW)
    breached(test)
    with pytest.raises(BadWaiver, match="reason: must be given"):
        covenant_tests.propose_waiver(test=test, reason=" ", by=person("loan_officer"), at=at(DUE))
    with pytest.raises(NotAllowed):
        covenant_tests.propose_waiver(
            test=test, reason="x", by=person("credit_checker"), at=at(DUE)
        )
    assert not Approval.objects.filter(kind="covenant.waiver").exists()


def test_a_broken_covenant_stops_the_borrowers_drawdowns_until_it_is_waived(pool, loan, test):
    more = committed_loan(pool, borrower=loan.institution, amount="100000")
    breached(test)

    def ask(on):
        covenant_tests.demand(more.institution, on)

    with pytest.raises(CovenantsBroken, match="CVT-0001 of L-0001 is breached"):
        ask(DUE)
    with pytest.raises(DatabaseError, match="covenant of its borrower"), transaction.atomic():
        more.__class__.objects.filter(pk=more.pk).update(state="drawing")
    waived(test, DUE)
    ask(DUE)


def test_the_drawdown_asks_for_covenants(pool, loan, test):
    more = committed_loan(pool, borrower=loan.institution, amount="100000")
    covenant_tests.watch(at=at(DUE + DAY))
    with pytest.raises(CovenantsBroken, match="is overdue"):
        drawdowns.ask(loan=more, by=person("loan_officer"), at=NOW)
    more.refresh_from_db()
    assert more.state == "committed"


def test_what_the_monitor_did_not_come_by_for_stops_drawdowns_too(loan):
    covenant_tests.demand(loan.institution, DUE)
    with pytest.raises(CovenantsBroken, match="CV-0001 is not tested for the period to 2025-12-31"):
        covenant_tests.demand(loan.institution, DUE + DAY)
    opened()
    with pytest.raises(CovenantsBroken, match="CVT-0001 of L-0001 is overdue"):
        covenant_tests.demand(loan.institution, DUE + DAY)
    covenant_tests.demand(institution(), DUE + DAY)


def test_a_repaid_loan_has_nothing_to_keep(loan, test):
    paid(loan, "1100000", QUARTER)
    close(loan, QUARTER)
    loan.refresh_from_db()
    assert loan.state == "closed"
    found = covenant_tests.watch(at=at(date(2026, 7, 1)))
    assert (found.opened, found.overdue) == ([], [])
    covenant_tests.demand(loan.institution, date(2026, 7, 1))


def test_what_fails_is_parked_with_its_reason_and_stops_nobody_else(pool, pay, monkeypatch):
    bad, good = (drawn(pool, pay, borrower=institution()) for _ in range(2))
    real = covenant_tests._opened

    def broken(missing, loan, moment):
        if loan == bad:
            raise RuntimeError("its calendar is torn")
        return real(missing, loan, moment)

    with monkeypatch.context() as patched:
        patched.setattr(covenant_tests, "_opened", broken)
        found = covenant_tests.watch(at=at(QUARTER))
    assert found.parked == {bad.number: "RuntimeError: its calendar is torn"}
    assert list(CovenantTest.objects.values_list("loan", flat=True)) == [good.pk]
    assert covenant_tests.watch(at=at(QUARTER)).opened == ["CVT-0002"]


def test_the_monitor_asks_as_often_for_many_loans_as_for_one(pool, pay, django_assert_num_queries):
    drawn(pool, pay)
    opened()
    with django_assert_num_queries(3):
        covenant_tests.watch(at=at(QUARTER + DAY))
    for _ in range(2):
        drawn(pool, pay, borrower=institution(), amount="1000")
    opened()
    with django_assert_num_queries(3):
        covenant_tests.watch(at=at(QUARTER + DAY))


def test_a_failure_halfway_leaves_nothing(test, monkeypatch):
    def broken(**_):
        raise RuntimeError("the audit trail is full")

    with monkeypatch.context() as patched:
        patched.setattr(covenant_tests, "record", broken)
        found = covenant_tests.watch(at=at(DUE + DAY))
    assert found.parked == {test.number: "RuntimeError: the audit trail is full"}
    assert state(test) == "due"
    assert covenant_tests.watch(at=at(DUE + DAY)).overdue == [test.number]


def test_the_database_keeps_the_promises_of_tests(test):
    for change in (
        {"state": "kept", "since_at": at(DUE)},
        {"state": "breached", "since_at": at(DUE), "cure_until": CURE},
        {"state": "overdue", "since_at": at(DUE), "cure_until": CURE},
        {"state": "overdue", "since_at": at(DUE + DAY), "cure_until": CURE + DAY},
        {"due_on": CURE},
    ):
        with pytest.raises(DatabaseError, match="test CVT-0001"), transaction.atomic():
            CovenantTest.objects.update(**change)
