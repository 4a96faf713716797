"""The clock: what the payments wait for, and when they will be complete at the measured pace."""

from datetime import timedelta

import pytest

from retail_claims.operations import payments
from retail_claims.queries import clock
from tests import factories
from tests.factories import NOW, TODAY
from tests.retail_claims import factories as claims
from together.controls.models import Approval
from together.treasury.models import Instruction
from together.treasury.operations import brakes, disbursements
from together.treasury.queries.pace import Pace, pace

pytestmark = pytest.mark.django_db


def told(run, at=NOW):
    found = clock.hands(run.programme, at)
    return found["waits"], found["hands"][1]


def test_each_step_says_what_the_payments_wait_for(tmp_path):
    officer, treasurer = (factories.person(f"{area}_officer") for area in ("claims", "treasury"))
    run = claims.published(tmp_path, by=officer)
    assert told(run)[0] == "the treasury to prepare the payments"
    order = payments.prepare(run=run, by=treasurer, at=NOW)
    assert told(run)[0] == "release of whole: nothing stands in its way"
    factories.approve(Approval.objects.get(subject=order.number))
    disbursements.release(disbursement=order, on=TODAY, by=treasurer, at=NOW)
    assert told(run)[0] == "the rail's answers"
    brakes.halt(disbursement=order, reason="a call", by=treasurer, at=NOW)
    assert told(run)[0] == f"what stopped {order.number} to be explained: a call"


def test_the_end_is_forecast_from_what_was_measured(tmp_path):
    officer, treasurer = (factories.person(f"{area}_officer") for area in ("claims", "treasury"))
    run = claims.published(tmp_path, by=officer)
    order = payments.prepare(run=run, by=treasurer, at=NOW)
    factories.approve(Approval.objects.get(subject=order.number))
    disbursements.release(disbursement=order, on=TODAY, by=treasurer, at=NOW)
    assert pace(order.pk).ends_at(NOW) is None, "nothing was measured"
    first = Instruction.objects.order_by("id").first()
    hour = NOW + timedelta(hours=1)
    Instruction.objects.filter(pk=first.pk).update(state="sending")
    Instruction.objects.filter(pk=first.pk).update(state="settled", settled_at=hour)
    _, hand = told(run, hour)
    assert hand["note"].endswith("complete about 14 Oct 2025, 14:00 UTC.")
    assert hand["tone"] == "plain"
    _, late = told(run, claims.ANNOUNCED_AT + timedelta(hours=95, minutes=30))
    assert late["tone"] == "bad", "at this pace it is complete after the 96 hours"


def test_a_pace_without_a_measure_forecasts_nothing():
    still = Pace(answered=0, left=5, measured=0, took=timedelta(), is_moving=True)
    assert (still.a_minute, still.needs, still.ends_at(NOW)) == (0, None, None)
