"""Conversions in the console: the form knows what an account converts into, and says what is there."""

import pytest
from django.urls import reverse

from tests.console.factories import signed_in, signing_in
from tests.factories import NOW, funded_pool, person
from together.treasury.models import Conversion
from together.treasury.operations import accounts

pytestmark = pytest.mark.django_db
TERMS = {"sold": "250", "rate": "0.9998", "source": "Desk 7", "on": "2025-10-14"}


@pytest.fixture
def officer():
    return signed_in(signing_in("treasury_officer"))


@pytest.fixture
def wallet():
    return funded_pool(amount="1000").main_account


@pytest.fixture
def dollars(wallet):
    return another(wallet, "retail-usd", "USD")


def another(wallet, code, asset):
    return accounts.open_account(
        pool=wallet.pool,
        code=code,
        kind="exchange",
        asset=asset,
        identifier=code,
        servicer="",
        holder="",
        by=person("treasury_officer"),
        at=NOW,
    )


def act(account):
    return reverse("admin:treasury_cashaccount_act", args=[account.pk, "propose-conversion"])


def test_it_offers_the_accounts_of_another_asset_and_says_what_is_available(
    officer, wallet, dollars
):
    another(wallet, "retail-two", "USDC")
    page = officer.get(act(wallet)).content.decode()
    assert '<option value="retail-usd">' in page
    assert '<option value="retail-two">' not in page
    assert "Sold, in USDC" in page
    assert "Available in USDC, in the whole pool" in page
    assert "1,000.00" in page


def test_a_proposal_shows_what_it_buys(officer, wallet, dollars):
    page = officer.post(act(wallet), {**TERMS, "bought_on": "retail-usd"}, follow=True)
    assert Conversion.objects.get().bought == 24_995
    assert "249.95" in page.content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bought_on": "retail"}, "retail is not one of the available choices"),
        ({"bought_on": ""}, "This field is required"),
        ({"sold": "much"}, "much"),
        ({"rate": "0"}, "rate"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(officer, wallet, dollars, given, said):
    page = officer.post(act(wallet), {**TERMS, "bought_on": "retail-usd", **given})
    assert said in page.content.decode()
    assert not Conversion.objects.exists()


def test_an_account_without_another_asset_has_no_such_button(officer, wallet):
    page = officer.get(reverse("admin:treasury_cashaccount_change", args=[wallet.pk]))
    assert "Propose a conversion" not in page.content.decode()
    assert officer.post(act(wallet), {**TERMS, "bought_on": "retail"}).status_code == 422
    assert not Conversion.objects.exists()
