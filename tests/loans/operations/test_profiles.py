"""Profiles: entered with an institution, changed under four eyes; parents go up, never round."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction

from loans.models import Institution, ProfileChange
from loans.operations import groups, profiles
from loans.operations.institutions import NotAnInstitution
from loans.operations.profiles import NotAChange
from loans.queries.profiles import profile_of
from tests.factories import NOW, approve, person, usdc
from tests.loans.parties import entered, lei, profile_change
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

pytestmark = pytest.mark.django_db


def group(name: str = "Northgate group"):
    return groups.enter(name=name, by=person("loan_officer"), at=NOW)


def in_force(change: ProfileChange) -> Institution:
    approve(Approval.objects.get(subject=change.number))
    return profiles.put_in_force(change=change, by=person("loan_officer"), at=NOW)


def test_what_is_known_is_entered_and_written_down():
    one = group()
    top = entered(group=one.number, limit=usdc("5"))
    below = entered(
        group=one.number,
        parent=top.number,
        aliases=("Trading name",),
        affiliation="shareholder",
        exchange="Example Exchange",
    )
    below.refresh_from_db()
    assert (below.parent, below.group, below.exchange) == (top, one, "Example Exchange")
    said = AuditRecord.objects.get(what="institution.entered", subject=below.number).details
    assert said["aliases"] == ["Trading name"]
    assert said["limit"] == "10,000,000.00 USDC"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"group": "G-0009"}, "group: there is no 'G-0009'"),
        ({"parent": "I-0009"}, "parent: there is no 'I-0009'"),
        ({"jurisdiction": "XX"}, "jurisdiction: 'XX' is no country"),
        ({"sector": "bank"}, "sector: 'bank' is none of"),
    ],
)
def test_what_cannot_be_so_is_not_entered(wrong, said):
    with pytest.raises(NotAnInstitution, match=said):
        entered(**wrong)
    assert not Institution.objects.exists()


def test_an_exchange_is_written_in_one_way():
    entered(affiliation="shareholder", exchange="Example Exchange")
    with pytest.raises(NotAnInstitution, match="is written 'Example Exchange' elsewhere"):
        entered(affiliation="subsidiary", exchange="EXAMPLE  exchange.")


def test_a_subsidiary_belongs_to_the_group_of_its_parent():
    one = group()
    top = entered(group=one.number)
    with pytest.raises(NotAnInstitution, match=f"group: '' is not that of its parent {top.number}"):
        entered(parent=top.number)


def test_a_parent_that_is_entered_is_not_named_by_its_lei():
    top = entered()
    with pytest.raises(NotAnInstitution, match=f"is {top.number}: name it as the parent"):
        entered(parent_name="Top", parent_lei=top.lei)


def test_a_change_holds_once_it_passed_every_stage():
    borrower, one = entered(), group()
    change = profile_change(borrower, group=one.number)
    asked = Approval.objects.get(subject=change.number)
    assert asked.roles == ["credit_checker", "committee"]
    with pytest.raises(NotApproved):
        profiles.put_in_force(change=change, by=person("loan_officer"), at=NOW)
    assert in_force(change).group == one
    change.refresh_from_db()
    assert (change.state, change.version) == ("applied", 1)
    assert (change.before["group"], change.after["group"]) == ("", one.number)
    written = AuditRecord.objects.get(what="profile.changed")
    assert written.details == {"institution": borrower.number, "group": one.number}
    with pytest.raises(NotPossibleNow):
        profiles.put_in_force(change=change, by=person("loan_officer"), at=NOW)


def test_a_change_of_names_needs_the_first_stage_only():
    change = profile_change(entered(), legal_name="Renamed Ltd")
    assert Approval.objects.get(subject=change.number).roles == ["credit_checker"]
    assert in_force(change).legal_name == "Renamed Ltd"


def test_the_limit_changes_by_an_approved_change_only():
    borrower = entered()
    assert in_force(profile_change(borrower, limit=usdc("12000000"))).limit == 12_000_000_000_000
    with pytest.raises(DatabaseError, match="changes only as an approved change"):
        with transaction.atomic():
            Institution.objects.update(limit=10**15)


def test_a_change_that_changes_nothing_or_has_no_reason_is_refused():
    borrower, by = entered(), person("loan_officer")
    now = profile_of(borrower)
    other = replace(now, sector="miner")
    for told, reason, said in ((now, "x", "nothing would change"), (other, " ", "reason: must")):
        with pytest.raises(NotAChange, match=said):
            profiles.propose(institution=borrower, profile=told, reason=reason, by=by, at=NOW)
    with pytest.raises(NotAnInstitution, match="sector: 'bank'"):
        profile_change(borrower, sector="bank")
    with pytest.raises(NotAllowed):
        profile_change(borrower, sector="miner", by=person("credit_checker"))
    assert not ProfileChange.objects.exists()


def test_one_change_waits_at_a_time_until_it_is_withdrawn():
    borrower = entered()
    first = profile_change(borrower, sector="miner")
    with pytest.raises(NotAChange, match=f"{first.number} of {borrower.number} waits"):
        profile_change(borrower, sector="broker")
    profiles.withdraw(change=first, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotPossibleNow):
        profiles.withdraw(change=first, by=person("loan_officer"), at=NOW)
    assert profile_change(borrower, sector="broker").version == 2


def test_nobody_is_above_themselves_however_far_up():
    top = entered()
    middle = entered(parent=top.number)
    below = entered(parent=middle.number)
    with pytest.raises(NotAnInstitution, match=f"{top.number} is its own"):
        profile_change(top, parent=top.number)
    with pytest.raises(NotAnInstitution, match="parents go round in a circle"):
        profile_change(top, parent=below.number)


def test_a_circle_by_an_lei_that_is_entered_later_is_refused():
    code = lei()
    low = entered(parent_name="Holding", parent_lei=code)
    with pytest.raises(NotAnInstitution, match="parents go round in a circle"):
        entered(lei=code, parent=low.number)


def test_two_changes_that_together_make_a_circle_do_not_both_hold():
    one, other = entered(), entered()
    first = profile_change(one, parent=other.number)
    second = profile_change(other, parent=one.number)
    in_force(first)
    with pytest.raises(NotAnInstitution, match="parents go round in a circle"):
        in_force(second)
    second.refresh_from_db()
    assert second.state == "proposed"
