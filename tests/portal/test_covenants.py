"""Covenants in the portal: what is due, certificates with upload, and nobody else's."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from loans.models import Certificate, CovenantTest
from loans.operations import covenant_certificates, covenant_tests
from tests.console.factories import signed_in
from tests.factories import person
from tests.loans import covenants as making
from tests.loans.conftest import pay, pool  # noqa: F401 - the fixtures of a loan that is drawn
from tests.loans.parties import institution
from tests.portal.factories import member
from together.controls.models import Document


@pytest.fixture
def test(pool, pay) -> CovenantTest:  # noqa: F811
    making.drawn(pool, pay, making.EQUITY, making.ACCOUNTS)
    covenant_tests.watch(at=timezone.now())
    return CovenantTest.objects.order_by("id")[0]


def path(test: CovenantTest, what: str = "") -> str:
    return f"/portal/covenant-tests/{test.number}/{what}"


def masked(answer) -> bytes:
    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)


def typed(who, **changed) -> dict:
    return {
        "certificate": SimpleUploadedFile("certificate.pdf", b"%PDF-1.7 kept"),
        "accounts": SimpleUploadedFile("q4.pdf", b"%PDF-1.7 accounts"),
        "signed_by": f"person:{who.username}",
        "signed_on": timezone.now().date().isoformat(),
        **changed,
    }


@pytest.mark.parametrize("role", ["institution_admin", "institution_manager"])
def test_admin_and_manager_certify_and_see_what_became_of_it(test, role):
    who = member(test.loan.institution, role)
    client = signed_in(who)
    assert test.number in client.get("/portal/").content.decode()
    loan = client.get(f"/portal/loans/{test.loan.number}/").content.decode()
    assert "Equity over total assets: at least 25.00 %" in loan
    assert path(test) in loan
    assert "File the certificate" in client.get(path(test)).content.decode()
    other = CovenantTest.objects.filter(period_ends_on=test.period_ends_on).order_by("id")[1]
    assert client.post(path(test, "certify/"), typed(who, also=[other.number])).status_code == 302
    assert Certificate.objects.filter(test__in=[test, other]).count() == 2
    assert Document.objects.filter(subject=test.loan.institution.number, name="q4.pdf").exists()
    shown = client.get(path(test)).content.decode()
    assert "a loan officer examines it" in shown
    made = test.certificates.get()
    answer = client.get(f"/portal/certificates/{made.number}/document/")
    assert answer.content.startswith(b"%PDF-")
    assert "attachment" in answer["Content-Disposition"]
    now = timezone.now()
    covenant_certificates.examine(
        certificate=made,
        spread=making.accounts(test, now.date()),
        by=person("credit_checker"),
        at=now,
    )
    shown = client.get(path(test)).content.decode()
    for words in ("50.00 %", "25.00 %", "cured", "It was kept in the end."):
        assert words in shown


def test_what_is_wrong_is_said_and_nothing_is_kept(test):
    who = member(test.loan.institution)
    client = signed_in(who)
    bad = client.post(path(test, "certify/"), typed(who, signed_on="2020-01-01"))
    assert bad.status_code == 409
    assert "signed_on: 2020-01-01 is not between 2025-12-31" in bad.content.decode()
    exe = SimpleUploadedFile("x.exe", b"MZ")
    bad = client.post(path(test, "certify/"), typed(who, certificate=exe))
    assert bad.status_code == 409
    assert "is none of .pdf" in bad.content.decode()
    assert client.post(path(test, "certify/"), {}).status_code == 400
    assert not Certificate.objects.exists()
    assert not Document.objects.filter(name="q4.pdf").exists()


def test_a_viewer_reads_and_others_see_nothing(test):
    viewer = signed_in(member(test.loan.institution, "institution_viewer"))
    assert "File the certificate" not in viewer.get(path(test)).content.decode()
    assert viewer.post(path(test, "certify/")).status_code == 404
    made = making.filed(test, timezone.now().date())
    stranger = signed_in(member(institution()))
    document = f"/portal/certificates/{made.number}/document/"
    assert viewer.get(document).status_code == 200
    for address in (path(test), document):
        missing = address.replace(test.number, "CVT-9999").replace(made.number, "CC-9999")
        refused = stranger.get(address)
        assert refused.status_code == 404
        assert masked(refused) == masked(stranger.get(missing))
    assert stranger.post(path(test, "certify/")).status_code == 404
    assert test.number not in stranger.get("/portal/").content.decode()
