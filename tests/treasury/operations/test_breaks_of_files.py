"""Breaks that are payments of a file: a person says so, and the payment settles with the match."""

import pytest
from django.utils import timezone

from tests.factories import approve, person
from tests.journeys.finance_world import morning_statement, the_evening_before
from tests.treasury.files import balance
from tests.treasury.operations import test_breaks
from together.controls.models import Approval
from together.treasury.models import Instruction, Proposal, Resolution, StatementLine
from together.treasury.operations import breaks, file_answers, statements
from together.treasury.operations.breaks import NoResolution
from together.treasury.operations.matching import proposals


@pytest.fixture
def officer(own_database):
    world = the_evening_before()
    now, data = timezone.now(), morning_statement(world)
    statements.import_file(account=world.bank, data=data, by=None, at=now)
    return person("treasury_officer")


def test_a_payment_of_a_file_settles_when_a_person_confirms_its_line(officer):
    offer = Proposal.objects.get(line__entry_id="B030")
    assert offer.instruction.state == "sending"
    proposals.confirm(proposal=offer, by=officer, at=timezone.now())
    paid = Instruction.objects.get(reference="W-0004")
    assert (paid.state, paid.rail_reference) == ("settled", "B030")
    assert paid.settled_at == offer.line.booked_at
    assert balance("clearing.out", paid.batch.number) == 0
    assert test_breaks.all_holds() == []


def test_a_payment_of_a_file_with_charges_settles_with_its_resolution(officer):
    line = StatementLine.objects.get(entry_id="B040")
    paid = Instruction.objects.get(reference="W-0005")
    asked = breaks.propose(
        line=line,
        kind="charge",
        instruction=paid,
        reason="wire charges",
        by=officer,
        at=timezone.now(),
    )
    approve(asked, at=timezone.now())
    breaks.book(resolution=Resolution.objects.get(), by=officer, at=timezone.now())
    paid.refresh_from_db()
    assert paid.state == "settled"
    assert balance("expense.charges", "dollars") == (35_00 + 25_00)
    assert balance("clearing.out", paid.batch.number) == 0
    assert test_breaks.all_holds() == []


def test_a_payment_that_the_bank_rejected_is_no_explanation(officer):
    line = StatementLine.objects.get(entry_id="B040")
    paid = Instruction.objects.get(reference="W-0005")
    file_answers.reject(
        file=paid.filed.get().file,
        references=["W-0005"],
        reason="account closed",
        by=officer,
        at=timezone.now(),
    )
    paid.refresh_from_db()
    with pytest.raises(NoResolution, match="nothing of it is open"):
        breaks.propose(
            line=line, kind="charge", instruction=paid, reason="r", by=officer, at=timezone.now()
        )
    assert not Approval.objects.filter(kind="break.resolution").exists()
