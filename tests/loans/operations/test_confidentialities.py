"""Confidential applications: who makes them so, lets in, ends it, lifts it; every refusal."""

from datetime import timedelta

import pytest

from loans.models import AccessGrant, Application, Confidentiality
from loans.operations import confidentialities
from loans.operations.confidentialities import NoAccess
from loans.queries.confidential import hidden_from
from tests.factories import NOW, person
from tests.loans.factories import application
from together.controls.models import AuditRecord
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def owner(pool):
    return person("loan_officer")


@pytest.fixture
def held(pool, owner):
    asked = application(pool, by=owner)
    return confidentialities.make(application=asked, reason="A merger", by=owner, at=NOW)


def test_it_is_hidden_from_everybody_who_was_not_let_in(held, owner):
    other = person("loan_officer")
    assert list(hidden_from(other)) == [held]
    assert not hidden_from(owner)
    for role in ("compliance", "auditor"):
        assert not hidden_from(person(role))
    for role in ("credit_checker", "committee", "treasury_officer"):
        assert list(hidden_from(person(role))) == [held]
    grant = confidentialities.grant(confidentiality=held, to=other, by=owner, at=NOW)
    assert not hidden_from(other)
    confidentialities.end(grant=grant, reason="Done", by=owner, at=LATER)
    assert list(hidden_from(other)) == [held]
    confidentialities.lift(confidentiality=held, reason="It is known", by=owner, at=LATER)
    assert not hidden_from(other)
    acts = AuditRecord.objects.filter(subject=held.application.number).order_by("id")
    assert [one.what for one in acts] == [
        *("application.submitted", "application.made_confidential", "application.access_granted"),
        *("application.access_ended", "application.confidentiality_lifted"),
    ]
    assert acts.last().details == {"confidentiality": held.number, "reason": "It is known"}


def test_it_may_be_so_from_its_entry_on_or_not_be_entered_at_all(pool, owner):
    made = application(pool, by=owner, confidential_for="A merger")
    assert made.confidentialities.get().owner == owner
    count = Application.objects.count()
    with pytest.raises(NoAccess, match="reason: must be given, in up to 200 letters"):
        application(pool, by=owner, confidential_for="x" * 201)
    borrower = made.institution
    member = person("institution_admin", scope=borrower.number)
    with pytest.raises(NotAllowed):
        application(pool, by=member, borrower=borrower, confidential_for="Ours")
    assert Application.objects.count() == count


def test_it_is_its_officers_to_make_confidential(pool, owner):
    asked = application(pool, by=owner)
    with pytest.raises(NotAllowed, match=f"is made confidential by its officer {owner}"):
        confidentialities.make(application=asked, reason="Mine", by=person("loan_officer"), at=NOW)
    with pytest.raises(NotAllowed):
        confidentialities.make(application=asked, reason="Mine", by=person("committee"), at=NOW)
    with pytest.raises(NoAccess, match="reason: must be given"):
        confidentialities.make(application=asked, reason=" ", by=owner, at=NOW)
    assert not Confidentiality.objects.exists()
    # What came by the portal has no officer yet: it is the one's who takes it on.
    borrower = asked.institution
    theirs = application(
        pool, borrower=borrower, by=person("institution_admin", scope=borrower.number)
    )
    other = person("loan_officer")
    made = confidentialities.make(application=theirs, reason="A merger", by=other, at=NOW)
    assert made.owner == other


def test_once_at_a_time_and_again_after_it_was_lifted(held, owner):
    asked = held.application
    with pytest.raises(NotPossibleNow, match=f"confidential already: {held.number}"):
        confidentialities.make(application=asked, reason="Again", by=owner, at=NOW)
    confidentialities.lift(confidentiality=held, reason="It is known", by=owner, at=LATER)
    with pytest.raises(NotPossibleNow, match=f"{held.number} was lifted already"):
        confidentialities.lift(confidentiality=held, reason="It is known", by=owner, at=LATER)
    again = confidentialities.make(application=asked, reason="Again", by=owner, at=LATER)
    assert again.number != held.number


def test_only_its_owner_and_compliance_let_in_and_nobody_themselves(held, owner):
    guest, compliance = person("loan_officer"), person("compliance")
    give = confidentialities.grant
    with pytest.raises(NotAllowed, match=f"by its owner {owner}, or compliance"):
        give(confidentiality=held, to=guest, by=guest, at=NOW)
    with pytest.raises(NoAccess, match="cannot let in themselves"):
        give(confidentiality=held, to=compliance, by=compliance, at=NOW)
    with pytest.raises(NoAccess, match="owns it"):
        give(confidentiality=held, to=owner, by=compliance, at=NOW)
    with pytest.raises(NoAccess, match="none of the roles"):
        give(confidentiality=held, to=person("claims_officer"), by=owner, at=NOW)
    give(confidentiality=held, to=guest, by=compliance, at=NOW)
    with pytest.raises(NoAccess, match="is let in already"):
        give(confidentiality=held, to=guest, by=owner, at=NOW)
    with pytest.raises(NotAllowed):
        give(confidentiality=held, to=person("committee"), by=guest, at=NOW)
    assert AccessGrant.objects.count() == 1
    confidentialities.lift(confidentiality=held, reason="It is known", by=owner, at=LATER)
    with pytest.raises(NotPossibleNow):
        give(confidentiality=held, to=person("committee"), by=owner, at=LATER)


def test_access_is_ended_once_with_a_reason_by_who_gave_it_or_has_it(held, owner):
    guest, stranger = person("loan_officer"), person("loan_officer")
    made = confidentialities.grant(confidentiality=held, to=guest, by=owner, at=NOW)
    with pytest.raises(NotAllowed):
        confidentialities.end(grant=made, reason="Away", by=stranger, at=LATER)
    with pytest.raises(NoAccess, match="reason"):
        confidentialities.end(grant=made, reason="", by=owner, at=LATER)
    confidentialities.end(grant=made, reason="I work on its rival", by=guest, at=LATER)
    with pytest.raises(NotPossibleNow, match="ended already"):
        confidentialities.end(grant=made, reason="Away", by=owner, at=LATER)
    confidentialities.grant(confidentiality=held, to=guest, by=owner, at=LATER)
    assert held.grants.count() == 2


def test_it_is_lifted_by_its_owner_or_the_committee_only(held):
    for role in ("loan_officer", "credit_checker", "compliance"):
        with pytest.raises(NotAllowed, match="is lifted by its owner"):
            confidentialities.lift(confidentiality=held, reason="Known", by=person(role), at=LATER)
    committee = person("committee")
    with pytest.raises(NoAccess, match="reason"):
        confidentialities.lift(confidentiality=held, reason=" ", by=committee, at=LATER)
    confidentialities.lift(confidentiality=held, reason="Known", by=committee, at=LATER)
    held.refresh_from_db()
    assert (held.lifted_by, held.holding) == (committee, "lifted")


def test_what_fails_half_way_leaves_nothing(pool, owner, held, monkeypatch):
    def fail(**_):
        raise RuntimeError("the trail is full")

    asked = application(pool, by=owner)
    monkeypatch.setattr(confidentialities, "record", fail)
    with pytest.raises(RuntimeError):
        confidentialities.make(application=asked, reason="A merger", by=owner, at=NOW)
    with pytest.raises(RuntimeError):
        confidentialities.lift(confidentiality=held, reason="Known", by=owner, at=LATER)
    assert [one.holding for one in Confidentiality.objects.all()] == ["confidential"]
