"""Underwriting in the console: accounts, worksheets, memos, and versions of the policy."""

import io
import json
import re

import pytest
from django.urls import reverse
from pypdf import PdfReader

from loans.models import CreditPolicy, Institution, Spread, Worksheet
from loans.rules.credit.start import START
from tests.console.factories import signed_in, signing_in
from tests.loans.credit import SOUND, recent, shown, spread_twice, worksheet
from tests.loans.factories import application, loans_pool
from tests.loans.parties import institution
from together.controls.models import AuditRecord

pytestmark = pytest.mark.django_db


def _act(record, name: str) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_act", args=[record.pk, name])


def _page(record) -> str:
    stem = f"{record._meta.app_label}_{record._meta.model_name}"
    return reverse(f"admin:{stem}_change", args=[record.pk])


def typed(**changed) -> dict[str, str]:
    """Give sound accounts as somebody types them."""
    amounts = {name: f"{cents // 100:,}.{cents % 100:02d}" for name, cents in SOUND.items()}
    period = {"ends_on": "2025-09-30", "months": "12", "basis": "audited", "note": ""}
    return {**amounts, **period, **changed}


@pytest.fixture
def pool():
    return loans_pool()


@pytest.fixture
def borrower() -> Institution:
    return institution(is_verified=False)


@pytest.fixture
def officer():
    return signed_in(signing_in("loan_officer"))


