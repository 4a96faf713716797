"""A next version of a term sheet says what it changes; what was not approved is not offered."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.formats.agreed import read_agreed
from loans.formats.offers import read_plan
from loans.models import Loan, TermSheet
from loans.operations import applications, conditions, offer_changes, term_sheets
from loans.queries.underwriting import planned
from loans.rules.exact import Fraction
from loans.rules.offers import Worth
from loans.rules.products import terms_of
from tests.factories import NOW, TODAY, person
from tests.loans import factories as lending
from together.controls.operations import approvals
from together.controls.operations.approvals import NotApproved

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=10)


@pytest.fixture
def loan(pool):
    return lending.unaccepted_loan(pool)


def sections(sheet: TermSheet) -> dict[str, dict]:
    return {one["heading"]: one for one in sheet.content["sections"]}


def changed(sheet: TermSheet) -> dict[str, tuple[str, str]]:
    """Give what a version says that it changes."""
    (section,) = (one for name, one in sections(sheet).items() if name.startswith("What changed"))
    return {what: (before, after) for what, before, after in section["grids"][0]["rows"]}


def test_a_first_version_changes_nothing(loan):
    assert not [name for name in sections(lending.issued(loan)) if "version" in name]


def test_a_sheet_reads_back_as_the_plan_it_was_written_from(loan):
    found = read_plan(lending.issued(loan).content)
    drawn_on, plan = planned(loan.application, TODAY)
    assert (found.drawn_on, found.amount) == (drawn_on, Fraction(1_000_000))
    assert found.flows == tuple((one.period.due_on, one.due) for one in plan)


def test_a_next_version_tells_each_term_before_and_after(pool):
    asked = lending.application(pool)
    by = person("loan_officer")
    conditions.agree(application=asked, text="The agreement is signed", by=by, at=NOW)
    loan = _committed(asked)
    first = lending.issued(loan)
    second = lending.issued(loan, at=LATER)
    found = changed(second)
    assert found["If drawn on"] == ("14 Oct 2025", "24 Oct 2025")
    assert found["First instalment due on"] == ("14 Nov 2025", "24 Nov 2025")
    assert found["To be accepted by"] == ("27 Oct 2025", "06 Nov 2025")
    assert not {"Amount", "Rate a year", "Day count", "Condition CN-0001"} & set(found)
    assert f"Compared with {first.number}, issued 14 Oct 2025" in json.dumps(second.content)
    # The next one is compared with it, not with what it said of the first.
    third = lending.issued(loan, at=LATER)
    assert changed(third) == {}
    assert "the same is offered again" in json.dumps(third.content)


def _committed(asked) -> Loan:
    ready = lending.approved(asked)
    return applications.approve(application=ready, on=TODAY, by=person("loan_officer"), at=NOW)


def test_two_offers_are_compared_and_no_debt(loan):
    lending.issued(loan)
    second = lending.issued(loan, at=LATER)
    worth = sections(second)["Present value of the two offers"]
    assert "two offers are compared and not a debt" in worth["paragraphs"][0]
    assert "it is not made" in worth["paragraphs"][0]
    rows = {what: (before, after) for what, before, after in worth["grids"][0]["rows"]}
    assert rows["Lent"] == ("1,000,000.00", "1,000,000.00")
    assert rows["Paid back, in present value"][0] == "1,000,000.00"
    # Ten days later the days of some months differ, and little else.
    ((name, difference),) = worth["pairs"]
    assert name == "Difference"
    assert abs(Fraction(difference.partition(" ")[0].replace(",", ""))) < 200


def test_a_lower_rate_is_worth_what_the_lender_gives_up(pool):
    plain, cheap = (
        lending.issued(
            lending.unaccepted_loan(
                pool, terms=terms_of("level_monthly", rate=rate, instalments=12)
            )
        )
        for rate in ("0.12", "0.06")
    )
    engine = read_agreed(plain.loan.terms)
    found = offer_changes.value(engine, plain.content, cheap.content)
    assert isinstance(found, Worth)
    # Half of some 66,000 of interest, discounted over half a year on average.
    assert -33_500 < found.gain < -30_000
    assert found.rate > found.new_rate
    assert offer_changes.difference(found, engine).endswith(" % of what is lent)")


def test_a_plan_that_is_not_shown_whole_is_not_compared(loan):
    sheet = lending.issued(loan)
    short = json.loads(json.dumps(sheet.content))
    for one in short["sections"]:
        if one["heading"].startswith("Schedule"):
            one["grids"][0]["rows"].pop()
    engine = read_agreed(loan.terms)
    assert "longer than" in offer_changes.value(engine, sheet.content, short)


# What exceeds an approval.


def test_the_database_keeps_the_terms_of_a_commitment(loan):
    terms = {**loan.terms, "rate": "0.01"}
    for change in (
        {"terms": terms},
        {"terms_digest": approvals.digest(terms)},
        {"amount": loan.amount + 1},
    ):
        with pytest.raises(DatabaseError, match="terms stay"), transaction.atomic():
            Loan.objects.filter(pk=loan.pk).update(**change)


@pytest.mark.parametrize("field", ["terms", "terms_digest", "amount"])
def test_what_was_not_approved_is_not_offered(loan, field, monkeypatch):
    first = lending.issued(loan)
    terms = {**loan.terms, "rate": "0.01"}
    other = {
        "terms": terms,
        "terms_digest": approvals.digest(terms),
        "amount": loan.amount + 1,
    }[field]
    real = term_sheets.books.locked

    def forged(asked):
        found = real(asked)
        setattr(found, field, other)
        return found

    monkeypatch.setattr(term_sheets.books, "locked", forged)
    with pytest.raises(NotApproved, match="is an application of its own"):
        lending.issued(loan, at=LATER)
    first.refresh_from_db()
    assert (first.state, TermSheet.objects.count()) == ("issued", 1)
