"""Credit policies: a version is approved by two more people, takes the last one's place, and stays."""

import copy

import pytest
from django.db import DatabaseError, connection, transaction

from loans.models import CreditPolicy
from loans.operations import applications, credit_policies
from loans.operations.credit_policies import BadPolicy
from loans.operations.underwriting import BadWorksheet
from loans.queries.policies import policy_in_force
from loans.rules.credit.start import START
from tests.factories import NOW, TODAY, approve, person
from tests.loans.credit import underwritten, worksheet
from tests.loans.factories import application
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow


def stricter(least: int = 60) -> dict:
    """Give the first policy with a higher bar."""
    document = copy.deepcopy(START)
    document["scorecard"]["approved_from"] = least
    return document


def proposed(document=None, **named):
    given = {
        "document": document or stricter(),
        "reason": "The committee wants a higher bar",
        "by": person("loan_officer"),
        "at": NOW,
    }
    asked = credit_policies.propose(**{**given, **named})
    return asked, CreditPolicy.objects.get(number=asked.subject)


def in_force(**named) -> CreditPolicy:
    asked, policy = proposed(**named)
    approve(asked)
    credit_policies.put_in_force(policy=policy, by=person("loan_officer"), at=NOW)
    policy.refresh_from_db()
    return policy


@pytest.mark.django_db
def test_the_programme_begins_with_a_policy():
    assert (policy_in_force().number, policy_in_force().document) == ("CP-0001", START)


def test_an_approved_version_takes_the_place_of_the_last_one(pool):
    asked, policy = proposed()
    assert asked.roles == ["credit_checker", "committee"]
    with pytest.raises(NotApproved):
        credit_policies.put_in_force(policy=policy, by=person("loan_officer"), at=NOW)
    approve(asked)
    credit_policies.put_in_force(policy=policy, by=person("loan_officer"), at=NOW)
    assert policy_in_force() == policy
    assert CreditPolicy.objects.get(number="CP-0001").state == "superseded"
    with pytest.raises(NotPossibleNow):
        credit_policies.put_in_force(policy=policy, by=person("loan_officer"), at=NOW)


def test_a_worksheet_by_the_last_version_is_prepared_anew(pool):
    asked = underwritten(application(pool))
    in_force()
    with pytest.raises(BadWorksheet, match="CP-0002 took the place of CP-0001"):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)
    assert worksheet(asked).policy.number == "CP-0002"


def test_what_was_approved_by_a_version_stays_decided_by_it(pool):
    asked = underwritten(application(pool))
    officer = person("loan_officer")
    approve(applications.propose(application=asked, by=officer, at=NOW))
    in_force(document=stricter(100))
    applications.approve(application=asked, on=TODAY, by=officer, at=NOW)


@pytest.mark.parametrize(
    ("named", "fault"),
    [
        ({"document": stricter(101)}, "scorecard.approved_from: must be a whole number from 1 to"),
        ({"document": START}, "document: is that of CP-0001"),
        ({"document": "x"}, "must be an object"),
        ({"reason": " "}, "reason: must be given"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(pool, named, fault):
    with pytest.raises(BadPolicy, match=fault):
        proposed(**named)
    assert CreditPolicy.objects.count() == 1


def test_one_waits_at_a_time_and_may_be_withdrawn(pool):
    _, policy = proposed()
    with pytest.raises(BadPolicy, match="CP-0002 waits"):
        proposed()
    credit_policies.withdraw(policy=policy, by=person("loan_officer"), at=NOW)
    assert in_force().number == "CP-0003"
    with pytest.raises(NotPossibleNow):
        credit_policies.withdraw(policy=policy_in_force(), by=person("loan_officer"), at=NOW)


def test_only_those_who_lend_propose_a_policy(pool):
    for stranger in ("credit_checker", "treasury_officer", "compliance"):
        with pytest.raises(NotAllowed):
            proposed(by=person(stranger))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "superseded"},
        {"document": {}},
        {"reason": "x"},
    ],
)
def test_the_database_keeps_the_version_in_force(pool, change):
    with pytest.raises(DatabaseError):
        changed_at_once(**change)


def changed_at_once(**change) -> None:
    """Change the version in force, with every constraint checked before it counts."""
    with transaction.atomic():
        CreditPolicy.objects.filter(number="CP-0001").update(**change)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def unapproved(policy: CreditPolicy) -> None:
    """Let a version take the place of the one in force without an approval."""
    with transaction.atomic():
        CreditPolicy.objects.filter(number="CP-0001").update(state="superseded")
        CreditPolicy.objects.filter(pk=policy.pk).update(state="in_force")


def test_the_database_lets_nothing_be_in_force_that_was_not_approved(pool):
    _, policy = proposed()
    with pytest.raises(DatabaseError, match="not approved"):
        unapproved(policy)
    with pytest.raises(DatabaseError), transaction.atomic():
        CreditPolicy.objects.filter(number="CP-0001").delete()
