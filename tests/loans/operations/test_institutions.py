"""Institutions: only a legal entity with a valid LEI, entered once, by an officer."""

import pytest

from loans.models import Institution
from loans.operations.institutions import NotAnInstitution
from tests.factories import person
from tests.loans.parties import institution, lei
from together.controls.models import AuditRecord
from together.controls.operations.people import NotAllowed

pytestmark = pytest.mark.django_db


def test_an_institution_gets_a_number_and_a_trail():
    entered = institution()
    assert entered.number == "I-0001"
    assert AuditRecord.objects.filter(what="institution.entered", subject="I-0001").exists()


@pytest.mark.parametrize(
    "wrong", ["5493001KJTIIGC8Y1R13", "SHORT", "5493001kjtiigc8y1r12", "", "1"]
)
def test_what_is_no_lei_is_refused(wrong):
    with pytest.raises(NotAnInstitution, match="lei"):
        institution(lei=wrong)
    assert Institution.objects.count() == 0


def test_a_lei_is_entered_once():
    code = lei()
    institution(lei=code)
    with pytest.raises(NotAnInstitution, match="lei"):
        institution(lei=code)


def test_an_empty_wallet_and_a_limit_of_nothing_are_refused():
    with pytest.raises(NotAnInstitution, match="wallet: 'a b' is no account"):
        institution(wallet="a b")
    with pytest.raises(NotAnInstitution, match="wallet: "):
        institution(wallet="")
    with pytest.raises(NotAnInstitution):
        institution(limit="0")


def test_only_a_loan_officer_enters_one():
    with pytest.raises(NotAllowed):
        institution(by=person("credit_checker"))
