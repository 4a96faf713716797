"""Statements in by the console: uploaded, refused with faults, downloaded; mappings looked at."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.console.factories import signed_in, signing_in
from tests.factories import NOW
from tests.treasury.operations import chains
from tests.treasury.operations.chains import FORMATS
from tests.treasury.operations.test_statement_chains import opened
from together.controls.models import AuditRecord
from together.treasury.admin import uploads
from together.treasury.models import ColumnMapping, Statement, StatementFile
from together.treasury.operations import mappings, statements

pytestmark = pytest.mark.django_db
CAMT, MT940, MAPPED = FORMATS[:3]


@pytest.fixture
def account():
    return opened(CAMT)


@pytest.fixture
def client():
    return signed_in(signing_in("treasury_officer"))


def upload(client, account, data, name="october.xml", follow=True, **told):
    address = reverse("admin:treasury_cashaccount_act", args=[account.pk, "import-statement"])
    file = SimpleUploadedFile(name, data)
    return client.post(address, {"file": file, **told}, follow=follow)


def page_of(file):
    return reverse("admin:treasury_statementfile_change", args=[file.pk])


def test_a_statement_of_any_kind_comes_in_and_its_file_and_statement_have_pages(account, client):
    one, two = chains.statements(CAMT)[:2]
    answer = upload(client, account, CAMT.write(one).data)
    assert answer.redirect_chain[-1][0] == page_of(StatementFile.objects.get())
    assert f"{len(one.lines)} lines" in answer.content.decode()
    upload(client, account, MT940.write(two).data, name="two.sta")
    statement = Statement.objects.get(number=2)
    page = client.get(
        reverse("admin:treasury_statement_change", args=[statement.pk])
    ).content.decode()
    assert page_of(statement.file) in page
    assert "Number of its servicer" in page
    assert "Nothing: every entry of the file is a line." in page
    again = upload(client, account, MT940.write(two).data, name="again.sta")
    assert "was here already; nothing changed" in again.content.decode()


def test_what_a_file_tells_beside_its_lines_is_on_the_page_of_its_statement(account, client):
    from tests.treasury.formats import writers

    one = chains.statements(CAMT)[0]
    pending = writers.camt_entry(one.lines[0].__class__("PEND1", one.from_at, "receipt", "5", "USD", "", ""),
                                 status="PDNG")  # fmt: skip
    data = CAMT.write(one).data.replace(b"</Stmt>", pending.encode() + b"</Stmt>")
    upload(client, account, data)
    statement = Statement.objects.get()
    page = client.get(reverse("admin:treasury_statement_change", args=[statement.pk]))
    assert "is pending, not booked" in page.content.decode()


def test_a_refused_file_shows_its_faults_and_keeps_all_of_them(account, client):
    data = CAMT.write(chains.statements(CAMT)[0]).data.replace(
        b"<CdtDbtInd>CRDT", b"<CdtDbtInd>=1+1"
    )
    answer = upload(client, account, data)
    file = StatementFile.objects.get()
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "=1+1" in page
    assert f'<a href="{page_of(file)}">' in page
    own = client.get(page_of(file)).content.decode()
    assert "Refused: nothing of it is stored." in own
    assert "=1+1" in own
    csv = client.get(reverse("admin:treasury_statementfile_faults", args=[file.pk]))
    assert csv["Content-Disposition"] == f'attachment; filename="file-{file.pk}-faults.csv"'
    assert csv.content.decode().count("\n") == len(file.faults) + 1
    assert ",=1+1" not in csv.content.decode()


def test_a_download_is_an_attachment_and_is_written_down(account, client):
    data = CAMT.write(chains.statements(CAMT)[0]).data
    upload(client, account, data, name='a"b\u00e9.xml')
    file = StatementFile.objects.get()
    answer = client.get(reverse("admin:treasury_statementfile_bytes", args=[file.pk]))
    assert answer.content == data
    assert re.fullmatch(r'attachment; filename="[\w.]+"', answer["Content-Disposition"], re.ASCII)
    assert answer["Content-Type"] == "application/octet-stream"
    assert AuditRecord.objects.filter(what="statement_file.downloaded").exists()
    claims = signed_in(signing_in("claims_officer"))
    for view in ("bytes", "faults", "change"):
        address = reverse(f"admin:treasury_statementfile_{view}", args=[file.pk])
        assert claims.get(address).status_code == 403


def test_balances_are_told_together(account, client):
    answer = upload(client, account, b"x", opening="1")
    assert answer.status_code == 422
    assert "Both balances are told, or neither." in answer.content.decode()
    assert not StatementFile.objects.exists()


def test_a_large_file_is_left_to_a_worker_and_its_page_shows_how_far_it_is(
    account, client, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(uploads, "AT_ONCE", 10)
    monkeypatch.setattr(uploads.work_on_file, "delay", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(client, account, CAMT.write(chains.statements(CAMT)[0]).data, follow=False)
    file = StatementFile.objects.get()
    assert (rung, file.state) == ([file.pk], "received")
    page = client.get(answer["Location"])
    assert page["Refresh"] == "5"
    assert "Waits for a worker to read it" in page.content.decode()
    statements.work(file=file, at=NOW)
    page = client.get(page_of(file))
    assert "Refresh" not in page
    assert "booked" in page.content.decode()


def test_files_are_listed_by_account_and_state(account, client):
    upload(client, account, CAMT.write(chains.statements(CAMT)[0]).data)
    upload(client, account, b"nothing known", name="bad.txt")
    listed = reverse("admin:treasury_statementfile_changelist")
    refused = client.get(f"{listed}?state__exact=refused").content.decode()
    assert "bad.txt" in refused
    assert "october.xml" not in refused


def form(**told):
    columns = dict(chains.GIVEN.columns)
    usual = {
        "name": "A bank",
        "delimiter": ",",
        "encoding": "utf-8",
        "rows_before_header": "0",
        "has_header": "on",
        "dates": "YYYY-MM-DD",
        "decimal_sign": ".",
        "thousands_sign": "",
        "debit_sign": "none",
        "balances": "given",
        "order": "oldest first",
        "types": "NCHG = fee",
        **{f"column_{field}": place for field, place in columns.items()},
    }
    return {**usual, **told}


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def test_a_mapping_is_looked_at_before_it_is_saved_and_then_offered(account, client):
    address = reverse("admin:treasury_columnmapping_begin", args=[account.pk])
    one = chains.statements(MAPPED)[0]
    file = MAPPED.write(one)
    assert "A column is named as in the header" in client.get(address).content.decode()
    straight = client.post(
        address, form(save="1", sample=SimpleUploadedFile("x.csv", file.data))
    ).content.decode()
    assert not ColumnMapping.objects.exists()
    assert "Nothing is saved yet" in straight
    assert "REF0000X" in straight
    kept = {name: hidden(straight, name) for name in ("kept_sample", "looked_at")}
    other = client.post(address, form(save="1", **{**kept, "balances": "given", "name": "B"}))
    assert not ColumnMapping.objects.exists()
    assert "Nothing is saved yet" in other.content.decode()
    saved = client.post(address, form(save="1", **kept), follow=True).content.decode()
    mapping = ColumnMapping.objects.get()
    assert "A bank, version 1 is saved" in saved
    offered = client.get(
        reverse("admin:treasury_cashaccount_act", args=[account.pk, "import-statement"])
    ).content.decode()
    assert f'<option value="{mapping.pk}">A bank, version 1</option>' in offered
    answer = upload(client, account, file.data, name="x.csv", mapping=mapping.pk, opening="0",
                    closing=one.closing)  # fmt: skip
    assert "mapped CSV" in answer.content.decode()
    assert StatementFile.objects.get().mapping == mapping
    again = client.post(address, form(save="1", **kept))
    assert again.status_code == 409
    next_ = client.get(f"{address}?of={mapping.pk}").content.decode()
    assert 'value="Bank reference"' in next_


def test_what_is_wrong_with_a_mapping_stands_at_its_field(account, client):
    address = reverse("admin:treasury_columnmapping_begin", args=[account.pk])
    sample = SimpleUploadedFile("x.csv", MAPPED.write(chains.statements(MAPPED)[0]).data)
    answer = client.post(address, form(dates="tomorrow", sample=sample))
    assert answer.status_code == 422
    assert "is not made of YYYY" in answer.content.decode()
    sample.seek(0)
    answer = client.post(address, form(column_amount="Sum", sample=sample))
    assert "stands 0 times in the header" in answer.content.decode()
    assert "A file is needed" in client.post(address, form()).content.decode()


def test_the_mapping_of_another_account_is_not_offered_nor_taken(account, client):
    officer = signing_in("treasury_officer")
    other = account.pool.main_account
    told = {**chains.GIVEN.to_json()}
    told["columns"].pop("asset")
    saved = mappings.save(
        account=other, mapping=mappings.mapping_for(other, told), by=officer, at=NOW
    )
    answer = upload(client, account, b"x", mapping=saved.pk)
    assert answer.status_code == 422
    assert not StatementFile.objects.exists()


def test_only_who_writes_for_the_treasury_maps_columns(account):
    address = reverse("admin:treasury_columnmapping_begin", args=[account.pk])
    auditor = signed_in(signing_in("auditor"))
    assert auditor.get(address).status_code == 403
    listed = reverse("admin:treasury_columnmapping_changelist")
    assert auditor.get(listed).status_code == 200
    nowhere = reverse("admin:treasury_columnmapping_begin", args=["nowhere"])
    assert auditor.get(nowhere).status_code == 404
