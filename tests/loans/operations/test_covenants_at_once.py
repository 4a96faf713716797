"""Monitors, officers and a waiver that meet at the same test at the same moment."""

import pytest

from loans.models import CovenantTest, Examination
from loans.operations import covenant_certificates, covenant_tests
from tests.at_once import at_once
from tests.factories import approve, person
from tests.loans import covenants as making
from tests.loans.conftest import CALM
from tests.loans.factories import at, loans_pool
from together.controls.models import AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.rules.lifecycle import NotPossibleNow
from together.treasury.operations import payouts
from together.treasury.operations.rails import rail

AT_ONCE = 4


@pytest.fixture
def loan(own_database):
    rail().set_conditions(CALM)
    pay = lambda batch: payouts.work(batch=batch, worker="w", rail=rail(), seconds=20)  # noqa: E731
    return making.drawn(loans_pool(), pay)


def test_a_period_is_opened_once_and_a_test_ends_once_whoever_meets_there(loan):
    answers = at_once(*[lambda: covenant_tests.watch(at=at(making.QUARTER))] * AT_ONCE)
    assert [one.parked for one in answers] == [{}] * AT_ONCE
    assert sum(len(one.opened) for one in answers) == CovenantTest.objects.count() == 1

    # It ran out, and several look at it; then it is waived by all who may, and examined beside.
    late = making.DUE + making.DAY
    answers = at_once(*[lambda: covenant_tests.watch(at=at(late))] * AT_ONCE)
    assert sum(len(one.overdue) for one in answers) == 1
    test = CovenantTest.objects.get()
    certificate = making.filed(test, late)
    spread, officer, checker = (
        making.accounts(test, late),
        person("loan_officer"),
        person("committee"),
    )
    asked = covenant_tests.propose_waiver(test=test, reason="Once", by=officer, at=at(late))
    approve(asked, at=at(late))
    answers = at_once(
        *[lambda: covenant_tests.waive(test=test, by=officer, at=at(late))] * AT_ONCE,
        lambda: covenant_certificates.examine(
            certificate=certificate, spread=spread, by=checker, at=at(late)
        ),
        refusals=(NotPossibleNow, NotApproved),
    )
    # Either the waiver came first, or the cure; never both.
    test.refresh_from_db()
    ended = AuditRecord.objects.filter(
        subject=test.number, what__in=["covenant_test.waived", "covenant_test.cured"]
    )
    assert [one.what for one in ended] == [f"covenant_test.{test.state}"]
    assert Examination.objects.count() == (test.state == "cured")
    assert len(answers) == AT_ONCE + 1
