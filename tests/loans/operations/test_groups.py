"""Groups of connected clients: named once, with what their members have used."""

import pytest
from django.db import DatabaseError, transaction

from loans.models import Group
from loans.operations import groups, profiles
from loans.operations.groups import NotAGroup
from loans.queries.groups import members, outside
from loans.queries.limits import used
from tests.factories import NOW, approve, person
from tests.loans.factories import application, approved, committed_loan
from tests.loans.parties import entered, institution, profile_change
from together.controls.models import Approval
from together.controls.operations.people import NotAllowed


def group(name: str = "Northgate group") -> Group:
    return groups.enter(name=name, by=person("loan_officer"), at=NOW)


@pytest.mark.django_db
def test_a_group_is_named_once_however_it_is_written():
    made = group()
    assert made.number == "G-0001"
    with pytest.raises(NotAGroup, match=r"is G-0001 \(Northgate group\) already"):
        group("NORTHGATE-Group")
    with pytest.raises(NotAGroup, match="name: ' ' must be stated"):
        group(" ")
    with pytest.raises(NotAllowed):
        groups.enter(name="Else", by=person("credit_checker"), at=NOW)


@pytest.mark.django_db
def test_a_group_is_never_renamed():
    group()
    with pytest.raises(DatabaseError), transaction.atomic():
        Group.objects.update(name="Else")


def test_members_are_listed_with_what_they_owe_or_are_promised(pool):
    one = group()
    lent = institution(group=one.number)
    alone = entered(group=one.number)
    other = institution()
    loan = committed_loan(pool, borrower=lent)
    approved(application(pool, borrower=other))
    found = members(one)
    assert [(m.institution, m.used.minor_units) for m in found] == [(lent, loan.amount), (alone, 0)]
    assert used([lent, alone]) == {lent.pk: loan.amount, alone.pk: 0}


@pytest.mark.django_db
def test_who_is_controlled_by_a_member_but_stands_outside_is_shown():
    one, top = group(), entered()
    below = entered(parent=top.number)
    assert not outside(one).exists()
    change = profile_change(top, group=one.number)
    approve(Approval.objects.get(subject=change.number))
    profiles.put_in_force(change=change, by=person("loan_officer"), at=NOW)
    assert list(outside(one)) == [below]
