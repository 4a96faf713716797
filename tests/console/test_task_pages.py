"""The page of my tasks: who sees what, filters, pages, the counts on dashboard and navigation."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from loans.operations import applications
from loans.rules.products import terms_of
from tests import factories, world_loans
from tests.console.factories import OFFICERS, signed_in, signing_in, waiting_funding
from tests.portal import factories as lending
from together.console.admin import tasks
from together.controls.rules import roles
from together.treasury.models import Pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    """A borrower with one application, and a request that a treasury approver decides."""
    borrower = lending.institution()
    lending.application(lending.loans_pool(), borrower)
    return borrower


def _page(client, status: int = 200, **given: str) -> str:
    answer = client.get(reverse("admin:tasks"), given)
    assert answer.status_code == status
    return answer.content.decode()


def _names(page: str) -> list[str]:
    return re.findall(r'data-label="Which"><a href="[^"]+">([^<]+)</a>', page)


@pytest.mark.parametrize("role", OFFICERS)
def test_whoever_works_in_the_console_has_a_page_of_tasks_that_leads_where_they_may_go(role, work):
    client = signed_in(signing_in(role))
    page = _page(client)
    for address in re.findall(r'data-label="Which"><a href="([^"]+)">', page):
        assert client.get(address).status_code == 200, address
    is_officer = roles.may(frozenset({role}), "loans.propose")
    assert ("Worksheet to prepare" in page) == is_officer
    if not _names(page):
        assert "Nothing waits for you" in page


def test_somebody_of_the_portal_has_none(work):
    client = signed_in(lending.member(work))
    _page(client, 403)
    assert client.get(reverse("admin:tasks_count")).status_code == 403


def test_filters_keep_one_kind_or_what_is_overdue_or_what_is_searched(work):
    client = signed_in(signing_in("loan_officer"))
    (application,) = _names(_page(client))
    assert _names(_page(client, kind="application.worksheet")) == [application]
    assert _names(_page(client, kind="loan.draw")) == []
    assert "None of your tasks is like that" in _page(client, kind="loan.draw")
    assert _names(_page(client, q="harbour")) == [application]
    assert _names(_page(client, q="nobody")) == []
    # It was submitted in October 2025: it is overdue by the clock of the site.
    assert _names(_page(client, overdue="1")) == [application]


def test_a_filter_that_there_is_not_is_refused_by_its_value(work):
    client = signed_in(signing_in("loan_officer"))
    assert "payment.release is none" in _page(client, 422, kind="payment.release")
    assert "9 is not one" in _page(client, 422, overdue="9")


def test_what_is_left_is_green_no_more_once_it_is_overdue(work):
    client = signed_in(signing_in("loan_officer"))
    assert 't-badge t-bad">' in _page(client)
    asked = applications.submit(
        institution=work,
        pool=Pool.objects.get(code="loans"),
        amount=factories.usdc("200000"),
        purpose="More of the same",
        terms=terms_of("level_monthly", rate="0.06", instalments=12),
        figures=lending.FIGURES,
        by=signing_in("loan_officer"),
        at=timezone.now() - timedelta(hours=1),
    )
    page = _page(client, q=asked.number)
    assert 't-badge t-plain">22 h left' in page


def test_many_tasks_are_read_by_the_page_in_as_many_queries(work, monkeypatch):
    monkeypatch.setattr(tasks, "PAGE", 10)
    client, by = signed_in(signing_in("loan_officer")), signing_in("loan_officer")
    pool = Pool.objects.get(code="loans")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            _page(client)
        return len(captured)

    for n in range(3):
        world_loans._asked(work, pool, f"A-8{n:03d}", by)
    before = count()
    for n in range(30):
        world_loans._asked(work, pool, f"A-9{n:03d}", by)
    assert count() == before
    pages = [_names(_page(client, page=str(n))) for n in range(1, 5)]
    assert [len(one) for one in pages] == [10, 10, 10, 4]
    assert len({name for one in pages for name in one}) == 34
    assert "Page 2 of 4" in _page(client, page="2")
    assert 'href="?q=A-9&amp;page=2"' in _page(client, q="A-9")


def test_dashboard_and_navigation_tell_how_many_wait(work):
    client = signed_in(signing_in("loan_officer"))
    dashboard = client.get("/console/").content.decode()
    assert f'hx-get="{reverse("admin:tasks_count")}"' in dashboard
    assert re.search(r"1 task, <a [^>]*>1 overdue</a>", dashboard)
    counted = client.get(reverse("admin:tasks_count")).content.decode()
    assert counted == '<span class="t-badge t-bad">1</span>'
    nobody = signed_in(signing_in("auditor"))
    assert nobody.get(reverse("admin:tasks_count")).content == b""


def test_decisions_are_named_as_the_inbox_names_them():
    factories.funded_pool()
    officer = signing_in("treasury_officer")
    client = signed_in(signing_in("treasury_approver"))
    waiting_funding(Pool.objects.get(), officer)
    page = _page(client)
    assert _names(page) == ["FUND-WAITS: 250,000.00 USD"]
    assert "Funding" in page
    assert 'data-label="What">Decision on' not in page
