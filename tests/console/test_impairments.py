"""The loss allowance in the console: assessed, looked at row by row, approved, booked; watched."""

import pytest
from django.urls import reverse
from django.utils import timezone

from loans.models import Impairment, Watch
from tests.console.factories import signed_in, signing_in
from tests.console.test_market_data import act, done
from tests.factories import TODAY, approve
from tests.loans.conftest import pay, pool  # noqa: F401 - the fixtures of a loan that is drawn
from tests.loans.factories import active_loan
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.catalogue import build
from together.controls.models import Approval


@pytest.fixture
def loan(pool, pay):  # noqa: F811
    return active_loan(pool, pay)


def page(client, stem: str, record) -> str:
    answer = client.get(reverse(f"admin:loans_{stem}_change", args=[record.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_month_end_from_the_assessment_to_the_books(loan):
    officer = signed_in(signing_in("treasury_officer"))
    listed = officer.get(reverse("admin:loans_impairment_changelist")).content.decode()
    assert "No loss allowance was assessed yet" in listed
    bad = officer.post(act("impairment", "propose"), {"pool": loan.pool_id, "as_of": "2999-01-01"})
    assert bad.status_code == 409
    assert "as_of: 2999-01-01 is to come" in bad.content.decode()
    done(officer, act("impairment", "propose"), pool=loan.pool_id, as_of=TODAY.isoformat())
    made = Impairment.objects.get()
    shown = page(officer, "impairment", made)
    for words in (
        "1: performing",
        "nothing speaks against it",
        "0.50 %",
        "45.00 %",
        "1,189.53",
        "0.12 %",
    ):
        assert words in shown
    assert officer.post(act("impairment", "book", made)).status_code == 409
    asked = officer.get(act("impairment", "book", made)).content.decode()
    assert "Allowance in the books" in asked
    approve(Approval.objects.get(kind="loan.impairment"), at=timezone.now())
    done(officer, act("impairment", "book", made))
    told = page(officer, "loan", loan)
    assert "1: performing (nothing speaks against it)" in told
    assert "1,189.53" in told
    tape = build("loan-tape", Asked(TODAY, TODAY))
    names = [column.name for column in tape.columns]
    (row,) = tape.rows
    said = dict(zip(names, row.cells, strict=True))
    assert (said["Stage"], str(said["Loss allowance"])) == (1, "1,189.53 USDC")


def test_a_loan_is_watched_and_taken_off_by_somebody_else(loan):
    officer = signed_in(signing_in("loan_officer"))
    done(officer, act("loan", "watch", loan), reason="Its auditor resigned")
    watch = Watch.objects.get()
    assert "Waits for somebody to be sure" in page(officer, "watch", watch)
    same = officer.post(act("watch", "take-off", watch), {"reason": "No more"})
    assert same.status_code == 409
    assert "does not take it off" in same.content.decode()
    done(signed_in(signing_in("compliance")), act("watch", "take-off", watch), reason="No more")
    assert "not watched any more" in page(officer, "watch", watch)
