"""Margin calls in the console: what a call waits for, what cures it, and more time for it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from loans.models import MarginCall
from tests.console.factories import signed_in, signing_in
from tests.console.test_market_data import act, done
from tests.factories import approve
from tests.loans import collateral, market
from tests.loans.conftest import pay, pool  # noqa: F401 - the fixtures of a loan that is drawn
from tests.loans.margin_calls import drawn
from together.controls.models import Approval


@pytest.fixture
def officer(pool):  # noqa: F811
    return signed_in(signing_in("loan_officer"))


def page(client, stem: str, record) -> str:
    answer = client.get(reverse(f"admin:loans_{stem}_change", args=[record.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_call_from_the_monitor_to_its_cure(officer, pool, pay):  # noqa: F811
    collateral.markets()
    loan = drawn(pool, pay)
    market.price("BTC", "100000", timezone.now())
    assert "0 calls opened" in done(officer, act("margincall", "watch"))
    market.price("BTC", "87000", timezone.now())
    assert "1 calls opened" in done(officer, act("margincall", "watch"))
    call = MarginCall.objects.get()
    shown = page(officer, "margincall", call)
    for words in (
        "Waits for more collateral in force, or a repayment",
        "82.10 % margin call",
        "Cured by more collateral of",
        "170,888.89",
        "123,040.00",
        "BTC 87000",
    ):
        assert words in shown
    assert call.number in page(officer, "loan", loan)
    later = (call.due_at + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M")
    bad = officer.post(
        act("margincall", "propose-extension", call), {"until": "2020-01-01T00:00", "reason": "x"}
    )
    assert bad.status_code == 409
    assert "until: 2020-01-01 00:00Z must be after" in bad.content.decode()
    done(officer, act("margincall", "propose-extension", call), until=later, reason="A holiday")
    assert officer.post(act("margincall", "extend", call)).status_code == 409
    approve(Approval.objects.get(kind="margin.extension"), at=timezone.now())
    assert "extended" in done(officer, act("margincall", "extend", call))
    market.price("BTC", "72000", timezone.now())
    assert "collateral may be sold" in page(officer, "margincall", call)
    market.price("BTC", "100000", timezone.now())
    assert "1 met" in done(officer, act("margincall", "watch"))
    assert "Waits for nothing" in page(officer, "margincall", call)


def test_the_list_is_empty_at_first_and_says_who_fills_it(officer):
    listed = officer.get(reverse("admin:loans_margincall_changelist")).content.decode()
    assert "No margin call was opened yet" in listed
