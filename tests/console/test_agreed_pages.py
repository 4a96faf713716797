"""What is agreed with an application, in the console: added, closed by two people, taken off."""

import pytest
from django.urls import reverse

from loans.models import Application, Condition, Covenant, Guarantee
from loans.operations import applications
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW, TODAY, approve
from tests.loans.credit import shown
from tests.loans.factories import application, approved, loans_pool
from together.controls.models import Approval

pytestmark = pytest.mark.django_db


def _act(record, name: str) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_act", args=[record.pk, name])


def _page(record) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_change", args=[record.pk])


@pytest.fixture
def asked() -> Application:
    return application(loans_pool())


@pytest.fixture
def officer():
    return signed_in(signing_in("loan_officer"))


def test_all_four_kinds_are_added_on_the_applications_page(asked, officer):
    days = {"every_months": "3", "due_days": "45", "cure_days": "30"}
    covenant = {"ratio": "equity_ratio", "is_least": "yes", "bound": "0.25", **days}
    for name, values in (
        ("condition", {"text": "The security agreement is signed"}),
        ("financial-covenant", covenant),
        ("information-covenant", {"text": "Audited accounts", **days}),
        ("guarantee", {"guarantor": "Harbour Holdings", "amount": "500,000.00"}),
    ):
        assert officer.get(_act(asked, name)).status_code == 200
        assert officer.post(_act(asked, name), values).status_code == 302, name
    page = officer.get(_page(asked)).content.decode()
    for words in (
        "The security agreement is signed",
        "Equity over total assets: at least 25.00 %",
        "Audited accounts",
        "500,000.00",
        "not shown",
    ):
        assert words in page
    for record in (Condition.objects.get(), Covenant.objects.first(), Guarantee.objects.get()):
        assert officer.get(_page(record)).status_code == 200
        assert officer.post(_act(record, "remove")).status_code == 302
    assert "None were agreed." in officer.get(_page(asked)).content.decode()


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("condition", {"text": ""}, "This field is required"),
        (
            "financial-covenant",
            {
                "ratio": "equity_ratio",
                "is_least": "yes",
                "bound": "much",
                "every_months": "3",
                "due_days": "1",
                "cure_days": "1",
            },
            "bound: &#x27;much&#x27; is not a decimal number",
        ),
        ("guarantee", {"guarantor": "X", "lei": "1"}, "lei: &#x27;1&#x27; is no LEI"),
        ("guarantee", {"guarantor": "X", "amount": "-1"}, "is not an amount"),
    ],
)
def test_what_is_wrong_is_said(asked, officer, name, values, words):
    answer = officer.post(_act(asked, name), values)
    assert answer.status_code in (409, 422)
    assert words in answer.content.decode()


def test_a_condition_is_closed_by_two_people(asked, officer):
    officer.post(_act(asked, "condition"), {"text": "The board has agreed"})
    condition = Condition.objects.get()
    paper = shown(asked.institution, "legal")
    person = signing_in("loan_officer")
    applications.approve(application=approved(asked), on=TODAY, by=person, at=NOW)
    assert "Say that it is satisfied" in officer.get(_page(condition)).content.decode()
    assert officer.post(_act(condition, "settle")).status_code == 409
    officer.post(_act(condition, "satisfied"), {"document": paper.number, "note": ""})
    request = Approval.objects.get(kind="loan.condition")
    checker = signed_in(signing_in("credit_checker"))
    inbox = checker.get(reverse("admin:controls_approval_change", args=[request.pk]))
    assert "The board has agreed" in inbox.content.decode()
    assert officer.post(_act(condition, "settle")).status_code == 409
    approve(request)
    assert "satisfied" in officer.get(_act(condition, "settle")).content.decode()
    officer.post(_act(condition, "settle"))
    condition.refresh_from_db()
    assert (condition.state, condition.document) == ("satisfied", paper.number)
