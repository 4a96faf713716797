"""Collateral in the console: pledged, put in force and released by its buttons; its figures."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from loans.models import CollateralPolicy, Pledge
from loans.operations import applications
from tests.console.factories import signed_in, signing_in
from tests.console.test_market_data import act, done
from tests.factories import approve, person
from tests.loans import collateral, market
from tests.loans.credit import recent
from tests.loans.factories import application, approved, loans_pool
from tests.loans.parties import institution
from together.controls.models import Approval

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return signed_in(signing_in("loan_officer"))


@pytest.fixture
def asked():
    """Give a secured application, with BTC at 100,000 now."""
    collateral.markets(at=timezone.now())
    return collateral.secured(loans_pool())


def page(client, stem: str, record) -> str:
    answer = client.get(reverse(f"admin:loans_{stem}_change", args=[record.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_policy_from_per_cents_to_force(officer):
    market.instrument("BTC")
    values = {"start": "72", "margin_call": "77", "liquidation": "91", "cure_hours": "24"}
    address = act("collateralpolicy", "propose")
    for bad, words in (("BTC", "BTC"), ("BTC 20, BTC 10", "named twice"), ("DOGE 1", "DOGE")):
        answer = officer.post(address, {**values, "haircuts": bad})
        assert answer.status_code in (409, 422)
        assert words in answer.content.decode()
    done(officer, address, **values, haircuts="BTC 20.5")
    assert "20.50 %" not in officer.get(act("collateralpolicy", "set")).content.decode()
    approve(Approval.objects.get(kind="collateral.policy"))
    assert "BTC 20.50 %" in officer.get(act("collateralpolicy", "set")).content.decode()
    done(officer, act("collateralpolicy", "set"))
    assert CollateralPolicy.objects.get().haircuts == {"BTC": 2050}


def test_pledged_from_the_application_to_the_loan(officer, asked):
    assert "nothing is pledged and in force" in page(officer, "application", asked)
    paper = collateral.evidence(asked, at=timezone.now())
    values = {
        "instrument": "BTC",
        "quantity": "14",
        "custodian": "Harbour Custody",
        "reference": "ACC-1",
        "evidence": paper.pk,
    }
    bad = officer.post(act("application", "pledge", asked), {**values, "quantity": "14x"})
    assert bad.status_code == 409
    assert "quantity: &#x27;14x&#x27;" in bad.content.decode()
    done(officer, act("application", "pledge", asked), **values)
    pledge = Pledge.objects.get()
    assert officer.post(act("pledge", "put-in-force", pledge)).status_code == 409
    approve(Approval.objects.get(kind="collateral.pledge"))
    done(officer, act("pledge", "put-in-force", pledge))
    shown = page(officer, "application", asked)
    for figure in ("71.43 % within", "1,400,000.00", "1,120,000.00", "8,000.00", "7.24 %"):
        assert figure in shown
    # The prices at which margin call and liquidation are reached.
    assert "92,764.38" in shown
    assert "78,492.94" in shown
    recent(asked.institution)
    loan = applications.approve(
        application=approved(asked),
        on=timezone.now().date(),
        by=person("loan_officer"),
        at=timezone.now(),
    )
    assert "71.43 % within" in page(officer, "loan", loan)
    market.price("BTC", "85000", timezone.now())
    shown = page(officer, "loan", loan)
    assert "84.03 % margin call" in shown
    assert "Cured by more collateral of" in shown
    assert "198,888.89" in shown


def test_a_stale_price_stands_where_the_loan_to_value_would(officer):
    old = timezone.now() - timedelta(days=2)
    collateral.markets(at=old)
    asked = collateral.secured(loans_pool())
    collateral.pledged(asked, "14", at=old)
    assert "is 48 hours old" in page(officer, "application", asked)


def test_an_unsecured_application_says_so_and_has_no_button(officer, asked):
    plain = application(asked.pool, borrower=institution())
    shown = page(officer, "application", plain)
    assert "unsecured by its terms" in shown
    assert "Pledge collateral" not in shown


def test_a_release_is_offered_once_it_was_approved(officer, asked):
    now = timezone.now()
    pledge = collateral.pledged(asked, "14", at=now)
    assert ">Release<" not in page(officer, "pledge", pledge)
    done(officer, act("pledge", "propose-release", pledge), reason="They withdrew the application")
    approve(Approval.objects.get(kind="collateral.release"), at=now)
    assert ">Release<" in page(officer, "pledge", pledge)
    assert "released" in done(officer, act("pledge", "release", pledge))


def test_lists_of_collateral_cost_the_same_for_many_as_for_one(
    officer, asked, django_assert_max_num_queries
):
    now = timezone.now()
    collateral.pledged(asked, "14", at=now)
    lists = [reverse(f"admin:loans_{s}_changelist") for s in ("pledge", "collateralpolicy")]
    counted = {}
    for address in lists:
        with django_assert_max_num_queries(40) as seen:
            officer.get(address)
        counted[address] = len(seen)
    for n in range(15):
        collateral.proposed(asked, f"{n + 1}", at=now)
    for address in lists:
        with django_assert_max_num_queries(counted[address] + 1):
            officer.get(address)
