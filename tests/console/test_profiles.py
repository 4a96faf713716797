"""Pages of profiles and groups: entered by a form that says what is wrong, changed as approved."""

import pytest
from django.urls import reverse

from loans.models import Group, Institution, ProfileChange
from loans.operations import groups
from loans.operations.profiles import put_in_force
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW, approve, person, usdc
from tests.loans.parties import entered, lei, profile_change
from together.controls.models import Approval

pytestmark = pytest.mark.django_db


def fields(**named):
    given = {
        "legal_name": "Northgate Ltd",
        "aliases": "Northgate Trading\n\nNorthgate MM",
        "jurisdiction": "KY",
        "sector": "market_maker",
        "affiliation": "none",
        "limit": "1,000,000",
    }
    return {**given, **named}


def page(record, view="change", *more):
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_{view}", args=[record.pk, *more])


def test_an_institution_is_entered_with_all_that_is_known_of_it():
    client = signed_in(signing_in("loan_officer"))
    group = groups.enter(name="Northgate group", by=person("loan_officer"), at=NOW)
    form = fields(lei=lei(), wallet="wallet-northgate", group=group.pk)
    answer = client.post(reverse("admin:loans_institution_begin", args=["enter"]), form)
    made = Institution.objects.get()
    assert answer.url == page(made)
    assert made.aliases == ["Northgate Trading", "Northgate MM"]
    shown = client.get(page(made)).content.decode()
    for words in ("Northgate group", "market maker", "Cayman Islands (KY)", "1,000,000.00"):
        assert words in shown


def test_what_is_wrong_is_told_and_nothing_is_entered():
    client = signed_in(signing_in("loan_officer"))
    enter = reverse("admin:loans_institution_begin", args=["enter"])
    form = fields(lei=lei(), wallet="w", affiliation="shareholder")
    answer = client.post(enter, form)
    assert answer.status_code == 409
    assert b"must be named for shareholder" in answer.content
    assert client.post(enter, {**form, "sector": "bank"}).status_code == 422
    assert not Institution.objects.exists()


def test_the_form_of_a_change_has_what_holds_now_and_its_page_shows_the_difference():
    borrower = entered(limit=usdc("5000000"), legal_name="Northgate Ltd")
    client = signed_in(signing_in("loan_officer"))
    form = client.get(page(borrower, "act", "change")).content.decode()
    assert 'value="5,000,000.00"' in form
    assert '<option value="KY" selected' in form
    answer = client.post(
        page(borrower, "act", "change"),
        {**fields(limit="7,500,000", aliases=""), "reason": "Accounts of 2025"},
    )
    change = ProfileChange.objects.get()
    assert answer.url == page(change)
    shown = client.get(page(change)).content.decode()
    assert "5,000,000.00" in shown
    assert "7,500,000.00" in shown
    assert "waits for a credit checker" in shown
    asked = client.get(page(Approval.objects.get(subject=change.number))).content.decode()
    assert "Limit, before" in asked
    assert "Limit, after" in asked
    assert "7,500,000.00" in asked


def test_a_change_that_was_approved_is_put_in_force_by_its_page():
    change = profile_change(entered(), sector="miner")
    approve(Approval.objects.get(subject=change.number))
    client = signed_in(signing_in("loan_officer"))
    assert b"Used of its limit now" in client.get(page(change, "act", "put-in-force")).content
    client.post(page(change, "act", "put-in-force"))
    change.refresh_from_db()
    assert (change.state, change.institution.sector) == ("applied", "miner")


def test_a_request_for_what_was_withdrawn_waits_for_nobody():
    change = profile_change(entered(), sector="miner")
    client = signed_in(signing_in("loan_officer"))
    client.post(page(change, "act", "withdraw"))
    shown = client.get(page(Approval.objects.get(subject=change.number))).content
    assert b"withdrawn" in shown


def test_a_group_shows_its_members_and_who_should_be_one():
    client = signed_in(signing_in("loan_officer"))
    client.post(reverse("admin:loans_group_begin", args=["enter"]), {"name": "Northgate group"})
    group = Group.objects.get()
    assert b"Nobody belongs to it" in client.get(page(group)).content
    top = entered(legal_name="Top Ltd")
    below = entered(parent=top.number, legal_name="Below Ltd")
    change = profile_change(top, group=group.number)
    approve(Approval.objects.get(subject=change.number))
    put_in_force(change=change, by=person("loan_officer"), at=NOW)
    shown = client.get(page(group)).content.decode()
    assert "Top Ltd" in shown
    assert "Controlled by a member, but not in the group" in shown
    assert (
        "belongs to the group Northgate group; it does not"
        in client.get(page(below)).content.decode()
    )


def test_a_contact_is_entered_on_the_page_of_its_institution_and_ended_on_its_own():
    borrower, client = entered(), signed_in(signing_in("loan_officer"))
    assert b"Nobody speaks for it" in client.get(page(borrower)).content
    form = {
        "name": "Ines Falk",
        "capacity": "finance",
        "email": "ines@example",
        "phone": "+44 20 7946 0018",
        "starts_on": "2025-10-01",
    }
    answer = client.post(page(borrower, "act", "contact"), form)
    assert answer.status_code == 409
    assert b"ines@example&#x27; is no address" in answer.content
    client.post(page(borrower, "act", "contact"), {**form, "email": "ines@example.test"})
    made = borrower.contacts.get()
    assert b"Ines Falk" in client.get(page(borrower)).content
    client.post(page(made, "act", "end"), {"ended_on": "2025-10-02", "reason": "left"})
    assert b"Ended: left" in client.get(page(made)).content
