"""Screening: hits are found, decided under four eyes, and stay decided while nothing changes."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, approve, person
from tests.loans.parties import listed
from together.controls.models import Approval, AuditRecord, Hit, Screening, ScreeningPolicy
from together.controls.operations import approvals, hits, screening, screening_policies
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.operations.hits import NotDecidable
from together.controls.operations.people import NotAllowed
from together.controls.operations.screening import HitStands, NotScreened
from together.controls.operations.screening_policies import OutOfBounds
from together.controls.rules.lifecycle import NotPossibleNow
from together.controls.rules.screening import Subject

pytestmark = pytest.mark.django_db
NORTH = "E-1,entity,Northgate Trading,,0xAB,x\n"
ELSE = "E-2,individual,Nemo Nobody,,,x\n"


def subject(name: str = "Northgate Tradng Ltd", number: str = "S-1", *aliases: str) -> Subject:
    names = (("legal name", name), *(("alias", alias) for alias in aliases))
    return Subject("loans", number, name, names)


def screen(*subjects: Subject, at=NOW):
    return screening.screen(subjects=subjects, at=at)


def found() -> Hit:
    listed(NORTH, ELSE)
    screen(subject())
    return Hit.objects.get()


def cleared(hit: Hit, reason: str = "Another country") -> Hit:
    approve(hits.propose_clearing(hit=hit, reason=reason, by=person("loan_officer"), at=NOW))
    hits.clear(hit=hit, by=person("compliance"), at=NOW)
    hit.refresh_from_db()
    return hit


def test_nobody_passes_who_was_not_screened():
    with pytest.raises(NotScreened, match="no list is loaded"):
        screening.demand(subject("Else"), NOW)
    with pytest.raises(NotScreened, match="no list is loaded"):
        screen(subject("Else"))
    listed(NORTH)
    with pytest.raises(NotScreened, match="it never was"):
        screening.demand(subject("Else"), NOW)
    assert screen(subject("Else")).opened == []
    screening.demand(subject("Else"), NOW)
    kept = Screening.objects.get()
    assert (kept.facts["names"], kept.matches) == ([["legal name", "Else"]], 0)


def test_a_screening_ends_with_a_newer_list_another_name_or_time():
    listed(NORTH)
    screen(subject("Else"))
    for one, at, said in (
        (subject("Elsewhere"), NOW, "its names or addresses changed"),
        (subject("Else", "S-1", "Alias"), NOW, "its names or addresses changed"),
        (subject("Else"), NOW + timedelta(days=4), "is more than 3 days ago"),
    ):
        with pytest.raises(NotScreened, match=said):
            screening.demand(one, at)
    listed(NORTH, ELSE, at=NOW)
    with pytest.raises(NotScreened, match="SL-0002 was loaded since"):
        screening.demand(subject("Else"), NOW)


def test_who_is_due_is_asked_in_as_many_queries_for_many_as_for_one():
    listed(NORTH)
    many = [subject(f"Else {n}", f"S-{n}") for n in range(50)]
    assert screening.due(many, NOW) == many
    screen(*many)
    with CaptureQueriesContext(connection) as captured:
        assert screening.due(many, NOW + timedelta(hours=19)) == []
    assert len(captured) == 3
    assert screening.due(many, NOW + timedelta(hours=21)) == many
    with CaptureQueriesContext(connection) as few:
        screen(many[0])
    with CaptureQueriesContext(connection) as captured:
        screen(*many)
    assert len(captured) == len(few)


def test_a_hit_says_by_which_names_and_how_much_and_blocks():
    hit = found()
    assert (hit.number, hit.state, hit.subject) == ("H-0001", "open", "S-1")
    assert (hit.role, hit.said, hit.listed) == (
        "legal name",
        "Northgate Tradng Ltd",
        "Northgate Trading",
    )
    assert hit.score == 97
    assert AuditRecord.objects.get(what="hit.opened").subject == "H-0001"
    with pytest.raises(HitStands, match=r"H-0001 is open .*'Northgate Trading' of own list E-1"):
        screening.demand(subject(), NOW)


def test_clearing_needs_two_and_lets_pass():
    hit = found()
    officer = person("loan_officer")
    with pytest.raises(NotDecidable, match="reason: must be given"):
        hits.propose_clearing(hit=hit, reason=" ", by=officer, at=NOW)
    with pytest.raises(NotAllowed):
        hits.propose_clearing(hit=hit, reason="x", by=person("claims_officer"), at=NOW)
    asked = hits.propose_clearing(hit=hit, reason="Another country", by=officer, at=NOW)
    with pytest.raises(NotApproved):
        hits.clear(hit=hit, by=person("compliance"), at=NOW)
    for role in ("credit_checker", "committee"):
        with pytest.raises(MayNotDecide):
            approvals.decide(approval=asked, verdict="approved", by=person(role), at=NOW)
    approve(asked)
    with pytest.raises(NotAllowed):
        hits.clear(hit=hit, by=officer, at=NOW)
    hits.clear(hit=hit, by=person("compliance"), at=NOW)
    screening.demand(subject(), NOW)
    with pytest.raises(NotPossibleNow):
        hits.clear(hit=hit, by=person("compliance"), at=NOW)


def test_compliance_does_not_approve_what_they_proposed():
    hit, one = found(), person("compliance")
    asked = hits.propose_clearing(hit=hit, reason="x", by=one, at=NOW)
    with pytest.raises(MayNotDecide):
        approvals.decide(approval=asked, verdict="approved", by=one, at=NOW)


def test_one_person_confirms_and_two_take_it_back():
    hit = found()
    with pytest.raises(NotAllowed):
        hits.confirm(hit=hit, reason="It is them", by=person("loan_officer"), at=NOW)
    with pytest.raises(NotDecidable):
        hits.confirm(hit=hit, reason="", by=person("compliance"), at=NOW)
    hits.confirm(hit=hit, reason="It is them", by=person("compliance"), at=NOW)
    with pytest.raises(HitStands, match="H-0001 is confirmed"):
        screening.demand(subject(), NOW)
    with pytest.raises(NotPossibleNow):
        hits.confirm(hit=hit, reason="again", by=person("compliance"), at=NOW)
    assert cleared(hit).state == "cleared"
    hits.confirm(hit=hit, reason="After all", by=person("compliance"), at=NOW)


def test_a_decision_survives_screening_anew():
    hit = cleared(found())
    assert screen(subject(), at=NOW + timedelta(days=1)).opened == []
    listed(NORTH, ELSE, "E-3,entity,Third,,,\n", at=NOW)
    assert screen(subject(), at=NOW + timedelta(days=2)).opened == []
    hit.refresh_from_db()
    assert (hit.state, hit.times_opened) == ("cleared", 1)
    screening.demand(subject(), NOW + timedelta(days=2))


def test_a_cleared_hit_is_open_again_when_the_subject_changes():
    hit = cleared(found())
    renamed = subject("Northgate Tradng Ltd", "S-1", "Northgate T")
    assert screen(renamed).opened == ["H-0001"]
    hit.refresh_from_db()
    assert (hit.state, hit.times_opened, hit.reason) == ("open", 2, "")
    assert hit.why == "the names or addresses of the subject changed"
    with pytest.raises(NotApproved):
        hits.clear(hit=hit, by=person("compliance"), at=NOW)
    cleared(hit)


def test_a_confirmed_hit_is_open_again_when_the_entry_changes():
    hit = found()
    hits.confirm(hit=hit, reason="It is them", by=person("compliance"), at=NOW)
    listed(NORTH.replace("0xAB", "0xCD"), ELSE, at=NOW)
    assert screen(subject()).opened == ["H-0001"]
    hit.refresh_from_db()
    assert (hit.state, hit.why) == ("open", "the entry of the list changed")


def test_a_hit_stays_open_when_the_entry_is_gone():
    hit = found()
    listed(ELSE, at=NOW)
    screen(subject())
    hit.refresh_from_db()
    assert hit.state == "open"


def test_an_address_is_a_hit_whatever_the_name():
    listed(NORTH)
    screen(Subject("loans", "S-2", "Else", (("legal name", "Else"),), ("0xab",)))
    hit = Hit.objects.get()
    assert (hit.role, hit.score) == ("address", 100)


def test_the_policy_changes_under_four_eyes_and_everybody_is_screened_by_it():
    listed(NORTH)
    screen(subject("Else"))
    by = person("compliance")
    with pytest.raises(OutOfBounds, match=r"threshold: 60 .*most_days: 9 .*reason: must"):
        screening_policies.propose(threshold=60, most_days=9, reason="", by=by, at=NOW)
    with pytest.raises(NotAllowed):
        screening_policies.propose(
            threshold=98, most_days=1, reason="x", by=person("loan_officer"), at=NOW
        )
    screening_policies.propose(threshold=98, most_days=1, reason="Fewer", by=by, at=NOW)
    with pytest.raises(NotApproved):
        screening_policies.put_in_force(by=by, at=NOW)
    approve(Approval.objects.get(kind="screening.policy"))
    made = screening_policies.put_in_force(by=by, at=NOW)
    assert (made.version, made.threshold) == (2, 98)
    with pytest.raises(NotScreened, match="the policy is version 2 since"):
        screening.demand(subject("Else"), NOW)
    assert screen(subject()).opened == []
    with pytest.raises(NotApproved):
        screening_policies.put_in_force(by=by, at=NOW)


def test_the_database_clears_nothing_that_was_not_approved():
    hit = found()
    by = person("compliance")
    decided = {"decided_by": by, "decided_at": NOW, "reason": "x"}
    for change in (
        {"state": "cleared", **decided},
        {"score": 10},
        {"subject": "S-9"},
        {"times_opened": 2},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Hit.objects.update(**change)
    cleared(hit)
    for change in ({"state": "open", "decided_by": None, "decided_at": None}, {"reason": "y"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Hit.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        ScreeningPolicy.objects.create(
            version=2, threshold=100, most_days=7, reason="x", effect_digest="x", set_at=NOW
        )
