"""The console's pages over waves: what may go wrong is told before it may, and one may stop it."""

import pytest
from django.urls import reverse

from tests.console.factories import signed_in
from tests.factories import payments, person
from tests.treasury.paying import Waves
from together.treasury.models import Brake, Instruction, Remedy


@pytest.fixture
def paying(own_database, settings):
    settings.MFA_REQUIRED = False
    return Waves(payments(["5"] * 104))


def page_of(order, act=""):
    name = "admin:treasury_disbursement_" + ("act" if act else "change")
    return reverse(name, args=[order.pk, act] if act else [order.pk])


def test_the_page_tells_the_worst_loss_before_the_release_and_shows_each_wave(paying):
    client = signed_in(paying.officer)
    page = client.get(page_of(paying.order)).content.decode()
    assert "canary, 100 payments. Whatever is wrong with them" in page
    assert "at most 500.00 USDC leaves wrongly: 0.001 % of the pool" in page
    shown = client.get(page_of(paying.order, "release")).content.decode()
    assert "Can leave wrongly at most" in shown
    assert client.post(page_of(paying.order, "release")).status_code == 302
    page = client.get(page_of(paying.order)).content.decode()
    assert "wave 1: 100 payments are not answered yet" in page
    answer = client.post(page_of(paying.order, "release"))
    assert (answer.status_code, b"not answered yet" in answer.content) == (409, True)


def test_a_stop_is_shown_on_the_page_and_the_dashboard_and_ended_by_another_person(paying):
    paying.release()
    officer, approver = signed_in(paying.officer), signed_in(person("treasury_approver"))
    officer.post(page_of(paying.order, "stop"), {"reason": "A call from the desk"})
    page = officer.get(page_of(paying.order)).content.decode()
    assert "A call from the desk" in page
    assert "somebody else to let it go on" in page
    assert "is stopped." in officer.get(reverse("admin:index")).content.decode()
    approver.post(page_of(paying.order, "resume"), {"reason": "It was a test"})
    assert Brake.objects.get().resumed_reason == "It was a test"


def test_a_failed_payment_is_decided_from_its_page(paying):
    paying.release()
    first = Instruction.objects.filter(batch__wave__number=1).order_by("id").first()
    Instruction.objects.filter(pk=first.pk).update(state="sending")
    Instruction.objects.filter(pk=first.pk).update(state="refused")
    client = signed_in(paying.officer)
    address = reverse("admin:treasury_instruction_act", args=[first.pk, "pay-again"])
    assert "Its money is in" in client.get(address).content.decode()
    answer = client.post(address, {"payee": "payee-new", "reason": "The payee wrote"})
    remedy = Remedy.objects.get()
    assert answer.url == reverse("admin:treasury_remedy_change", args=[remedy.pk])
    page = client.get(answer.url).content.decode()
    assert "payee-new" in page
    assert "approval, and to be booked" in page
    listed = client.get(reverse("admin:treasury_remedy_changelist")).content.decode()
    assert "RM-0001" in listed
