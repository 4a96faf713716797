"""Destinations and payment files in the console: registered, prepared, handed over, answered."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.console.factories import signed_in, signing_in
from tests.factories import approve
from tests.treasury.files import approved, bank_batch, chain_batch, handed_over, prepared
from together.controls.models import Approval
from together.treasury.models import Destination, PaymentFile

pytestmark = pytest.mark.django_db


def act(client, record, name, **form):
    stem = f"admin:{record._meta.app_label}_{record._meta.model_name}_act"
    return client.post(reverse(stem, args=[record.pk, name]), form)


def page(client, record):
    stem = f"admin:{record._meta.app_label}_{record._meta.model_name}_change"
    answer = client.get(reverse(stem, args=[record.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def officer():
    return signed_in(signing_in("treasury_officer"))


def test_a_destination_goes_from_the_form_to_usable(officer):
    begin = reverse("admin:treasury_destination_begin", args=["register"])
    form = {
        "owner_kind": "institution",
        "owner": "5493001KJTIIGC8Y1R12",
        "label": "Main account",
        "rail": "bank",
        "asset": "USD",
        "identifier": "CH93 0076 2011 6238 5295 8",
        "servicer": "UBSWCHZH80A",
        "holder": "Lagoon & Co",
        "country": "CH",
    }
    refused = officer.post(begin, form)
    assert refused.status_code == 409
    text = refused.content.decode()
    assert "no IBAN" in text
    assert "Lagoon &amp; Co" in text
    right = {"identifier": "CH93 0076 2011 6238 5295 7", "holder": "Lagoon + Co"}
    assert officer.post(begin, {**form, **right}).status_code == 302
    found = Destination.objects.get()
    assert act(officer, found, "confirm").status_code == 409
    assert act(officer, found, "propose-confirmation", evidence="").status_code == 422
    evidence = "Called back the number of the KYB file"
    assert act(officer, found, "propose-confirmation", evidence=evidence).status_code == 302
    asked = Approval.objects.get()
    inbox = page(signed_in(signing_in("treasury_approver")), asked)
    assert evidence in inbox
    assert found.payee in inbox
    approve(asked)
    assert act(officer, found, "confirm").status_code == 302
    assert "In its cooling-off" in page(officer, found)
    compliance = signed_in(signing_in("compliance"))
    assert act(compliance, found, "revoke", reason="Hacked").status_code == 302
    found.refresh_from_db()
    assert (found.state, found.reason) == ("revoked", "Hacked")


def test_a_file_is_prepared_on_its_batch_and_taken_by_somebody_else(officer):
    batch = bank_batch(["1000.50", "250"])
    text = page(officer, batch)
    assert "Prepare a file" in text
    assert "No file yet." in text
    shown = officer.get(reverse("admin:treasury_batch_act", args=[batch.pk, "prepare-file"]))
    assert "1,250.50" in shown.content.decode()
    answer = act(officer, batch, "prepare-file", execute_on="2025-10-15", format_="")
    assert answer.status_code == 302
    file = PaymentFile.objects.get()
    assert file.digest in page(officer, file)
    assert act(officer, file, "hand-over").status_code == 409
    approved(file)
    assert act(officer, file, "hand-over").status_code == 409
    carrier = signed_in(signing_in("treasury_officer"))
    taken = act(carrier, file, "hand-over")
    assert taken.status_code == 200
    assert taken["Content-Type"] == "application/xml"
    assert taken["Content-Disposition"] == f'attachment; filename="{file.message_id}.xml"'
    assert taken.content == bytes(file.data)
    assert act(carrier, file, "download").content == taken.content
    text = page(officer, file)
    assert "Taken by" in text
    assert file.downloads.count() == 2
    assert file.number in page(officer, batch)


def test_a_rejected_payment_is_released_from_the_page(officer):
    file = handed_over(bank_batch(["1000.50", "250"]))
    gone = act(officer, file, "reject", references="F-0001", reason="Account closed")
    assert gone.status_code == 302
    assert act(officer, file, "release-rejected").status_code == 409
    approve(Approval.objects.get(kind="payment.rejection"))
    assert act(officer, file, "release-rejected").status_code == 302
    assert file.batch.instructions.get(reference="F-0001").state == "ready"
    upload = SimpleUploadedFile("r.xml", b"<a>")
    assert act(officer, file, "report", report=upload).status_code == 409


def test_transactions_are_named_and_reported_by_upload(officer):
    file = handed_over(chain_batch(["1"]))
    upload = SimpleUploadedFile("h.csv", f"F-0000,0x{'a' * 64}\n".encode())
    assert act(officer, file, "transactions", hashes=upload).status_code == 302
    assert "0x" + "a" * 64 in page(officer, file)
    account = file.batch.disbursement.account
    assert "0x" + "a" * 64 in page(officer, account)
    report = SimpleUploadedFile("c.csv", b"x")
    assert act(officer, account, "report", report=report).status_code == 409
    wrong = SimpleUploadedFile("h.csv", b"one\n")
    assert act(officer, file, "transactions", hashes=wrong).status_code == 422


def test_an_auditor_reads_but_takes_nothing():
    file = approved(prepared(bank_batch(["1"])))
    auditor = signed_in(signing_in("auditor"))
    assert "Hand over" not in page(auditor, file)
    assert act(auditor, file, "hand-over").status_code == 403
