"""Cancellations in the portal: notice by Admin or Manager, taken back until its day has ended."""

import pytest
from django.utils import timezone

from loans.models import Cancellation
from tests.console.factories import signed_in
from tests.portal import factories as lending

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine():
    return lending.institution()


@pytest.fixture
def loan(mine):
    return lending.committed_loan(lending.loans_pool(), mine)


def path(loan) -> str:
    return f"/portal/loans/{loan.number}/cancel/"


def typed(**changed) -> dict[str, str]:
    today = timezone.now().date().isoformat()
    return {"amount": "250,000.00", "on": today, "reason": "Not needed", **changed}


@pytest.mark.parametrize("role", ["institution_admin", "institution_manager"])
def test_admin_and_manager_give_notice_and_take_it_back(mine, loan, role):
    client = signed_in(lending.member(mine, role))
    before = client.get(f"/portal/loans/{loan.number}/").content.decode()
    assert path(loan) in before
    page = client.get(path(loan)).content.decode()
    assert "1,000,000.00 USDC is committed and not drawn" in page
    assert "you may take the notice back" in page
    answer = client.post(path(loan), typed(), follow=True)
    shown = answer.content.decode()
    made = Cancellation.objects.get()
    assert (made.amount, made.state) == (250_000 * 10**6, "proposed")
    assert "Notice is given: 250,000.00 USDC is cancelled at the end of" in shown
    assert f"/portal/cancellations/{made.number}/withdraw/" in shown
    # Meanwhile nothing is drawn.
    assert "Ask for the drawdown of" in before
    assert "Ask for the drawdown of" not in shown
    drawn = client.post(f"/portal/loans/{loan.number}/draw/")
    assert drawn.status_code == 409
    assert f"cancellation {made.number}" in drawn.content.decode()
    back = client.post(f"/portal/cancellations/{made.number}/withdraw/", follow=True)
    assert f"{made.number} is taken back" in back.content.decode()
    made.refresh_from_db()
    assert made.state == "withdrawn"


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"amount": "1e3"}, 400, "1e3"),
        ({"amount": "NaN"}, 400, "NaN"),
        ({"amount": "2000000"}, 409, "is not above zero and at most what is not drawn"),
        ({"on": "2020-01-01"}, 409, "on: 2020-01-01 is not between"),
        ({"on": ""}, 400, "required"),
        ({"reason": " "}, 400, "required"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(mine, loan, changed, status, said):
    client = signed_in(lending.member(mine))
    answer = client.post(path(loan), typed(**changed))
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert not Cancellation.objects.exists()


def test_a_viewer_and_a_stranger_find_nothing(mine, loan):
    stranger = signed_in(lending.member(lending.institution("Other House")))
    assert stranger.get(path(loan)).status_code == 404
    assert stranger.post(path(loan), typed()).status_code == 404
    viewer = signed_in(lending.member(mine, "institution_viewer"))
    assert (
        "Cancel what is not drawn"
        not in viewer.get(f"/portal/loans/{loan.number}/").content.decode()
    )
    assert viewer.post(path(loan), typed()).status_code in (403, 404)
    assert not Cancellation.objects.exists()
