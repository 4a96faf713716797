"""Confidential applications: who is not let in acts on one as little as on one that is missing."""

import pytest

from loans.models import Instrument
from loans.operations import (
    applications,
    collateral_requests,
    conditions,
    confidentialities,
    covenants,
    guarantees,
    information_requests,
    memos,
    paper_acceptances,
    pledges,
    releases,
    spreads,
    underwriting,
    withdrawals,
)
from loans.operations.guarantees import BadGuarantee
from loans.operations.hidden import Hidden
from loans.operations.pledges import Offered
from loans.operations.spreads import NotSpreadable
from loans.rules.states import ConditionState
from tests.factories import NOW, TODAY, approve, person
from tests.loans import collateral, institution_side, papers
from tests.loans.credit import SOUND, shown, spread_twice, worksheet
from tests.loans.factories import application, issued
from together.controls.models import Approval


@pytest.fixture
def owner():
    return person("loan_officer")


@pytest.fixture
def other():
    """Give an officer who is not let in."""
    return person("loan_officer")


@pytest.fixture
def asked(pool, owner):
    """Give a confidential, secured application with a pledge, a condition and a question."""
    collateral.markets()
    made = collateral.secured(pool, by=owner, confidential_for="A merger")
    underwritten_by(made, owner)
    conditions.agree(application=made, text="A legal opinion", by=owner, at=NOW)
    return made


def underwritten_by(made, owner) -> None:
    spread_twice(made.institution)
    worksheet(made, by=owner)


def offered(asked) -> Offered:
    return Offered(
        instrument=Instrument.objects.get(pk="BTC"),
        quantity="20",
        custodian="Harbour Custody",
        reference="ACC-1",
        evidence=collateral.evidence(asked),
    )


def test_who_is_not_let_in_finds_no_application_to_act_on(asked, owner, other):
    condition = asked.conditions.get()
    prepared = asked.worksheets.get()
    question = information_requests.ask(
        application=asked, question="Why?", due_on=TODAY.replace(day=30), by=owner, at=NOW
    )
    asked_for = institution_side.requested(asked)
    pledges.propose(application=asked, offered=offered(asked), by=owner, at=NOW)
    pledge = asked.pledges.get()
    paper = collateral.evidence(asked)
    acts = {
        "propose": lambda by: applications.propose(application=asked, by=by, at=NOW),
        "decline": lambda by: applications.decline(application=asked, reason="No", by=by, at=NOW),
        "worksheet": lambda by: underwriting.prepare(
            application=asked, recommendation="decline", rationale="No", by=by, at=NOW
        ),
        "memo": lambda by: memos.credit_memo(worksheet=prepared, by=by, at=NOW),
        "condition": lambda by: conditions.agree(application=asked, text="x", by=by, at=NOW),
        "remove": lambda by: conditions.remove(condition=condition, by=by, at=NOW),
        "waive": lambda by: conditions.propose(
            condition=condition, outcome=ConditionState.WAIVED, note="x", by=by, at=NOW
        ),
        "covenant": lambda by: covenants.agree(
            application=asked, said={"kind": "information", "text": "x"}, by=by, at=NOW
        ),
        "guarantee": lambda by: guarantees.agree(
            application=asked, guarantor="Harbour", by=by, at=NOW
        ),
        "ask": lambda by: information_requests.ask(
            application=asked, question="x", due_on=TODAY.replace(day=30), by=by, at=NOW
        ),
        "withdraw the question": lambda by: information_requests.withdraw(
            request=question, reason="x", by=by, at=NOW
        ),
        "pledge": lambda by: pledges.propose(
            application=asked, offered=offered(asked), by=by, at=NOW
        ),
        "put in force": lambda by: pledges.put_in_force(pledge=pledge, by=by, at=NOW),
        "withdraw the pledge": lambda by: pledges.withdraw(pledge=pledge, by=by, at=NOW),
        "release": lambda by: releases.propose(pledge=pledge, reason="x", by=by, at=NOW),
        "take up": lambda by: collateral_requests.propose_pledge(
            request=asked_for, custodian="x", reference="y", evidence=paper, by=by, at=NOW
        ),
        "decline the request": lambda by: collateral_requests.decline(
            request=asked_for, reason="x", by=by, at=NOW
        ),
    }
    for act in acts.values():
        with pytest.raises(Hidden, match=f"there is no application {asked.number}"):
            act(other)


def test_let_in_they_act_and_let_out_again_not(asked, owner, other):
    held = asked.confidentialities.get()
    let_in = confidentialities.grant(confidentiality=held, to=other, by=owner, at=NOW)
    conditions.agree(application=asked, text="Another", by=other, at=NOW)
    confidentialities.end(grant=let_in, reason="Away", by=owner, at=NOW)
    with pytest.raises(Hidden):
        conditions.agree(application=asked, text="A third", by=other, at=NOW)


def test_its_institution_acts_as_before(asked):
    question = information_requests.ask(
        application=asked,
        question="Why?",
        due_on=TODAY.replace(day=30),
        by=asked.submitted_by,
        at=NOW,
    )
    admin = institution_side.acting(asked.institution)
    information_requests.answer(request=question, text="Because", by=admin, at=NOW)
    withdrawals.withdraw(application=asked, reason="Another lender", by=admin, at=NOW)


def test_lent_what_many_work_with_is_open_and_its_file_stays_closed(pool, owner, other):
    collateral.markets()
    made = collateral.secured(pool, by=owner, confidential_for="A merger")
    first = pledges.propose(application=made, offered=offered(made), by=owner, at=NOW)
    approve(first)
    pledge = made.pledges.get()
    pledges.put_in_force(pledge=pledge, by=owner, at=NOW)
    underwritten_by(made, owner)
    approve(applications.propose(application=made, by=owner, at=NOW))
    loan = applications.approve(application=made, on=TODAY, by=owner, at=NOW)
    one = institution_side.requested(made)
    collateral_requests.decline(request=one, reason="Not now", by=other, at=NOW)
    sheet = issued(loan)
    with pytest.raises(Hidden):
        papers.recorded(sheet, by=other)
    paper = papers.recorded(sheet, by=owner)
    for act in (
        lambda: paper_acceptances.withdraw(paper=paper, by=other, at=NOW),
        lambda: paper_acceptances.accept(paper=paper, by=other, at=NOW),
        lambda: memos.credit_memo(worksheet=made.worksheets.get(), by=other, at=NOW),
    ):
        with pytest.raises(Hidden):
            act()


def test_who_decides_and_who_looks_after_the_house_is_not_hidden_from(asked, owner):
    applications.propose(application=asked, by=owner, at=NOW)
    assert Approval.objects.filter(subject=asked.number).exists()
    for role in ("credit_checker", "compliance", "auditor"):
        memos.credit_memo(worksheet=asked.worksheets.get(), by=person(role), at=NOW)


def test_a_document_of_it_is_no_evidence_for_who_may_not_open_it(pool, asked, owner, other):
    second = application(pool, borrower=asked.institution, by=other)
    plan = shown(asked.institution, subject=asked.number, title="The merger plan")
    given = {"application": second, "guarantor": "Harbour", "document": plan.number, "at": NOW}
    with pytest.raises(BadGuarantee, match="is no document"):
        guarantees.agree(**given, by=other)
    assert guarantees.agree(**given, by=owner)
    with pytest.raises(NotSpreadable, match="is no document"):
        spreads.enter(
            institution=asked.institution,
            ends_on=TODAY.replace(month=1, day=31),
            months=1,
            basis="management",
            amounts=SOUND,
            evidence={"balance": plan.number},
            by=other,
            at=NOW,
        )
