"""Roles are given and taken by another person who is security administrator."""

import pytest

from tests.factories import NOW, administrator, person
from together.controls.models import AuditRecord, RoleGrant
from together.controls.operations import bootstrap, people
from together.controls.operations.bootstrap import AlreadyBegun
from together.controls.operations.people import MayNotGrant, NotAllowed

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_a_role_lets_its_acts_pass_and_no_others():
    officer = person("claims_officer")
    people.demand(officer, "claims.write")
    with pytest.raises(NotAllowed, match=r"needs a role with 'claims\.approve'"):
        people.demand(officer, "claims.approve")


def test_a_person_who_is_switched_off_may_do_nothing():
    officer = person("claims_officer")
    officer.is_active = False
    with pytest.raises(NotAllowed):
        people.demand(officer, "claims.read")


def test_nobody_gives_themselves_a_role():
    with pytest.raises(MayNotGrant, match=r"another person|controls_nobody_grants_themselves"):
        people.grant(person=administrator(), role="committee", by=administrator(), at=NOW)


def test_an_officer_gives_no_roles():
    officer, other = person("claims_officer"), person()
    with pytest.raises(MayNotGrant, match="security administrator"):
        people.grant(person=other, role="claims_approver", by=officer, at=NOW)
    assert people.roles_of(other) == frozenset()


def test_the_admin_of_an_institution_gives_roles_of_that_institution_only():
    admin, colleague = person("institution_admin", scope="I-0001"), person()
    people.grant(person=colleague, role="institution_viewer", scope="I-0001", by=admin, at=NOW)
    assert people.roles_of(colleague, "I-0001") == {"institution_viewer"}
    for role, scope in [
        ("institution_viewer", "I-0002"),
        ("loan_officer", ""),
        ("loan_officer", "I-0001"),
    ]:
        with pytest.raises(MayNotGrant):
            people.grant(person=colleague, role=role, scope=scope, by=admin, at=NOW)


def test_a_role_that_was_taken_away_opens_nothing_and_stays_on_record():
    officer = person("claims_officer")
    held = RoleGrant.objects.get(person=officer)
    people.revoke(grant_id=held.pk, by=administrator(), at=NOW)
    with pytest.raises(NotAllowed):
        people.demand(officer, "claims.write")
    assert AuditRecord.objects.filter(what="role.revoked", subject=officer.username).exists()
    with pytest.raises(MayNotGrant, match="once"):
        people.revoke(grant_id=held.pk, by=administrator(), at=NOW)


def test_the_system_is_begun_once():
    with pytest.raises(AlreadyBegun):
        bootstrap.first_administrator(username="x", full_name="X", email="x@example.test", at=NOW)
