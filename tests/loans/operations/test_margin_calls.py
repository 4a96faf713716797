"""Margin calls: opened by the monitor, met by a cure, extended under four eyes, or defaulted."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import MarginCall
from loans.operations import margin_calls
from loans.operations.margin_calls import NotExtendable, watch
from tests.factories import NOW, TODAY, approve, person
from tests.loans import collateral, market
from tests.loans.collateral import HOUR, pledged
from tests.loans.factories import close, paid
from tests.loans.margin_calls import drawn
from tests.loans.parties import institution
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow


@pytest.fixture
def loan(pool, pay):
    collateral.markets()
    return drawn(pool, pay)


@pytest.fixture
def call(loan):
    """Give the call of a loan whose collateral fell to 87,000: 82.10 %."""
    market.price("BTC", "87000", NOW + HOUR)
    assert watch(at=NOW + HOUR).opened == ["MC-0001"]
    return MarginCall.objects.get()


def asked_for(call, hours: int, *, by=None, at=NOW + HOUR) -> Approval:
    return margin_calls.propose_extension(
        call=call,
        until=call.due_at + timedelta(hours=hours),
        reason="Their custodian is closed",
        by=by or person("loan_officer"),
        at=at,
    )


def state(call) -> str:
    call.refresh_from_db()
    return call.state


def test_nothing_is_called_within_the_bands(loan):
    market.price("BTC", "93000", NOW + HOUR)
    found = watch(at=NOW + HOUR)
    assert (found.looked_at, found.opened) == (1, [])


def test_a_call_is_opened_once_with_what_it_was_opened_on(loan, call):
    assert watch(at=NOW + HOUR).opened == []
    assert (call.state, call.band) == ("open", "margin call")
    assert call.due_at == NOW + 25 * HOUR
    assert (call.owed, call.market_value) == (10**12, 1_218_000_00)
    assert call.prices["BTC"][1] == "87000"
    assert AuditRecord.objects.get(what="margin_call.opened").subject == call.number


def test_more_collateral_meets_it(loan, call):
    pledged(loan.application, "1", at=NOW + HOUR)
    assert watch(at=NOW + 2 * HOUR).met == []  # 76.63 %: no margin call any more, and not cured
    assert MarginCall.objects.get().band == "above initial"
    pledged(loan.application, "1", at=NOW + 2 * HOUR)
    assert watch(at=NOW + 2 * HOUR).met == [call.number]
    assert watch(at=NOW + 2 * HOUR).met == []
    assert state(call) == "met"


def test_a_repayment_meets_it(loan, call):
    paid(loan, "200000", TODAY)
    assert watch(at=NOW + 2 * HOUR).met == [call.number]


def test_a_repaid_loan_has_no_open_call(loan, call):
    paid(loan, "1000000", TODAY)
    close(loan, TODAY + timedelta(days=1))
    assert watch(at=NOW + 2 * HOUR).met == [call.number]
    assert watch(at=NOW + 2 * HOUR).looked_at == 0


def test_it_is_defaulted_when_it_is_due_and_may_still_be_cured(loan, call):
    due = call.due_at
    market.price("BTC", "86500", due - HOUR)
    assert watch(at=due - timedelta(seconds=1)).defaulted == []
    assert watch(at=due).defaulted == [call.number]
    later = watch(at=due + HOUR)
    assert (later.opened, later.defaulted) == ([], [])
    market.price("BTC", "99500", due + HOUR)
    assert watch(at=due + HOUR).met == [call.number]


def test_a_fall_into_the_liquidation_band_is_noted(loan, call):
    market.price("BTC", "76000", NOW + 2 * HOUR)
    watch(at=NOW + 2 * HOUR)
    call.refresh_from_db()
    assert (call.state, call.band) == ("open", "liquidation")


def test_without_a_fresh_price_nothing_is_decided_and_it_is_told(loan, call):
    late = call.due_at + HOUR
    found = watch(at=late)
    assert found.defaulted == []
    assert "BTC: the last price, 87000" in found.unvalued[loan.number]
    assert state(call) == "open"


def test_an_extension_needs_another_person_and_is_for_the_call_as_it_stands(loan, call):
    officer = person("loan_officer")
    waits = asked_for(call, 5, by=officer)
    with pytest.raises(NotApproved):
        margin_calls.extend(call=call, by=officer, at=NOW + HOUR)
    approve(waits)
    before = call.due_at
    margin_calls.extend(call=call, by=officer, at=NOW + HOUR)
    assert state(call) == "extended"
    assert call.due_at == before + 5 * HOUR
    # The same approval does not count twice.
    with pytest.raises(NotApproved):
        margin_calls.extend(call=call, by=officer, at=NOW + HOUR)
    market.price("BTC", "86500", before)
    assert watch(at=before + HOUR).defaulted == []
    assert watch(at=call.due_at).defaulted == [call.number]
    with pytest.raises(NotPossibleNow):
        asked_for(call, 5)


def test_an_extension_says_what_is_wrong(loan, call):
    for hours in (0, 24 * 31):
        with pytest.raises(NotExtendable, match=r"until: .* must be after"):
            asked_for(call, hours)
    with pytest.raises(NotAllowed):
        asked_for(call, 5, by=person("credit_checker"))
    with pytest.raises(NotExtendable, match="reason: must be given"):
        margin_calls.propose_extension(
            call=call, until=call.due_at + HOUR, reason=" ", by=person("loan_officer"), at=NOW
        )
    assert not Approval.objects.filter(kind="margin.extension").exists()


def test_one_loan_that_fails_leaves_no_half_of_a_call(loan, monkeypatch):
    market.price("BTC", "87000", NOW + HOUR)

    def broken(**_):
        raise RuntimeError("the audit trail is full")

    with monkeypatch.context() as patched:
        patched.setattr(margin_calls, "record", broken)
        with pytest.raises(RuntimeError):
            watch(at=NOW + HOUR)
    assert not MarginCall.objects.exists()
    assert watch(at=NOW + HOUR).opened == ["MC-0001"]


def test_the_monitor_asks_as_often_for_many_loans_as_for_one(pool, pay, django_assert_num_queries):
    collateral.markets()
    drawn(pool, pay, amount="1000", quantity="1")
    with django_assert_num_queries(9):
        watch(at=NOW)
    for _ in range(3):
        drawn(pool, pay, amount="1000", quantity="1", borrower=institution())
    with django_assert_num_queries(9):
        assert watch(at=NOW).looked_at == 4


def test_the_database_keeps_the_promises_of_calls(loan, call):
    for change in (
        {"due_at": call.due_at + HOUR},
        {"state": "extended", "due_at": call.due_at + HOUR},
        {"state": "defaulted", "ended_at": call.opened_at},
        {"state": "met", "ended_at": call.opened_at},
        {"owed": 1},
    ):
        with pytest.raises(DatabaseError, match="margin call"), transaction.atomic():
            MarginCall.objects.update(**change)
