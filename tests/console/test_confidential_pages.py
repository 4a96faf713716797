"""Confidential applications: who opens their pages, and that nothing tells the others of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from loans.models import Application, Confidentiality
from loans.operations import applications, conditions
from loans.rules.states import ConditionState
from tests.console.factories import OFFICERS, signed_in, signing_in
from tests.factories import NOW, approve, person
from tests.loans.credit import shown, underwritten
from tests.loans.factories import application, loans_pool
from tests.loans.parties import institution
from together.console.queries.tasks.mine import tasks_of
from together.controls.models import AccessRecord, Approval
from together.controls.operations import approvals
from together.controls.rules import roles

pytestmark = pytest.mark.django_db
NAME, AMOUNT = "Quiet Harbour Ltd", "1,234,567"
READERS = [role for role in OFFICERS if roles.may(frozenset({role}), "loans.read")]
ALWAYS = ("compliance", "auditor")
LISTS = ("application", "worksheet", "condition", "covenant", "guarantee", "pledge", "termsheet")


@pytest.fixture
def owner():
    return signing_in("loan_officer", name="olga-owner")


@pytest.fixture
def asked(owner):
    """A confidential application with a worksheet, a condition and a document."""
    made = application(
        loans_pool(),
        amount="1234567",
        borrower=institution(legal_name=NAME),
        by=owner,
        confidential_for="A merger of two borrowers",
    )
    underwritten(made, by=owner)
    conditions.agree(application=made, text="A legal opinion", by=owner, at=NOW)
    shown(made.institution, subject=made.number, title="The merger plan")
    return made


def _page(record) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_change", args=[record.pk])


def _parts(asked):
    from together.controls.models import Document

    return [
        asked,
        asked.worksheets.get(),
        asked.conditions.get(),
        Document.objects.get(subject=asked.number),
    ]


@pytest.mark.parametrize("role", READERS)
def test_its_pages_are_open_to_compliance_and_the_auditor_and_say_whom_to_ask(role, asked, owner):
    client = signed_in(signing_in(role))
    for record in _parts(asked):
        answer = client.get(_page(record))
        page = answer.content.decode()
        if role in ALWAYS:
            assert answer.status_code == 200, record
            assert "Olga Owner" in signed_in(owner).get(_page(asked)).content.decode()
        else:
            assert answer.status_code == 403, record
            assert f"{asked.number} is confidential; ask Olga Owner" in page
            assert NAME not in page
    looks = AccessRecord.objects.filter(subject=asked.number, by__username__startswith=role)
    assert looks.exists() == (role in ALWAYS)


@pytest.mark.parametrize("role", READERS)
def test_no_list_export_search_or_report_tells_of_it(role, asked):
    client = signed_in(signing_in(role))
    tells = role in ALWAYS
    for name in LISTS:
        stem = f"admin:loans_{name}"
        for address in (reverse(f"{stem}_changelist"), reverse(f"{stem}_export")):
            for query in ("", f"?q={asked.number}"):
                page = _text(client.get(address + query))
                assert (NAME in page and asked.number in page) <= tells, address
                assert "A legal opinion" not in page or tells
    stem = "admin:loans_application"
    assert ("1234567" in _text(client.get(reverse(f"{stem}_export")))) == tells
    for address in ("admin:controls_document_changelist", "admin:controls_document_export"):
        assert ("The merger plan" in _text(client.get(reverse(address)))) == tells
    found = client.get(reverse("admin:search"), {"s": asked.number, "extended": "1"})
    assert (_page(asked) in found.content.decode()) == tells
    # For everybody alike: the page of the institution, and the report of the stages.
    page = client.get(_page(asked.institution)).content.decode()
    assert asked.number not in page
    assert AMOUNT not in page
    report = client.get(reverse("admin:report", args=["applications-by-stage"]))
    row = report.content.decode()
    assert asked.number in row
    assert NAME not in row
    assert AMOUNT not in row


def _text(answer) -> str:
    assert answer.status_code == 200
    return b"".join(answer).decode()


def test_the_api_gives_it_to_who_may_see_it_and_to_its_institution(asked, owner):
    member = person("institution_admin", scope=asked.institution.number)
    seen = {owner: True, member: True, person("auditor"): True, person("loan_officer"): False}
    for who, sees in seen.items():
        client = signed_in(who)
        listed = client.get("/api/v1/applications/").json()["results"]
        assert [one["number"] for one in listed] == [asked.number] * sees
        assert client.get(f"/api/v1/applications/{asked.number}/").status_code == (
            200 if sees else 404
        )


def test_who_must_decide_opens_it_at_their_stage_and_after_but_nobody_before(asked, owner):
    checker, committee = signing_in("credit_checker"), signing_in("committee")
    request = applications.propose(application=asked, by=owner, at=NOW)
    assert request.roles == ["credit_checker"]
    about = conditions.propose(
        condition=asked.conditions.get(), outcome=ConditionState.WAIVED, note="No", by=owner, at=NOW
    )
    for who, status in ((checker, 200), (committee, 403), (person("loan_officer"), 403)):
        client = signed_in(who)
        assert client.get(_page(asked)).status_code == status
        assert client.get(_page(request)).status_code == status
        assert client.get(_page(about)).status_code == status
        listed = client.get(reverse("admin:controls_approval_changelist")).content.decode()
        assert (asked.number in listed) == (status == 200)
        assert (about.subject in listed) == (status == 200)
        mine = [task.name for task in tasks_of(who, timezone.now())]
        assert any(asked.number in name for name in mine) == (status == 200)
    for one in (about, request):
        approvals.decide(approval=one, verdict="approved", by=checker, at=NOW)
    assert signed_in(checker).get(_page(asked)).status_code == 200
    assert signed_in(signing_in("credit_checker")).get(_page(asked)).status_code == 403


def test_tasks_of_other_officers_do_not_name_it(asked, owner):
    def names(who):
        return " ".join(f"{one.name} {one.whose}" for one in tasks_of(who, timezone.now()))

    assert asked.number in names(owner)
    assert NAME not in names(person("loan_officer"))


def test_once_it_is_lent_what_was_agreed_is_seen_by_who_serves_the_loan(asked, owner):
    condition = asked.conditions.get()
    request = applications.propose(application=asked, by=owner, at=NOW)
    approve(request)
    loan = applications.approve(application=asked, on=NOW.date(), by=owner, at=NOW)
    client = signed_in(signing_in("loan_officer"))
    assert client.get(_page(loan)).status_code == 200
    assert client.get(_page(condition)).status_code == 200
    assert client.get(_page(asked)).status_code == 403
    assert client.get(_page(asked.worksheets.get())).status_code == 403
    assert Approval.objects.filter(pk=request.pk).exists()
    assert client.get(_page(request)).status_code == 403


def test_it_is_kept_by_buttons_made_let_in_let_out_lifted(owner):
    plain = application(loans_pool(), by=owner)
    guest, client = signing_in("loan_officer"), signed_in(owner)
    act = "admin:loans_application_act"
    address = reverse(act, args=[plain.pk, "make-confidential"])
    assert "You become its owner" in client.get(address).content.decode()
    assert client.post(address, {"reason": ""}).status_code == 422
    assert signed_in(guest).post(address, {"reason": "Mine"}).status_code == 409
    page = client.post(address, {"reason": "A merger"}, follow=True).content.decode()
    held = Confidentiality.objects.get()
    assert "Who has access" in page
    assert held.number in page

    def do(who, name, **values):
        where = reverse("admin:loans_confidentiality_act", args=[held.pk, name])
        return who.post(where, values)

    assert do(signed_in(guest), "let-in", person=person("committee").pk).status_code == 409
    assert do(client, "let-in", person=guest.pk).status_code == 302
    assert signed_in(guest).get(_page(plain)).status_code == 200
    register = signed_in(guest).get(_page(held)).content.decode()
    assert str(guest) in register
    assert "A merger" not in register
    grant = held.grants.get()
    assert do(client, "let-out", access=grant.pk, reason="Rival deal").status_code == 302
    assert signed_in(guest).get(_page(plain)).status_code == 403
    assert "Rival deal" not in signed_in(guest).get(_page(held)).content.decode()
    committee = signed_in(signing_in("committee"))
    assert do(committee, "lift", reason="It is announced").status_code == 302
    assert signed_in(guest).get(_page(plain)).status_code == 200


def test_lists_cost_as_many_queries_whatever_is_hidden(owner):
    pool = loans_pool()
    client = signed_in(signing_in("loan_officer"))
    counts = set()
    for hidden in (1, 3):
        while Application.objects.filter(confidentialities__isnull=False).count() < hidden:
            application(pool, by=owner, confidential_for="A merger")
        for name in ("loans_application", "loans_confidentiality", "controls_approval"):
            address = reverse(f"admin:{name}_changelist")
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            counts.add((name, len(asked)))
    assert len(counts) == 3, counts
