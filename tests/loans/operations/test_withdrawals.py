"""Withdrawals: an institution takes its application back before it is decided, once."""

import pytest
from django.db import DatabaseError, transaction

from loans.models import Application
from loans.operations import applications, pledges, withdrawals
from loans.operations.withdrawals import NoReason
from loans.queries.collateral import owed_for
from loans.queries.stages import stage_on
from tests.factories import NOW, TODAY, approve, person
from tests.loans import institution_side as making
from tests.loans.collateral import markets, proposed, secured
from tests.loans.credit import underwritten
from tests.loans.factories import application, approved
from tests.loans.parties import institution
from together.console.queries.approvals import withdrawn
from together.controls.models import Approval, AuditRecord
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow


def taken_back(asked: Application, *, by=None, reason: str = "Another lender") -> None:
    who = by or making.acting(asked.institution)
    withdrawals.withdraw(application=asked, reason=reason, by=who, at=NOW)
    asked.refresh_from_db()


def test_it_is_withdrawn_with_a_reason_and_nothing_goes_on(pool):
    asked = underwritten(application(pool))
    with pytest.raises(NoReason, match="reason: "):
        taken_back(asked, reason=" ")
    taken_back(asked)
    assert (asked.state, asked.withdrawn_for) == ("withdrawn", "Another lender")
    assert AuditRecord.objects.filter(subject=asked.number, what="application.withdrawn").exists()
    assert stage_on(asked, TODAY) is None
    officer = person("loan_officer")
    for act in (
        lambda: applications.propose(application=asked, by=officer, at=NOW),
        lambda: applications.decline(application=asked, reason="No", by=officer, at=NOW),
        lambda: taken_back(asked),
    ):
        with pytest.raises(NotPossibleNow):
            act()


def test_what_its_approval_was_asked_for_needs_no_decision_any_more(pool):
    asked = underwritten(application(pool))
    request = applications.propose(application=asked, by=person("loan_officer"), at=NOW)
    assert not withdrawn([request]).exists()
    taken_back(asked)
    assert withdrawn([request]).get() == request
    approve(request)
    with pytest.raises(NotPossibleNow):
        applications.approve(application=asked, on=TODAY, by=person("loan_officer"), at=NOW)


def test_a_committed_loan_is_not_withdrawn(pool):
    asked = approved(application(pool))
    applications.approve(application=asked, on=TODAY, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotPossibleNow):
        taken_back(asked)


def test_nothing_is_pledged_for_it_any_more(pool):
    markets()
    asked = secured(pool)
    waiting = proposed(asked, "2")
    taken_back(asked)
    with pytest.raises(pledges.NotPledgeable, match="is withdrawn"):
        proposed(asked, "2")
    approve(Approval.objects.get(subject=waiting.number))
    with pytest.raises(pledges.NotPledgeable, match="is withdrawn"):
        pledges.put_in_force(pledge=waiting, by=person("loan_officer"), at=NOW)
    assert owed_for([asked])[asked.pk].minor_units == 0


def test_only_its_own_admin_or_manager_withdraws(pool):
    asked = application(pool)
    for who in (
        person("loan_officer"),
        making.acting(institution()),
        making.acting(asked.institution, "institution_viewer"),
    ):
        with pytest.raises(NotAllowed):
            taken_back(asked, by=who)
        with pytest.raises(DatabaseError), transaction.atomic():
            Application.objects.filter(pk=asked.pk).update(
                state="withdrawn", withdrawn_by=who, withdrawn_at=NOW, withdrawn_for="x"
            )
    asked.refresh_from_db()
    assert asked.state == "submitted"


def test_a_failure_halfway_leaves_nothing(pool, monkeypatch):
    asked = application(pool)

    def broken(**_):
        raise RuntimeError("disk")

    monkeypatch.setattr(withdrawals, "record", broken)
    with pytest.raises(RuntimeError):
        taken_back(asked)
    asked.refresh_from_db()
    assert asked.state == "submitted"
