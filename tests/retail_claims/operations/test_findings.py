"""Findings: stated, approved by a second person, and in the evidence that the next run decides on."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from retail_claims.models import Decision, Evidence, Finding
from retail_claims.operations import drawing_up, findings, runs
from retail_claims.operations.adjudication.merging import NotUsable
from retail_claims.operations.drawing_up import NothingFound
from retail_claims.operations.evidence import OfAnotherProgramme
from retail_claims.operations.findings import NotAFinding
from tests import factories
from tests.factories import NOW
from tests.retail_claims import factories as claims
from together.controls.models import Approval, AuditRecord
from together.controls.operations import approvals
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

EMPLOYEE = {"subject_kind": "account", "subject": "ann", "code": "employee", "expires_at": ""}
DISPUTE = {**EMPLOYEE, "subject": "bob1", "code": "dispute"}


@pytest.fixture
def officer(own_database, settings, tmp_path):
    settings.CLAIMS_EVIDENCE_DIR = str(tmp_path / "kept")
    return factories.person("claims_officer")


@pytest.fixture
def policy(officer):
    return claims.entered(claims.programme(officer=officer), by=officer)


@pytest.fixture
def evidence(policy, officer, tmp_path):
    files = claims.three_persons(tmp_path / "in")
    return claims.registered(policy.programme, files, by=officer)


def stated(policy, officer, role="exclusions", cells=EMPLOYEE, *, counts=True, at=NOW):
    return findings.propose(
        programme=policy.programme,
        role=role,
        cells=cells,
        counts=counts,
        reason="Case 12: on the payroll",
        by=officer,
        at=at,
    )


def standing(policy, officer, *about, **more):
    made = stated(policy, officer, *about, **more)
    if made.state == "proposed":
        factories.approve(Approval.objects.get(kind=findings.KIND, subject=made.number))
        findings.put_in_force(finding=made, by=officer, at=NOW)
        made.refresh_from_db()
    return made


def drawn(evidence, policy, officer):
    return drawing_up.draw_up(evidence=evidence, policy=policy, by=officer, at=NOW)


def rows(evidence, role):
    with Path(evidence.files[role]["path"]).open(newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def decisions(evidence, policy, officer, tmp_path):
    run = runs.compute(policy=policy, evidence=evidence, folder=tmp_path, by=officer, at=NOW)
    found = Decision.objects.filter(run=run).order_by("person_id")
    return {one.person_id: (one.decision, one.reasons) for one in found}


def test_an_exclusion_stands_once_a_second_person_approved_it(policy, officer):
    made = stated(policy, officer)
    assert (made.number, made.state) == ("FD-0001", "proposed")
    with pytest.raises(NotApproved):
        findings.put_in_force(finding=made, by=officer, at=NOW)
    asked = Approval.objects.get(kind=findings.KIND)
    with pytest.raises(MayNotDecide):
        approvals.decide(approval=asked, verdict="approved", by=officer, at=NOW)
    factories.approve(asked)
    findings.put_in_force(finding=made, by=officer, at=NOW)
    made.refresh_from_db()
    assert made.state == "in_force"
    assert AuditRecord.objects.filter(subject=made.number).last().what == "finding.in_force"
    with pytest.raises(NotPossibleNow):
        findings.withdraw(finding=made, by=officer, at=NOW)


def test_a_hold_stands_by_one_word_and_two_end_it(policy, officer):
    held = stated(policy, officer, "holds", DISPUTE)
    assert held.state == "in_force"
    lifted = stated(policy, officer, "holds", DISPUTE, counts=False)
    assert lifted.state == "proposed"
    assert lifted.cells == {"subject_kind": "account", "subject": "bob1", "code": "dispute"}
    factories.approve(Approval.objects.get(kind=findings.KIND))
    findings.put_in_force(finding=lifted, by=officer, at=NOW + timedelta(hours=1))
    held.refresh_from_db()
    assert (held.state, held.ended_at) == ("superseded", NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("role", "cells", "counts", "fault"),
    [
        ("exclusions", {**EMPLOYEE, "code": "tall"}, True, "code: 'tall' is no code"),
        ("exclusions", {**EMPLOYEE, "subject": "a b"}, True, "subject: 'a b' is no id"),
        ("exclusions", {**EMPLOYEE, "subject": ""}, True, "subject: '' must be stated"),
        ("holds", {**DISPUTE, "expires_at": "soon"}, True, "expires_at: 'soon' is no time"),
        ("accounts", {"account_id": "ann"}, False, "an account always has an owner"),
        ("wallets", {}, True, "role: 'wallets' is none of"),
        ("payees", {"person_id": "bob", "account_id": "?"}, True, r"account_id: '\?' is no id"),
        ("prior", {"ref": "p1", "subject_kind": "person", "subject": "ann", "amount": "-1"}, True,
         "amount: '-1' must not be below zero"),
        ("incidents", {"incident_id": "i", "instrument": "*", "class": "platform_fault",
                       "starts_at": "2025-10-10T21:00:00Z", "ends_at": "2025-10-10T20:00:00Z"},
         True, "ends_at: '2025-10-10T20:00:00Z' must be after the start"),
    ],
)  # fmt: skip
def test_bad_cells_are_named_with_their_rule_and_nothing_is_kept(  # noqa: PLR0917 - a table
    policy, officer, role, cells, counts, fault
):
    with pytest.raises(NotAFinding, match=fault):
        stated(policy, officer, role, cells, counts=counts)
    assert not Finding.objects.exists()


def test_a_reason_is_needed_and_the_right_to_say_so(policy, officer):
    about = {"programme": policy.programme, "role": "holds", "cells": DISPUTE, "counts": True}
    with pytest.raises(NotAFinding, match="reason: must be given"):
        findings.propose(**about, reason="  ", by=officer, at=NOW)
    with pytest.raises(NotAllowed):
        findings.propose(**about, reason="x", by=factories.person("claims_approver"), at=NOW)


def test_one_about_the_same_waits_at_a_time_and_the_same_is_not_said_twice(policy, officer):
    first = stated(policy, officer)
    with pytest.raises(NotAFinding, match=f"{first.number} about the same waits"):
        stated(policy, officer)
    findings.withdraw(finding=first, by=officer, at=NOW)
    second = standing(policy, officer)
    with pytest.raises(NotAFinding, match=f"{second.number} says the same"):
        stated(policy, officer)


def test_the_next_evidence_says_what_findings_say(policy, officer, evidence, tmp_path):
    before = decisions(evidence, policy, officer, tmp_path)
    assert before["ann"][0] == "award"
    standing(policy, officer)
    stated(policy, officer, "holds", DISPUTE)
    new = drawn(evidence, policy, officer)
    assert (new.base, new.findings) == (evidence, ["FD-0001", "FD-0002"])
    after = decisions(new, policy, officer, tmp_path)
    assert after["ann"] == ("decline", ["exclusion"])
    assert after["bob"] == ("hold", ["hold"])
    assert after["cat"] == before["cat"]
    assert drawn(evidence, policy, officer) == new
    assert drawn(new, policy, officer) == new


def test_a_row_of_the_files_is_lifted_and_comes_back(policy, officer, tmp_path):
    files = claims.three_persons(tmp_path / "in")
    files |= claims.write(tmp_path / "ex", exclusions=["account,ann,employee,"])
    base = claims.registered(policy.programme, files, by=officer)
    assert decisions(base, policy, officer, tmp_path)["ann"][0] == "decline"
    standing(policy, officer, counts=False)
    lifted = drawn(base, policy, officer)
    assert rows(lifted, "exclusions") == []
    assert decisions(lifted, policy, officer, tmp_path)["ann"][0] == "award"
    standing(policy, officer)
    again = drawn(lifted, policy, officer)
    assert again == base  # to the last byte
    assert decisions(again, policy, officer, tmp_path)["ann"][0] == "decline"


def test_accounts_become_one_person_or_two_again(policy, officer, evidence, tmp_path):
    standing(policy, officer, "accounts", {"account_id": "bob2", "person_id": "bob2"})
    standing(policy, officer, "accounts", {"account_id": "ann", "person_id": "cat"})
    found = decisions(drawn(evidence, policy, officer), policy, officer, tmp_path)
    assert set(found) == {"bob", "bob2", "cat"}


def test_an_incident_and_what_was_paid_elsewhere_change_awards(policy, officer, evidence, tmp_path):
    times = {"starts_at": "2025-10-10T21:00:00Z", "ends_at": "2025-10-10T22:00:00.5Z"}
    about = {"incident_id": "i1", "instrument": "BTCUSDT", "class": "platform_fault", **times}
    standing(policy, officer, "incidents", about)
    paid = {"ref": "p1", "subject_kind": "person", "subject": "bob", "amount": "7.5"}
    standing(policy, officer, "prior", paid)
    new = drawn(evidence, policy, officer)
    assert rows(new, "prior") == [("p1", "person", "bob", "7.5")]
    assert decisions(new, policy, officer, tmp_path)["bob"] == ("decline", ["prior"])
    run = runs.compute(policy=policy, evidence=new, folder=tmp_path, by=officer, at=NOW)
    lost = Decision.objects.get(run=run, person_id="ann").class_losses
    assert [(one["class"], float(one["loss"])) for one in lost] == [
        ("market", 0),
        ("platform_fault", 100),
    ]


def test_what_the_files_say_beside_stays_to_the_last_sign(policy, officer, tmp_path):
    files = claims.three_persons(tmp_path / "in")
    files |= claims.write(
        tmp_path / "more",
        prior=["p2,account,ann,0.00000001", "p1,person,bob,1234567890123.5"],
        incidents=["i1,*,2025-10-10T20:00:00+02:00,2025-10-10T21:00:00.25Z,market"],
    )
    base = claims.registered(policy.programme, files, by=officer)
    about = {"ref": "p3", "subject_kind": "person", "subject": "cat", "amount": "5"}
    standing(policy, officer, "prior", about)
    late = {"starts_at": "2025-10-10T22:00:00Z", "ends_at": "2025-10-10T23:00:00Z"}
    about = {"incident_id": "i2", "instrument": "*", "class": "market", **late}
    standing(policy, officer, "incidents", about)
    new = drawn(base, policy, officer)
    assert rows(new, "prior") == [
        ("p1", "person", "bob", "1234567890123.50000000"),
        ("p2", "account", "ann", "0.00000001"),
        ("p3", "person", "cat", "5"),
    ]
    assert rows(new, "incidents")[0] == (
        "i1", "*", "2025-10-10T18:00:00.000000Z", "2025-10-10T21:00:00.250000Z", "market"
    )  # fmt: skip


def test_rejected_rows_of_a_file_stop_the_drawing_up_and_leave_nothing(policy, officer, tmp_path):
    files = claims.three_persons(tmp_path / "in")
    files |= claims.write(tmp_path / "bad", exclusions=["account,ann,tall,", "account,cat,closed,"])
    base = claims.registered(policy.programme, files, by=officer)
    standing(policy, officer)
    with pytest.raises(NotUsable, match=r"exclusions: 1 of 2 rows are rejected.*'tall'"):
        drawn(base, policy, officer)
    assert list(Evidence.objects.all()) == [base]
    assert not [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]


def test_nothing_is_drawn_up_of_nothing_nor_by_another_policy(policy, officer, evidence):
    standing(policy, officer, "payees", {"person_id": "bob", "account_id": "bob2"})
    with pytest.raises(NothingFound):
        drawn(evidence, policy, officer)
    policy.programme_id = "else"
    with pytest.raises(OfAnotherProgramme):
        drawn(evidence, policy, officer)


def test_the_account_that_was_chosen_is_paid_while_it_is_the_persons(
    policy, officer, evidence, tmp_path
):
    def payee_of_bob():
        run = runs.compute(policy=policy, evidence=evidence, folder=tmp_path, by=officer, at=NOW)
        return Decision.objects.get(run=run, person_id="bob").payee

    assert payee_of_bob() == "bob1"
    standing(policy, officer, "payees", {"person_id": "bob", "account_id": "bob2"})
    assert payee_of_bob() == "bob2"
    standing(policy, officer, "payees", {"person_id": "bob", "account_id": "ann"})
    assert payee_of_bob() == "bob1"


def test_the_database_lets_nothing_stand_that_was_not_approved(policy, officer):
    made = stated(policy, officer)
    for change in ({"state": "in_force"}, {"counts": False}, {"reason": "else"}):
        with pytest.raises(DatabaseError, match="not approved to become"), transaction.atomic():
            Finding.objects.filter(pk=made.pk).update(**change)
    held = stated(policy, officer, "holds", DISPUTE)
    with pytest.raises(DatabaseError, match="is superseded by none"):
        Finding.objects.filter(pk=held.pk).update(state="superseded", ended_at=NOW)
