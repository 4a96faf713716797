"""Covenant tests in the console: found by when they are due, certified, examined, waived."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from loans.models import Certificate, CovenantTest
from loans.operations import covenant_tests
from tests.console.factories import signed_in, signing_in
from tests.console.test_market_data import act, done
from tests.factories import approve, person
from tests.loans import covenants as making
from tests.loans.conftest import pay, pool  # noqa: F401 - the fixtures of a loan that is drawn
from together.controls.models import Approval


@pytest.fixture
def officer(pool):  # noqa: F811
    return signed_in(signing_in("loan_officer"))


def page(client, stem: str, record) -> str:
    answer = client.get(reverse(f"admin:loans_{stem}_change", args=[record.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client, stem: str, query: str = "") -> str:
    answer = client.get(reverse(f"admin:loans_{stem}_changelist") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def form(admin) -> dict:
    return {
        "file": SimpleUploadedFile("certificate.pdf", b"%PDF-1.7 kept"),
        "signed_by": f"person:{admin.username}",
        "signed_on": timezone.now().date().isoformat(),
    }


def test_a_test_from_the_monitor_to_a_waiver(officer, pool, pay):  # noqa: F811
    loan = making.drawn(pool, pay, making.EQUITY, making.ACCOUNTS)
    assert "tests opened" in done(officer, act("covenanttest", "watch"))
    test = CovenantTest.objects.filter(covenant__kind="financial").order_by("id")[0]
    told = CovenantTest.objects.filter(covenant__kind="information").order_by("id")[0]
    shown = page(officer, "covenanttest", test)
    for words in ("Equity over total assets: at least 25.00 %", "None was filed yet", "defaulted"):
        assert words in shown
    admin = person("institution_admin", scope=loan.institution.number)
    bad = {**form(admin), "signed_on": "2025-01-01", "also": [told.number]}
    answer = officer.post(act("covenanttest", "file-certificate", test), bad)
    assert answer.status_code == 409
    assert "signed_on: 2025-01-01 is not between 2025-12-31" in answer.content.decode()
    done(
        officer,
        act("covenanttest", "file-certificate", test),
        **{**form(admin), "also": [told.number]},
    )
    assert Certificate.objects.count() == 2
    assert "waits for an officer to examine it" in page(officer, "covenanttest", test)
    making.accounts(test, timezone.now().date(), amounts=making.THIN)
    checker = signed_in(signing_in("credit_checker"))
    asked = checker.get(act("covenanttest", "examine", test)).content.decode()
    assert "10.00 % breached, headroom -15.00 %" in asked
    spread = loan.institution.spreads.get(ends_on=test.period_ends_on)
    own = officer.post(act("covenanttest", "examine", test), {"spread": spread.pk})
    assert "somebody else than who filed it" in own.content.decode()
    assert "breached" in done(checker, act("covenanttest", "examine", test), spread=spread.pk)
    assert "is delivered" in checker.get(act("covenanttest", "judge", told)).content.decode()
    done(checker, act("covenanttest", "judge", told), is_delivered="yes")
    told.refresh_from_db()
    assert told.state == "cured"
    assert "-15.00 %" in page(officer, "loan", loan)
    done(officer, act("covenanttest", "propose-waiver", test), reason="Equity is on its way")
    assert officer.post(act("covenanttest", "waive", test)).status_code == 409
    request = Approval.objects.get(kind="covenant.waiver")
    inbox = checker.get(reverse("admin:controls_approval_change", args=[request.pk]))
    assert "Equity is on its way" in inbox.content.decode()
    approve(request, at=timezone.now())
    assert "waived" in done(officer, act("covenanttest", "waive", test))
    shown = page(officer, "covenanttest", test)
    assert "Waits for nothing: this period is let go" in shown
    assert "Equity is on its way" in shown
    assert "Page" not in page(officer, "certificate", Certificate.objects.get(test=test))


def test_the_lists_filter_and_ask_a_constant_number_of_queries(
    officer,
    pool,  # noqa: F811
    pay,  # noqa: F811
    django_assert_max_num_queries,
):
    assert "No test was opened yet" in listed(officer, "covenanttest")
    assert "No certificate was filed yet" in listed(officer, "certificate")
    monthly = {"every_months": 1, "due_days": 31}
    making.drawn(pool, pay, {**making.EQUITY, **monthly}, {**making.ACCOUNTS, **monthly})
    covenant_tests.watch(at=timezone.now())
    # The last month is due in one to thirty-one days, whatever the day.
    last = CovenantTest.objects.filter(covenant__kind="financial").order_by("-period_ends_on")[0]
    made = making.filed(last, timezone.now().date())
    for query, is_there in (
        ("?due=0", False),
        ("?due=90", True),
        ("?state__exact=due", True),
        ("?state__exact=defaulted", False),
        ("?covenant__kind__exact=information", False),
        ("?certificate=waits", True),
        ("?certificate=none", False),
        (f"?q={last.number}", True),
    ):
        assert (last.number in listed(officer, "covenanttest", query)) == is_there, query
    assert made.number in listed(officer, "certificate", "?examined=no")
    assert made.number not in listed(officer, "certificate", "?examined=yes")
    assert CovenantTest.objects.count() > 20
    with django_assert_max_num_queries(12):
        listed(officer, "covenanttest")
    export = officer.get(reverse("admin:loans_covenanttest_export"))
    assert last.number in b"".join(export.streaming_content).decode()
