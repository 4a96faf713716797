"""Market data in the console: a file in, a value by hand, a held one, each by its buttons."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from loans.models import Instrument, InstrumentPolicy, MarketEntry, MarketFile, Observation
from tests.console.factories import signed_in, signing_in
from tests.factories import approve
from tests.loans import market
from together.controls.models import Approval

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return signed_in(signing_in("treasury_officer"))


def act(stem: str, name: str, record=None) -> str:
    """Give the address of an act."""
    if record is None:
        return reverse(f"admin:loans_{stem}_begin", args=[name])
    return reverse(f"admin:loans_{stem}_act", args=[record.pk, name])


def done(client, address: str, **values) -> str:
    """Do an act, and give the page that is shown after it."""
    answer = client.post(address, values, follow=True)
    assert answer.status_code == 200, answer.content.decode().partition("t-page")[2][:2000]
    return answer.content.decode()


def test_an_instrument_from_entry_to_a_value_that_counts(officer):
    page = done(
        officer,
        act("instrument", "enter"),
        code="BTC",
        name="Bitcoin",
        kind="price",
        scale="4",
        quantity_scale="8",
        calendar="none",
    )
    assert "None yet: nothing is accepted" in page
    btc = Instrument.objects.get()
    done(
        officer,
        act("instrument", "propose-policy", btc),
        sources="composite",
        most_age="24",
        most_move="2000",
        least="1,000",
        most="1,000,000",
    )
    asked = Approval.objects.get(kind="market.policy")
    inbox = signed_in(signing_in("credit_checker"))
    shown = inbox.get(reverse("admin:controls_approval_change", args=[asked.pk])).content.decode()
    assert "1000 to 1000000" in shown
    assert "Policy of an instrument" in shown
    approve(asked)
    assert "24 hours" in officer.get(act("instrument", "set-policy", btc)).content.decode()
    done(officer, act("instrument", "set-policy", btc))
    assert InstrumentPolicy.objects.get().version == 1
    values = {
        "observed_at": timezone.now().isoformat(),
        "value": "65000.12",
        "source": "Screen",
        "reason": "The feed is down",
    }
    bad = officer.post(act("instrument", "enter-value", btc), {**values, "value": "6e4"})
    assert bad.status_code == 409
    assert "is not a plain decimal" in bad.content.decode()
    assert "Waits for somebody else" in done(
        officer, act("instrument", "enter-value", btc), **values
    )
    entry = MarketEntry.objects.get()
    assert officer.post(act("marketentry", "book", entry)).status_code == 409
    approve(Approval.objects.get(kind="market.entry"))
    assert "65,000.12" in done(officer, act("marketentry", "book", entry))
    listed = officer.get(reverse("admin:loans_instrument_changelist")).content.decode()
    assert "fresh" in listed


def test_a_file_is_refused_with_its_faults_and_taken_when_right(officer):
    market.instrument()
    now = timezone.now() - timedelta(minutes=5)
    head = "instrument,observed_at,value,source\n"
    bad = f"{head}BTC,{now.isoformat()},65x,composite\n".encode()
    answer = officer.post(act("marketfile", "bring"), {"file": SimpleUploadedFile("p.csv", bad)})
    assert answer.status_code == 422
    assert "row 2, value" in answer.content.decode()
    assert not MarketFile.objects.exists()
    good = bad.replace(b"65x", b"65000")
    page = officer.post(
        act("marketfile", "bring"), {"file": SimpleUploadedFile("p.csv", good)}, follow=True
    )
    assert "1 stored, 0 known before, 0 held" in page.content.decode()


def test_a_held_value_says_why_and_a_stale_one_since_when(officer):
    market.instrument()
    old = timezone.now() - timedelta(days=2)
    market.fed(market.row("BTC", old, "65000"), market.row("BTC", old, "65000"), at=old)
    later = old + timedelta(hours=1)
    market.fed(market.row("BTC", later, "32500"), at=later)
    entry = MarketEntry.objects.get()
    page = officer.get(reverse("admin:loans_marketentry_change", args=[entry.pk])).content.decode()
    assert "moved 50 %" in page
    assert "waits for" in done(officer, act("marketentry", "stand-by", entry), reason="It fell")
    instrument = reverse("admin:loans_instrument_change", args=["BTC"])
    page = officer.get(instrument).content.decode()
    assert "stale" in page
    assert "is 48 hours old" in page
    assert "at most 24 hours are allowed" in page
    assert "canvas" not in page
    approve(Approval.objects.get(kind="market.entry"))
    done(officer, act("marketentry", "book", entry))
    assert "canvas" in officer.get(instrument).content.decode()
    wrong = Observation.objects.order_by("-id")[0]
    done(officer, act("observation", "correct", wrong), value="33000", reason="Digits")
    assert MarketEntry.objects.filter(corrects=wrong).exists()


def test_who_may_not_write_market_data_sees_no_button():
    market.instrument()
    client = signed_in(signing_in("loan_officer"))
    page = client.get(reverse("admin:loans_instrument_change", args=["BTC"])).content.decode()
    assert "Enter a value by hand" not in page
    address = act("instrument", "enter-value", Instrument.objects.get())
    assert client.post(address, {}).status_code == 403


def test_lists_of_market_data_cost_the_same_for_thirty_as_for_one(
    officer, django_assert_max_num_queries
):
    now = timezone.now()
    market.instrument()
    market.price("BTC", "65000", now - timedelta(minutes=40))
    lists = [
        reverse(f"admin:loans_{stem}_changelist")
        for stem in ("instrument", "observation", "marketentry", "marketfile")
    ]
    counted = {}
    for address in lists:
        with django_assert_max_num_queries(40) as seen:
            officer.get(address)
        counted[address] = len(seen)
    for n in range(30):
        market.instrument(f"A{n}")
        market.price(f"A{n}", "100", now - timedelta(minutes=30 - n // 2))
        market.price("BTC", "65000", now - timedelta(minutes=30, seconds=n))
        market.by_hand(Instrument.objects.get(pk=f"A{n}"), now.isoformat(), "101")
    for address in lists:
        with django_assert_max_num_queries(counted[address] + 1):
            officer.get(address)
