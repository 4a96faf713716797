"""The portal's pages: what is owed and how to pay it, empty states, the schedule as CSV."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loans.queries.standing import payoff, standing
from tests.console.factories import signed_in
from tests.factories import NOW
from tests.loans.parties import listed, screened
from tests.portal import factories as lending
from together.ledger.rules.money import Money

pytestmark = pytest.mark.django_db


def test_a_new_institution_reads_what_will_stand_here():
    client = signed_in(lending.member(lending.institution()))
    page = client.get("/portal/").content
    assert b"You have no loan yet" in page
    assert b"No application" in page


def test_the_page_says_what_to_pay_where_and_with_which_reference():
    mine = lending.institution()
    pool = lending.loans_pool()
    loan = lending.active_loan(pool, mine, "1200000", on=timezone.now().date())
    page = signed_in(lending.member(mine)).get(f"/portal/loans/{loan.number}/").content.decode()
    now = standing(loan, timezone.now().date())
    assert str(now.next_due) in page
    assert pool.main_account.identifier in page
    assert "Reference, exactly" in page
    assert loan.number in page
    assert 'data-chart="schedule-data"' in page


def test_the_schedule_as_csv_sums_to_the_loan_to_the_cent():
    mine = lending.institution()
    loan = lending.active_loan(lending.loans_pool(), mine, "1234567.89")
    client = signed_in(lending.member(mine))
    answer = client.get(f"/portal/loans/{loan.number}/schedule.csv")
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 12
    assert sum(Decimal(row["principal"]) for row in rows) == Decimal("1234567.89")
    assert "attachment" in answer["Content-Disposition"]


def test_the_account_statement_as_csv_begins_with_the_drawdown():
    mine = lending.institution()
    loan = lending.active_loan(lending.loans_pool(), mine, "1234567.89")
    client = signed_in(lending.member(mine))
    assert b"Account statement" in client.get(f"/portal/loans/{loan.number}/").content
    answer = client.get(f"/portal/loans/{loan.number}/statement.csv")
    text = b"".join(answer.streaming_content).decode()
    (drawn,) = csv.DictReader(io.StringIO(text))
    assert (drawn["what"], drawn["reversed"]) == ("Drawdown", "no")
    assert Decimal(drawn["balance"]) == Decimal("1234567.89")


def test_a_committed_loan_says_that_its_schedule_begins_with_the_drawdown():
    mine = lending.institution()
    loan = lending.committed_loan(lending.loans_pool(), mine)
    page = signed_in(lending.member(mine)).get(f"/portal/loans/{loan.number}/").content
    assert b"The schedule begins with the drawdown" in page


def test_who_is_like_an_entry_of_a_sanctions_list_is_not_told_so():
    mine = lending.institution("Harbour Trading")
    loan = lending.committed_loan(lending.loans_pool(), mine)
    client = signed_in(lending.member(mine))
    listed("E-2,entity,Harbour Tradings,,,test\n", "E-3,entity,Else,,,test\n", at=NOW)
    for look in ("before it was screened", "after"):
        answer = client.post(f"/portal/loans/{loan.number}/draw/")
        assert answer.status_code == 409, look
        assert b"Your loan officer will be in touch" in answer.content
        for word in (b"H-0001", b"sanction", b"screened"):
            assert word not in answer.content
        screened(mine)
    loan.refresh_from_db()
    assert loan.state == "committed"


def test_the_home_costs_as_many_queries_for_six_loans_as_for_one():
    mine = lending.institution()
    pool = lending.loans_pool()
    lending.active_loan(pool, mine, "10000")
    client = signed_in(lending.member(mine))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/portal/").status_code == 200
        return len(captured)

    few = queries()
    for _ in range(5):
        lending.active_loan(pool, mine, "10000")
    assert queries() == few


def test_amounts_leave_the_api_as_exact_text():
    mine = lending.institution()
    loan = lending.active_loan(lending.loans_pool(), mine, "1234567.89")
    client = signed_in(lending.member(mine))
    row = client.get(f"/api/v1/loans/{loan.number}/").json()
    assert row["commitment"] == {"amount": "1234567.890000", "asset": "USDC"}
    today = standing(loan, timezone.now().date())
    told = client.get(f"/api/v1/loans/{loan.number}/standing/").json()
    assert Money(int(Decimal(told["due_now"]["amount"]).scaleb(6)), "USDC") == today.due_now


def test_errors_of_the_api_are_problems(client):
    answer = client.get("/api/v1/loans/")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthorized"
    member = signed_in(lending.member(lending.institution()))
    assert member.get("/api/v1/awards/").status_code == 403
    assert member.get("/api/v1/loans/L-1/").json()["status"] == 404
    assert member.post("/api/v1/loans/", {}).status_code == 405
    wrong = member.get("/api/v1/loans/", {"state": "odd"})
    assert wrong.status_code == 400
    assert "state" in wrong.json()["errors"]


def test_a_token_reads_what_its_person_may_read(client):
    from knox.models import AuthToken

    mine = lending.institution()
    loan = lending.committed_loan(lending.loans_pool(), mine)
    _, token = AuthToken.objects.create(user=lending.member(mine))
    answer = client.get("/api/v1/loans/", headers={"Authorization": f"Token {token}"})
    assert [row["number"] for row in answer.json()["results"]] == [loan.number]
    bad = client.get("/api/v1/loans/", headers={"Authorization": "Token nonsense"})
    assert bad.status_code == 401


def test_a_long_list_comes_in_pages_by_cursor():
    mine = lending.institution()
    pool = lending.loans_pool()
    for _ in range(3):
        lending.application(pool, mine, "1000")
    client = signed_in(lending.member(mine))
    first = client.get("/api/v1/applications/", {"limit": 2}).json()
    assert len(first["results"]) == 2
    assert "cursor=" in first["next"]
    second = client.get(first["next"]).json()
    assert len(second["results"]) == 1
    assert second["next"] is None


def test_the_document_of_the_api_and_its_page_are_local(client):
    assert b"openapi: 3" in client.get("/api/schema/").content
    page = client.get("/api/").content.decode()
    assert "/api/v1/loans/{number}/standing/" in page
    assert "https://" not in page


def test_too_many_calls_are_told_when_to_come_back(monkeypatch):
    from rest_framework.throttling import UserRateThrottle

    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    client = signed_in(lending.member(lending.institution()))
    answers = [client.get("/api/v1/loans/") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert answers[-1]["Content-Type"] == "application/problem+json"


def test_the_loan_page_has_no_style_and_no_script_in_it():
    mine = lending.institution()
    loan = lending.active_loan(lending.loans_pool(), mine)
    answer = signed_in(lending.member(mine)).get(f"/portal/loans/{loan.number}/")
    text = answer.content.decode()
    assert " style=" not in text
    assert "<style" not in text
    assert "https://" not in text
    inline = [part for part in text.split("<script")[1:] if "src=" not in part.split(">")[0]]
    assert [part.split(">")[0].split('type="')[1] for part in inline] == ['application/json"']
    assert "'unsafe" not in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_lists_of_the_api_cost_as_many_queries_for_ten_rows_as_for_one():
    mine = lending.institution()
    pool = lending.loans_pool()
    lending.application(pool, mine, "1000")
    client = signed_in(lending.member(mine))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/api/v1/applications/").status_code == 200
        return len(captured)

    few = queries()
    for _ in range(9):
        lending.application(pool, mine, "1000")
    assert queries() == few


def test_a_payoff_is_quoted_for_a_day_to_come_and_refused_for_one_that_is_gone():
    mine = lending.institution()
    today = timezone.now().date()
    loan = lending.active_loan(lending.loans_pool(), mine, "1200000", on=today)
    client = signed_in(lending.member(mine))
    path = f"/portal/loans/{loan.number}/"
    on = today + timedelta(days=10)
    page = client.get(path, {"payoff_on": on.isoformat()}).content.decode()
    assert str(payoff(loan, on)) in page
    assert payoff(loan, on).minor_units > payoff(loan, today).minor_units
    gone = client.get(path, {"payoff_on": (today - timedelta(days=1)).isoformat()})
    assert b"is not within a year" in gone.content
    odd = client.get(path, {"payoff_on": "soon"})
    assert b"Enter a valid date" in odd.content
