"""Pages of the console: who sees them, how many queries they cost, what they never offer."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loans.models import CreditPolicy
from tests import factories
from tests.console import factories as seen
from tests.console.factories import OFFICERS, signed_in, signing_in
from tests.portal import factories as lending
from together.console.admin.site import console
from together.controls.models import Approval
from together.controls.rules import roles
from together.treasury.models import Instruction, Pool, Statement

pytestmark = pytest.mark.django_db


def _pages():
    for model, page in console._registry.items():
        stem = f"{model._meta.app_label}_{model._meta.model_name}"
        yield model, page, stem


def _allowed(role: str, page) -> bool:
    return any(roles.may(frozenset({role}), act) for act in (page.reads, page.also_reads) if act)


@pytest.mark.parametrize("role", OFFICERS)
def test_a_role_sees_exactly_the_lists_that_it_may_read(role):
    client = signed_in(signing_in(role))
    for _, page, stem in _pages():
        status = client.get(reverse(f"admin:{stem}_changelist")).status_code
        assert status == (200 if _allowed(role, page) else 403), stem
        if not _allowed(role, page) or role == "auditor":
            assert client.get(reverse(f"admin:{stem}_export")).status_code == status, stem
    assert client.get("/console/").status_code == 200


def test_who_works_in_the_portal_is_kept_out_of_the_console():
    client = signed_in(lending.member(lending.institution()))
    assert client.get("/console/").status_code == 403
    for _, _, stem in _pages():
        assert client.get(reverse(f"admin:{stem}_changelist")).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(client):
    answer = client.get("/console/treasury/pool/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_a_superuser_flag_opens_nothing():
    person = factories.person()
    person.is_superuser = person.is_staff = True
    person.save()
    assert signed_in(person).get("/console/").status_code == 403


def _everything() -> dict[str, str]:
    """Fill the tables, and give the address of one page of each kind of record."""
    pool, disbursement = seen.treasury_at_work(3)
    officer = signing_in("treasury_officer")
    seen.waiting_funding(pool, officer)
    loan = lending.active_loan(lending.loans_pool(), lending.institution())
    records = {
        "pool": pool,
        "disbursement": disbursement,
        "batch": disbursement.batches.get(),
        "instruction": Instruction.objects.order_by("id").first(),
        "approval": Approval.objects.order_by("id").last(),
        "loan": loan,
        "event": loan.events.first(),
        "term sheet": loan.term_sheets.get(),
        "application": loan.application,
        "institution": loan.institution,
        "accounts": loan.institution.spreads.first(),
        "worksheet": loan.application.worksheets.get(),
        "policy": CreditPolicy.objects.get(),
        "person": officer,
        "grant": officer.grants.first(),
    }
    return {
        name: reverse(
            f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk]
        )
        for name, record in records.items()
    }


def test_every_kind_of_record_has_a_page_with_its_trail():
    client = signed_in(signing_in("auditor"))
    for name, address in _everything().items():
        answer = client.get(address)
        assert answer.status_code == 200, name
        assert b"Trail" in answer.content, name
        assert b"<input" not in _main(answer.content), name


def _main(content: bytes) -> bytes:
    return content.partition(b"t-page")[2].partition(b"</body>")[0].partition(b"modal")[0]


def _queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_lists_cost_as_many_queries_for_thirty_rows_as_for_one():
    client = signed_in(signing_in("auditor"))
    _everything()
    addresses = [reverse(f"admin:{stem}_changelist") for _, _, stem in _pages()] + ["/console/"]
    before = {address: _queries(client, address) for address in addresses}
    pool = factories.pool("another")
    officer = signing_in("treasury_officer")
    borrower = lending.institution("Second Harbour")
    lent = Pool.objects.get(code="loans")
    for n in range(30):
        seen.waiting_funding(pool, officer, f"FUND-{n}")
        lending.application(lent, borrower, "100000")
    after = {address: _queries(client, address) for address in addresses}
    # A filter by pool or person may list its choices once more; nothing grows with the rows.
    assert {a: (before[a], after[a]) for a in addresses if after[a] > before[a] + 1} == {}


def test_no_page_has_a_form_that_writes_a_field_of_a_model():
    client = signed_in(signing_in("auditor"))
    for model, page, _ in _pages():
        request = client.get("/console/").wsgi_request
        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)
        names = {url.name for url in page.get_urls()}
        stem = f"{model._meta.app_label}_{model._meta.model_name}"
        views = {"changelist", "export", "begin", "act", "change"}
        # Downloads, and a simulation: its form is asked by address, and changes nothing.
        own = ("proof", "bytes", "faults", "rejects", "differences", "simulate")
        assert names - {f"{stem}_{name}" for name in own} == {f"{stem}_{view}" for view in views}


def test_a_post_to_a_record_changes_nothing():
    addresses = _everything()
    client = signed_in(signing_in("auditor"))
    before = list(Instruction.objects.values())
    client.post(addresses["instruction"], {"amount": "1", "state": "settled"})
    assert list(Instruction.objects.values()) == before


def test_every_state_says_what_it_waits_for():
    for _, page, stem in _pages():
        if hasattr(page.model, "state"):
            choices = dict(page.model._meta.get_field("state").choices)
            assert set(page.waits_for) >= set(choices), stem


def test_an_upload_that_is_no_statement_is_refused_by_row_column_and_value():
    pool = factories.funded_pool()
    client = signed_in(signing_in("treasury_officer"))
    bad = seen.statement_csv(pool, [("e-1", "12.50", "A")]).replace(b",12.50,", b",12.5x,", 1)
    address = reverse("admin:treasury_cashaccount_act", args=[pool.pk, "import-statement"])
    answer = client.post(address, {"file": SimpleUploadedFile("s.csv", bad)})
    assert answer.status_code == 422
    assert b"12.5x" in answer.content
    assert b"amount" in answer.content
    assert not Statement.objects.exists()
    good = seen.statement_csv(pool, [("e-1", "12.50", "A")])
    assert client.post(address, {"file": SimpleUploadedFile("s.csv", good)}).status_code == 302
    assert Statement.objects.get().lines.count() == 1


def test_an_export_holds_no_formula():
    pool = factories.funded_pool()
    officer = signing_in("treasury_officer")
    seen.waiting_funding(pool, officer, "=cmd|' /C calc'!A0")
    answer = signed_in(officer).get(reverse("admin:treasury_funding_export"))
    text = b"".join(answer.streaming_content).decode()
    assert "'=cmd" in text
    assert not any(
        cell.startswith(("=", "+", "@")) for cell in text.replace("\r\n", ",").split(",")
    )


def test_search_finds_a_record_by_its_whole_number():
    _, disbursement = seen.treasury_at_work(2)
    client = signed_in(signing_in("auditor"))
    address = reverse("admin:treasury_instruction_changelist")
    assert b"PAY-000001" in client.get(address, {"q": "PAY-000001"}).content
    assert b"PAY-000002" not in client.get(address, {"q": "PAY-000001"}).content
    found = client.get(reverse("admin:search"), {"s": disbursement.number, "extended": "1"})
    assert disbursement.number.encode() in found.content
