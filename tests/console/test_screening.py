"""Pages of the screening: lists come in by a form, hits are found in a queue and decided there."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from loans.operations import screenings
from tests.console.factories import signed_in, signing_in
from tests.factories import person
from tests.loans.parties import entered
from together.controls.models import Approval, Hit, ScreeningList, ScreeningPolicy
from together.controls.operations import hits

pytestmark = pytest.mark.django_db
ROWS = (
    "reference,kind,name,also_known_as,addresses,programme\n"
    "E-1,entity,Northgate Trading,,,x\n"
    "E-2,individual,Nemo Nobody,,,x\n"
)


def page(record, view="change", *more):
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_{view}", args=[record.pk, *more])


def load(client, rows: str = ROWS):
    return client.post(
        reverse("admin:controls_screeninglist_begin", args=["load"]),
        {
            "source": "own",
            "file": SimpleUploadedFile("own.csv", rows.encode()),
            "issued_on": timezone.now().date().isoformat(),
        },
    )


def hit() -> Hit:
    load(signed_in(signing_in("compliance")))
    screenings.screen_one(institution=entered(legal_name="Northgate Tradng"), at=timezone.now())
    return Hit.objects.get()


def test_a_list_is_loaded_once_by_its_form():
    client = signed_in(signing_in("compliance"))
    answer = load(client)
    made = ScreeningList.objects.get()
    assert answer.url == page(made)
    assert b"Nemo Nobody" in client.get(page(made)).content
    again = client.get(load(client).url).content.decode()
    assert "This file is SL-0001 already; nothing changed." in again
    refused = load(client, ROWS.replace("entity", "ship"))
    assert refused.status_code == 409
    assert b"row 2: kind: &#x27;ship&#x27; is none of individual, entity" in refused.content
    assert ScreeningList.objects.count() == 1


def test_a_loan_officer_reads_lists_and_loads_none():
    client = signed_in(signing_in("loan_officer"))
    assert load(client).status_code == 403


def test_the_page_of_an_institution_says_whether_it_is_screened():
    borrower = entered(legal_name="Northgate Tradng")
    officer = signed_in(signing_in("loan_officer"))
    assert "not screened" in officer.get(page(borrower)).content.decode()
    assert officer.post(page(borrower, "act", "screen")).status_code == 409
    load(signed_in(signing_in("compliance")))
    officer.post(page(borrower, "act", "screen"))
    shown = officer.get(page(borrower)).content.decode()
    assert "H-0001 is open" in shown
    assert "Northgate Trading" in shown


def test_a_hit_is_cleared_by_two_on_its_page():
    found = hit()
    officer, compliance = signed_in(signing_in("loan_officer")), signing_in("compliance")
    officer.post(page(found, "act", "propose-clearing"), {"reason": "Another country"})
    asked = Approval.objects.get(kind="screening.clearing")
    client = signed_in(compliance)
    assert client.post(page(found, "act", "clear")).status_code == 409
    assert "Clearing of a hit" in client.get(page(asked)).content.decode()
    client.post(page(asked, "act", "approve"), {"reason": ""})
    client.post(page(found, "act", "clear"))
    found.refresh_from_db()
    assert found.state == "cleared"
    shown = client.get(page(found)).content.decode()
    assert f"approved by {compliance}" in shown


def test_a_hit_is_confirmed_by_one():
    found, client = hit(), signed_in(signing_in("compliance"))
    assert client.post(page(found, "act", "confirm"), {"reason": ""}).status_code == 422
    client.post(page(found, "act", "confirm"), {"reason": "It is them"})
    found.refresh_from_db()
    assert found.state == "confirmed"


def test_the_queue_is_filtered_by_state_and_age():
    client, queue = signed_in(signing_in("compliance")), reverse("admin:controls_hit_changelist")
    assert client.get(queue).status_code == 200
    assert b"H-0001" in client.get(queue, {"q": hit().number}).content
    assert b"H-0001" in client.get(queue, {"state__exact": "open"}).content
    assert b"H-0001" not in client.get(queue, {"state__exact": "cleared"}).content
    assert b"H-0001" not in client.get(queue, {"age": "1"}).content
    assert b"H-0001" in client.get(queue, {"age": "junk"}).content
    from together.controls.queries.screening import waiting

    assert Hit.objects.filter(waiting(1, timezone.now() + timedelta(days=2))).exists()


def test_hits_of_the_loans_are_not_for_who_reads_claims_only():
    found, client = hit(), signed_in(signing_in("claims_officer"))
    listed = client.get(reverse("admin:controls_hit_changelist"))
    assert listed.status_code == 200
    assert b"H-0001" not in listed.content
    assert client.get(page(found)).status_code == 404


def test_the_policy_is_proposed_and_put_in_force_on_its_pages():
    one, other = signed_in(signing_in("compliance")), signed_in(signing_in("compliance"))
    begin = reverse("admin:controls_screeningpolicy_begin", args=["propose"])
    form = {"threshold": "60", "most_days": "2", "reason": "Fewer"}
    assert b"threshold: 60 is not from 70 to 100" in one.post(begin, form).content
    one.post(begin, {**form, "threshold": "90"})
    force = reverse("admin:controls_screeningpolicy_begin", args=["put-in-force"])
    assert b"no policy waits" in one.get(force).content
    assert one.post(force).status_code == 409
    other.post(page(Approval.objects.get(), "act", "approve"), {"reason": ""})
    one.post(force)
    assert ScreeningPolicy.objects.first().threshold == 90


def test_a_request_that_was_overtaken_waits_for_nobody():
    found = hit()
    by, at = person("loan_officer"), timezone.now()
    first = hits.propose_clearing(hit=found, reason="One", by=by, at=at)
    hits.propose_clearing(hit=found, reason="Other", by=by, at=at)
    client = signed_in(signing_in("compliance"))
    assert "withdrawn" in client.get(page(first)).content.decode()


def test_a_list_is_loaded_by_a_command(tmp_path, capsys):
    file, by = tmp_path / "own.csv", person("compliance").username
    file.write_text(ROWS)
    day = timezone.now().date().isoformat()
    given = {"source": "own", "by": by, "issued_on": timezone.now().date()}
    call_command("load_screening_list", str(file), **given)
    call_command("load_screening_list", str(file), **given)
    first, again = capsys.readouterr().out.splitlines()
    assert first == (f"SL-0001 own list is loaded: version 1 of {day}, 2 entries, 2 new, 0 gone")
    assert "was here already" in again
    for file_name, name in (("missing.csv", by), ("own.csv", "nobody-there")):
        with pytest.raises(CommandError):
            call_command("load_screening_list", str(tmp_path / file_name), **{**given, "by": name})