def test_accounts_are_typed_in_and_stand_on_the_institutions_page(borrower, officer):
    paper = shown(borrower)
    form = officer.get(_act(borrower, "accounts")).content.decode()
    assert "Balance sheet" in form
    assert paper.number in form
    answer = officer.post(
        _act(borrower, "accounts"), typed(evidence_balance=paper.number), follow=True
    )
    made = Spread.objects.get()
    assert (made.amounts, made.evidence) == (SOUND, {"balance": paper.number})
    assert f"Accounts {made.number} up to 2025-09-30 are entered" in answer.content.decode()
    page = officer.get(_page(borrower)).content.decode()
    assert "60,000,000.00" in page
    assert "not evidenced" in page


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"equity": "99"}, 409, "equity: assets of 200,000,000.00 are not debt and equity of"),
        ({"tax": "six"}, 422, "&#x27;six&#x27; is not an amount such as -1,250.50"),
        ({"cash": "1.005"}, 422, "is not an amount"),
        ({"ends_on": "2025-02-30"}, 422, "Enter a valid date"),
        ({"months": "0"}, 422, "greater than or equal to 1"),
        ({"evidence_income": "D-0666"}, 422, "D-0666 is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(borrower, officer, changed, status, words):
    answer = officer.post(_act(borrower, "accounts"), typed(**changed))
    page = answer.content.decode()
    assert (answer.status_code, Spread.objects.count()) == (status, 0)
    assert words in page
    assert 'value="80,000,000.00"' in page


def test_accounts_are_replaced_on_their_page_with_what_stood_there(borrower, officer):
    first, _ = spread_twice(borrower)
    form = officer.get(_act(first, "replace")).content.decode()
    assert 'value="60,000,000.00"' in form
    again = typed(ends_on=first.ends_on.isoformat(), note="The auditor corrected it")
    officer.post(_act(first, "replace"), again)
    page = officer.get(_page(first)).content.decode()
    assert "replaced" in page
    assert officer.get(_act(Spread.objects.get(replaces=first), "replace")).status_code == 200


def test_a_worksheet_is_prepared_after_its_figures_were_shown(pool, officer):
    asked = application(pool)
    recent(asked.institution)
    form = officer.get(_act(asked, "underwrite")).content.decode()
    assert "100 of 100" in form
    told = {"recommendation": "approve", "rationale": "Sound"}
    officer.post(_act(asked, "underwrite"), told)
    made = Worksheet.objects.get()
    page = officer.get(_page(made)).content.decode()
    assert "2,250.00 USD" in page
    assert "50.00 %" in page
    assert made.number in officer.get(_page(asked)).content.decode()


def test_what_the_scorecard_refers_is_refused_in_words(pool, officer):
    asked = application(pool)
    told = {"recommendation": "approve", "rationale": "Sound"}
    answer = officer.post(_act(asked, "underwrite"), told)
    assert answer.status_code == 409
    assert "the scorecard says refer" in answer.content.decode()


def test_the_credit_memo_tells_what_the_worksheet_says(pool, officer):
    asked = application(pool)
    spread_twice(asked.institution)
    made = worksheet(asked)
    answer = officer.post(_act(made, "memo"))
    assert answer["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    text = " ".join(page.extract_text() for page in pages).replace("\u200b", "")
    for words in (
        asked.institution.legal_name,
        "Sound, and open about what it lost",
        "2,250.00 USD",
        "50.00 %",
        "Confidential",
    ):
        assert words in text
    assert re.sub(r"\W", "", made.digest) in re.sub(r"\W", "", text)
    assert AuditRecord.objects.filter(what="credit_memo.taken", subject=made.number).exists()


def test_who_may_not_read_loans_sees_no_underwriting(pool):
    asked = application(pool)
    spread_twice(asked.institution)
    stranger = signed_in(signing_in("claims_officer"))
    for record in (worksheet(asked), Spread.objects.first(), CreditPolicy.objects.get()):
        assert stranger.get(_page(record)).status_code == 403
    reader = signed_in(signing_in("credit_checker"))
    assert reader.get(_act(asked, "underwrite")).status_code == 403


def changes(**changed) -> dict[str, str]:
    """Give every value of the first policy as its form sends it."""
    from loans.admin.credit_policies import STRUCTURE, leaves, named

    values = {
        named(path): "on" if value is True else str(value)
        for path, value in leaves(START)
        if path[-1] not in STRUCTURE
    }
    return {**values, "reason": "A higher bar", **changed}


def test_a_policy_is_changed_by_its_form_and_shows_what_changes(pool, officer):
    new = reverse("admin:loans_creditpolicy_begin", args=["change"])
    assert "Assets on exchanges" in officer.get(new).content.decode()
    answer = officer.post(new, changes(**{"scorecard.approved_from": "60"}), follow=True)
    made = CreditPolicy.objects.get(number="CP-0002")
    assert made.document == {**START, "scorecard": {**START["scorecard"], "approved_from": 60}}
    page = answer.content.decode()
    assert "scorecard.approved_from" in page
    form = officer.get(_act(made, "put-in-force")).content.decode()
    assert "50 becomes 60" in form
    assert officer.post(_act(made, "put-in-force")).status_code == 409


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "document: is that of CP-0001"),
        ({"grades[1].pd": "2"}, "grades[1].pd: must be above 0 and at most 1"),
        ({"scorecard.approved_from": "1000"}, "scorecard.approved_from: must be a whole number"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_its_field(pool, officer, changed, words):
    answer = officer.post(
        reverse("admin:loans_creditpolicy_begin", args=["change"]), changes(**changed)
    )
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert CreditPolicy.objects.count() == 1


def test_a_policy_goes_out_as_a_file_and_comes_in_as_one(pool, officer):
    new = reverse("admin:loans_creditpolicy_begin", args=["file"])
    taken = officer.post(_act(CreditPolicy.objects.get(), "json"))
    document = json.loads(taken.content)
    assert document == START
    document["grades"].insert(4, {"grade": "D2", "least": 20, "pd": "0.20", "most_months": 6})
    for data, words in ((b"{", "is no JSON"), (b"[" * 100_000, "is no JSON"), (b"x" * 100_001, "")):
        file = io.BytesIO(data)
        file.name = "policy.json"
        answer = officer.post(new, {"reason": "x", "file": file})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    file = io.BytesIO(json.dumps(document).encode())
    file.name = "policy.json"
    officer.post(new, {"reason": "A finer scale", "file": file})
    made = CreditPolicy.objects.get(number="CP-0002")
    assert [one["grade"] for one in made.document["grades"]] == ["A", "B", "C", "D", "D2", "E"]
