"""Acts of the console: shown with their effect, done by an operation, refused in words."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.console import factories as seen
from tests.console.factories import signed_in, signing_in
from tests.loans.credit import recent
from tests.loans.factories import accepted
from tests.portal import factories as lending
from together.controls.models import Approval, AuditRecord, Decision, Person, RoleGrant
from together.treasury.models import Disbursement, Instruction, Switch
from together.treasury.operations import statements
from together.treasury.queries.positions import positions
from together.treasury.tasks import pay_batch

pytestmark = pytest.mark.django_db


def _act(record, name: str) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_act", args=[record.pk, name])


@pytest.fixture
def waiting():
    """Give a request for a payout, and the officer who asked."""
    officer = signing_in("treasury_officer", "treasury_approver")
    pool = factories.funded_pool()
    disbursement = seen.prepared(pool, officer)
    return Approval.objects.get(subject=disbursement.number), officer, disbursement


def test_the_page_of_an_approval_shows_its_effect_in_numbers_and_its_digest(waiting):
    approval, _, disbursement = waiting
    client = signed_in(signing_in("treasury_approver"))
    for address in (
        reverse("admin:controls_approval_change", args=[approval.pk]),
        _act(approval, "approve"),
    ):
        page = client.get(address).content.decode()
        assert "30.00" in page
        assert approval.effect_digest in page
    assert disbursement.number in page


def test_an_approver_approves_on_the_page(waiting):
    approval, *_ = waiting
    approver = signing_in("treasury_approver")
    answer = signed_in(approver).post(_act(approval, "approve"), {"reason": ""}, follow=True)
    assert b"stage 1 is approved" in answer.content
    assert Decision.objects.get(approval=approval).person == approver
    assert AuditRecord.objects.filter(what="retail.payout.approved", by=approver).exists()


def test_who_asked_is_refused_on_the_page_in_words(waiting):
    approval, officer, _ = waiting
    answer = signed_in(officer).post(_act(approval, "approve"), {"reason": ""})
    assert answer.status_code == 409
    assert b"who asked for it does not decide it" in answer.content
    assert not approval.decisions.exists()


def test_to_decline_takes_a_reason(waiting):
    approval, *_ = waiting
    client = signed_in(signing_in("treasury_approver"))
    assert client.post(_act(approval, "decline"), {"reason": ""}).status_code == 422
    client.post(_act(approval, "decline"), {"reason": "Wrong payees"})
    assert approval.decisions.get().reason == "Wrong payees"


def test_what_waits_for_somebody_stands_on_their_dashboard_only(waiting):
    approval, officer, _ = waiting
    mine = signed_in(signing_in("treasury_approver")).get("/console/").content.decode()
    assert reverse("admin:controls_approval_change", args=[approval.pk]) in mine
    assert b"Nothing waits" in signed_in(officer).get("/console/").content


def test_a_release_that_was_not_approved_is_refused_and_nothing_moves(waiting):
    _, officer, disbursement = waiting
    answer = signed_in(officer).post(_act(disbursement, "release"))
    assert answer.status_code == 409
    assert b"was not approved" in answer.content
    disbursement.refresh_from_db()
    assert disbursement.state == "prepared"


def test_a_release_rings_for_each_batch(waiting, monkeypatch, django_capture_on_commit_callbacks):
    approval, officer, disbursement = waiting
    factories.approve(approval)
    rung: list[str] = []
    monkeypatch.setattr(pay_batch, "delay", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(officer).post(_act(disbursement, "release"))
    assert answer.status_code == 302
    assert rung == [f"{disbursement.number}-0001"]
    assert Disbursement.objects.get().state == "released"


@pytest.mark.parametrize(
    ("role", "status"), [("treasury_officer", 302), ("auditor", 403), ("loan_officer", 403)]
)
def test_only_a_role_with_the_act_can_do_it(waiting, role, status):
    *_, disbursement = waiting
    client = signed_in(signing_in(role))
    assert client.post(_act(disbursement, "withdraw")).status_code == status
    page = client.get(reverse("admin:treasury_disbursement_change", args=[disbursement.pk]))
    assert b"Withdraw</a>" not in page.content


def test_payments_are_halted_and_resumed_with_a_reason():
    halting = reverse("admin:treasury_switch_begin", args=["halt"])
    resuming = reverse("admin:treasury_switch_begin", args=["resume"])
    officer = signed_in(signing_in("treasury_officer"))
    assert officer.post(halting, {"reason": ""}).status_code == 422
    assert officer.post(halting, {"reason": "A cent is missing"}).status_code == 302
    assert Switch.objects.get().is_halted
    assert b"Payments are halted" in officer.get("/console/").content
    assert officer.post(resuming, {"reason": "Found"}).status_code == 403
    approver = signed_in(signing_in("treasury_approver"))
    assert approver.post(resuming, {"reason": "Found"}).status_code == 302
    assert not Switch.objects.get().is_halted


def test_a_quarantined_instruction_is_tried_again_by_an_approver():
    seen.treasury_at_work(2)
    stuck = Instruction.objects.get(state="ready")
    Instruction.objects.filter(pk=stuck.pk).update(state="sending")
    Instruction.objects.filter(pk=stuck.pk).update(state="quarantined")
    client = signed_in(signing_in("treasury_approver"))
    assert client.post(_act(stuck, "try-again")).status_code == 302
    stuck.refresh_from_db()
    assert stuck.state == "unknown"


def test_a_funding_is_proposed_approved_and_booked_from_the_pages():
    officer = signing_in("treasury_officer")
    client = signed_in(officer)
    form = {
        "code": "gift",
        "name": "Gift",
        "wallet": "w-1",
        "given_for": "costs",
        "asset": "USDC",
        "promised": "1,000",
    }
    assert client.post(reverse("admin:treasury_pool_begin", args=["open"]), form).status_code == 302
    pool = positions()[0].pool
    ask = {"reference": "F-1", "amount": "250.5", "on": "2025-10-14"}
    assert client.post(_act(pool, "propose-funding"), {**ask, "amount": "1e9"}).status_code == 422
    assert client.post(_act(pool, "propose-funding"), ask).status_code == 302
    funding = pool.fundings.get()
    assert client.post(_act(funding, "fund")).status_code == 409
    factories.approve(Approval.objects.get())
    assert client.post(_act(funding, "fund")).status_code == 302
    assert str(positions()[0].of("fund.available")) == "250.50 USDC"


def test_an_application_goes_from_institution_to_loan_by_buttons():
    pool = lending.loans_pool()
    borrower = lending.institution()
    client = signed_in(signing_in("loan_officer"))
    figures = {
        "equity_ratio": "0.45",
        "interest_cover": "5",
        "cash_runway_months": "14",
        "exchange_exposure_ratio": "0.08",
    }
    form = {
        "pool": pool.pk,
        "amount": "500,000",
        "purpose": "Capital",
        "product": "level_monthly",
        "rate": "0.06",
        "instalments": "12",
        **figures,
    }
    assert client.post(_act(borrower, "apply"), {**form, "rate": "much"}).status_code == 409
    assert client.post(_act(borrower, "apply"), form).status_code == 302
    application = borrower.applications.get()
    assert client.post(_act(application, "approve")).status_code == 409
    assert client.post(_act(application, "propose")).status_code == 409
    recent(borrower)
    told = {"recommendation": "approve", "rationale": "Sound"}
    assert client.post(_act(application, "underwrite"), told).status_code == 302
    assert client.post(_act(application, "propose")).status_code == 302
    factories.approve(Approval.objects.get(kind="loan.approval"))
    assert client.post(_act(application, "approve")).status_code == 302
    loan = borrower.loans.get()
    assert client.post(_act(loan, "draw")).status_code == 409
    accepted(loan, at=timezone.now())
    assert client.post(_act(loan, "draw")).status_code == 302
    loan.refresh_from_db()
    assert loan.state == "drawing"


def test_a_security_administrator_enters_people_and_gives_roles():
    client = signed_in(factories.administrator())
    form = {"username": "nina", "full_name": "Nina New", "email": "nina@example.test"}
    assert (
        client.post(reverse("admin:controls_person_begin", args=["enter"]), form).status_code == 302
    )
    nina = Person.objects.get(username="nina")
    assert client.post(_act(nina, "give-role"), {"role": "auditor", "scope": ""}).status_code == 302
    assert RoleGrant.objects.get(person=nina).role == "auditor"
    page = client.post(_act(nina, "password-link"), follow=True).content.decode()
    (path,) = re.findall(r"in person: (/accounts/password/set/[^ <]+/)", page)
    assert signed_in(nina).get(path, follow=True).status_code == 200


def test_nobody_gives_a_role_to_themselves():
    security = factories.administrator()
    answer = signed_in(security).post(
        _act(security, "give-role"), {"role": "committee", "scope": ""}
    )
    assert answer.status_code == 409
    assert not RoleGrant.objects.filter(person=security, role="committee").exists()


def test_a_receipt_that_names_no_loan_is_allocated_by_an_officer():
    pool = lending.loans_pool()
    loan = lending.active_loan(pool, lending.institution())
    statements.import_file(
        account=pool.main_account,
        data=seen.statement_csv(pool, [("in-1", "5000.00", "THANKS")]),
        by=None,
        at=factories.NOW,
    )
    client = signed_in(signing_in("loan_officer"))
    assert client.post(_act(loan, "receipt"), {"entry_id": "in-9"}).status_code == 409
    answer = client.post(_act(loan, "receipt"), {"entry_id": "in-1"}, follow=True)
    assert b"5,000.00 USDC allocated" in answer.content
    assert loan.events.get(type="repayment").amount == factories.usdc("5000").minor_units
    assert client.post(_act(loan, "receipt"), {"entry_id": "in-1"}).status_code == 409


@pytest.fixture
def computing():
    """Give a run whose computation was killed."""
    from retail_claims.models import Evidence, Policy, Programme, Run

    by = signing_in("claims_officer", name="run-maker")
    made = {"entered_by": by, "entered_at": factories.NOW}
    programme = Programme.objects.create(
        code="october", name="Crash", pool=factories.pool(), announced_at=factories.NOW
    )
    policy = Policy.objects.create(
        programme=programme,
        version=1,
        name="p",
        document={},
        salt="s" * 16,
        digest="p" * 64,
        **made,
    )
    evidence = Evidence.objects.create(programme=programme, files={}, digest="e" * 64, **made)
    return Run.objects.create(
        number="R-0001",
        programme=programme,
        policy=policy,
        evidence=evidence,
        made_by=by,
        made_at=factories.NOW,
    )


def test_a_run_whose_computation_was_killed_is_given_up_on_its_page(computing):
    page = reverse("admin:retail_claims_run_change", args=[computing.pk])
    client = signed_in(signing_in("claims_officer"))
    assert _act(computing, "give-up") in client.get(page).content.decode()
    assert _act(computing, "decline") not in client.get(page).content.decode()
    assert client.post(_act(computing, "give-up")).status_code == 302
    computing.refresh_from_db()
    assert computing.state == "failed"
    assert signed_in(signing_in("auditor")).post(_act(computing, "give-up")).status_code in (
        403,
        404,
    )
