"""The approvals inbox: every kind of request is there in words, with its record and its asset."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW, TODAY
from tests.journeys.finance_world import dollars, morning_statement, the_evening_before
from together.console.admin.approval_subjects import ABOUT, name_of
from together.controls.admin.four_eyes import approval_fact
from together.controls.models import Approval
from together.controls.rules.authority import STAGES
from together.treasury.models import Instruction, Resolution, StatementLine
from together.treasury.operations import breaks, periods, statements
from together.treasury.operations.matching import policies, undoing


def _page(client, approval, act=""):
    name, given = ("act", [approval.pk, act]) if act else ("change", [approval.pk])
    answer = client.get(reverse(f"admin:controls_approval_{name}", args=given))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def client(line):
    return signed_in(signing_in("treasury_approver"))


def test_every_kind_that_authority_knows_is_in_the_inbox():
    assert {stage.kind for stage in STAGES} == set(ABOUT)


@pytest.fixture
def line(own_database):
    """Give a break: 25.00 more left than was instructed."""
    world, now = the_evening_before(), timezone.now()
    statements.import_file(account=world.bank, data=morning_statement(world), by=None, at=now)
    return StatementLine.objects.get(entry_id="B040")


def test_the_resolution_of_a_break_is_read_in_the_asset_of_its_account(line, client):
    officer = signing_in("treasury_officer")
    paid = Instruction.objects.get(reference="W-0005")
    asked = breaks.propose(
        line=line, kind="charge", instruction=paid, reason="wire", by=officer, at=timezone.now()
    )
    assert "Line B040" in client.get(reverse("admin:controls_approval_changelist")).content.decode()
    assert "Line B040" in client.get("/console/").content.decode()
    for act in ("", "approve"):
        page = _page(client, asked, act)
        assert "-25.00 <small>USD" in page
        assert "-1,000.00 <small>USD" in page
        assert "USDC" not in page.partition("t-page")[2].partition("</body>")[0]
    resolution = Resolution.objects.get()
    assert reverse("admin:treasury_resolution_change", args=[resolution.pk]) in _page(client, asked)
    breaks.withdraw(resolution=resolution, by=officer, at=timezone.now())
    assert "withdrawn" in _page(client, asked)
    assert "Line B040" not in client.get("/console/").content.decode()


def test_undoing_policies_and_closings_are_in_the_inbox(line, client):
    officer, now = signing_in("treasury_officer"), timezone.now()
    matched = StatementLine.objects.get(entry_id="B011")
    undo = undoing.propose_undo(line=matched, reason="not it", by=officer, at=now)
    allowed = {"fees": [dollars("15").minor_units], "charges_up_to": 5000, "days": 10}
    policy = policies.propose(account=line.account, **allowed, by=officer, at=now)
    closing = periods.propose_closing(through=TODAY, reason="October", by=officer, at=now)
    assert reverse("admin:treasury_statementline_change", args=[matched.pk]) in _page(client, undo)
    page = _page(client, policy)
    assert "15.00 USD" in page
    assert "50.00 <small>USD" in page
    assert f"Books through {TODAY}" in _page(client, closing)
    assert name_of(closing) == f"Books through {TODAY}"


@pytest.mark.django_db
def test_a_record_says_whose_decision_it_waits_for():
    officer = factories.person("treasury_officer")
    pool = factories.pool(officer=officer)
    assert approval_fact("pool.funding", "F-1")[1] == '<span class="t-none">&ndash;</span>'
    asked = factories.pools.propose_funding(
        pool=pool, reference="F-1", money=factories.usdc("5"), on=TODAY, by=officer, at=NOW
    )
    assert "waits for a treasury approver" in approval_fact("pool.funding", "F-1")[1]
    factories.approve(asked)
    assert "approved by Treasury Approver" in approval_fact("pool.funding", "F-1")[1]
    other = factories.pools.propose_funding(
        pool=pool, reference="F-2", money=factories.usdc("5"), on=TODAY, by=officer, at=NOW
    )
    approver = factories.person("treasury_approver")
    factories.approvals.decide(approval=other, verdict="declined", reason="no", by=approver, at=NOW)
    assert "declined by" in approval_fact("pool.funding", "F-2")[1]
    assert Approval.objects.count() == 2
