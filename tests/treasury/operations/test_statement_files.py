"""Files with statements: kept as they came, ended once, taken out by name, worked on twice."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.at_once import at_once
from tests.factories import NOW, person
from tests.treasury.formats import writers
from tests.treasury.operations import chains
from tests.treasury.operations.chains import FORMATS, File
from tests.treasury.operations.test_statement_chains import bring, opened
from together.controls.models import AuditRecord
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.treasury.formats.csv_mapping import Mapping
from together.treasury.formats.parsed import ParsedStatement, Unreadable
from together.treasury.models import FileContent, Statement, StatementFile, StatementLine
from together.treasury.operations import mappings, statement_files, statements
from together.treasury.operations.mappings import NoSuchMapping, NothingChanged
from together.treasury.operations.statement_checks import DoesNotContinue
from together.treasury.operations.statement_files import NotItsMapping, TooLarge

CAMT = FORMATS[0]


@pytest.fixture
def account(own_database):
    return opened(CAMT)


@pytest.fixture
def chain():
    return chains.statements(CAMT)


def receive(account, data, **told):
    return statement_files.receive(account=account, data=data, by=None, at=NOW, **told)


def test_what_a_line_tells_is_kept_whole(account):
    told = writers.american()
    file = bring(account, CAMT.write(writers.stated(list(told.lines), opening="0", **CAMT.account,
                                                    from_at=told.from_at, to_at=told.to_at)), CAMT)  # fmt: skip
    first, fee, _ = StatementLine.objects.order_by("id")
    assert (first.counterparty, first.counterparty_account) == ("ACME TRADING LLC", "987654321")
    assert first.details == "LOAN REPAYMENT LN-0002"
    assert (fee.type, fee.amount, fee.code) == ("fee", -1500, "NCHG")
    assert first.value_on == told.lines[0].value_on
    statement = Statement.objects.get()
    assert (statement.number, statement.source_number, statement.file) == (1, 17, file)


def test_a_return_of_ours_and_a_receipt_taken_back_both_come_in(account):
    lines = [
        chains.ParsedLine("A1", chains.NOON, "receipt", "50", "USD", "X", "them"),
        chains.ParsedLine("A2", chains.NOON, "return", "-50", "USD", "X", "them"),
    ]
    lines = [replace(one, booked_at=one.booked_at.replace(hour=0)) for one in lines]
    told = {**CAMT.account, "servicer": ""}
    data = chains.statement_csv.write(
        ParsedStatement(
            number=1,
            opening="0",
            closing="0",
            from_at=lines[0].booked_at,
            to_at=lines[0].booked_at,
            lines=tuple(lines),
            **told,
        )
    )
    assert bring(account, File(data.encode()), CAMT).state == "booked"
    assert list(StatementLine.objects.order_by("id").values_list("type", "amount")) == [
        ("receipt", 5000),
        ("return", -5000),
    ]


def test_a_file_is_kept_as_it_came_once_however_often_it_comes(account, chain):
    data = CAMT.write(chain[0]).data
    first = bring(account, File(data), CAMT, name="../../etc/October\u202e.xml")
    again = bring(account, File(data), CAMT, name="other.xml")
    assert (first.state, again.state) == ("booked", "known")
    assert bytes(FileContent.objects.get().data) == data
    assert first.content_id == hashlib.sha256(data).hexdigest()
    assert (first.name, first.kind, first.size) == ("October_.xml", "camt.053", len(data))
    assert again.statements_told == first.statements_told == [1]


def test_a_refused_file_is_kept_with_every_fault_and_may_come_in_later(account, chain):
    bring(account, CAMT.write(chain[0]), CAMT)
    with pytest.raises(DoesNotContinue, match="2 is missing"):
        bring(account, CAMT.write(chain[2]), CAMT)
    refused = StatementFile.objects.get(state="refused")
    assert "2 is missing" in refused.faults[0]["rule"]
    bring(account, CAMT.write(chain[1]), CAMT)
    assert bring(account, CAMT.write(chain[2]), CAMT).state == "booked"
    refused.refresh_from_db()
    assert refused.state == "refused"


def test_faults_of_a_file_name_row_column_value_and_rule(account, chain):
    data = CAMT.write(chain[0]).data.replace(b"<CdtDbtInd>CRDT", b"<CdtDbtInd>XXXX")
    with pytest.raises(Unreadable) as refused:
        bring(account, File(data), CAMT)
    faults = StatementFile.objects.get().faults
    assert len(faults) == len(refused.value.faults) > 1
    assert set(faults[0]) == {"row", "column", "value", "rule"}
    assert {fault["value"] for fault in faults} == {"XXXX"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"account": "000987654321"}, "000987654321 in USD at CHASUS33; account reported is 000123456789 in USD"),
        ({"servicer": "COBADEFF"}, "at COBADEFF; account reported is 000123456789 in USD at CHASUS33"),
        ({"asset": "EUR"}, "in EUR"),
    ],
)  # fmt: skip
def test_another_account_bank_or_asset_is_refused_naming_both(account, chain, change, text):
    lines = [replace(line, asset=change.get("asset", "USD")) for line in chain[0].lines]
    with pytest.raises(DoesNotContinue, match=text):
        bring(account, CAMT.write(replace(chain[0], lines=tuple(lines), **change)), CAMT)


def test_the_same_address_on_another_chain_is_another_account(own_database):
    own = FORMATS[3]
    account, first = opened(own), chains.statements(own)[0]
    base = own.write(first).data.replace(b'"chain_id": 1,', b'"chain_id": 8453,')
    base = base.replace(writers.USDC.encode(), b"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913")
    with pytest.raises(DoesNotContinue, match=r"at eip155:8453; account .* at eip155:1$"):
        bring(account, File(base), own)
    assert bring(account, own.write(first), own).state == "booked"


def test_an_amount_finer_than_the_asset_is_refused(account, chain):
    own = FORMATS[4]
    lines = [replace(chain[0].lines[0], amount="1.005"), *chain[0].lines[1:]]
    with pytest.raises(Unreadable, match="more than the 2 decimals of USD"):
        bring(account, own.write(replace(chain[0], servicer="", lines=tuple(lines))), own)


def test_who_may_not_write_brings_nothing_in(account, chain):
    with pytest.raises(NotAllowed):
        statements.import_file(
            account=account, data=b"x", by=person("treasury_approver"), at=NOW, name="x"
        )
    with pytest.raises(TooLarge):
        receive(account, b"x" * (64 * 1024 * 1024 + 1))
    assert not StatementFile.objects.exists()


def test_taking_a_file_out_is_written_down(account, chain):
    file = bring(account, CAMT.write(chain[0]), CAMT)
    auditor = person("auditor")
    assert statement_files.take_out(file=file, by=auditor, at=NOW) == CAMT.write(chain[0]).data
    taken = AuditRecord.objects.get(what="statement_file.downloaded")
    assert (taken.subject, taken.by) == (f"file:{file.pk}", auditor)
    with pytest.raises(NotAllowed):
        statement_files.take_out(file=file, by=person("claims_officer"), at=NOW)


def test_a_file_is_worked_on_by_two_at_once_and_stored_once(account, chain):
    file = receive(account, CAMT.write(chain[0]).data)
    ended = at_once(*[lambda: statements.work(file=file, at=NOW).state] * 2)
    file.refresh_from_db()
    assert (file.state, ended) == ("booked", ["booked"] * 2)
    assert Statement.objects.count() == 1


def test_work_that_broke_off_goes_on_where_it_was(account, chain, monkeypatch):
    file = receive(account, CAMT.write(chain[0]).data)
    with monkeypatch.context() as patched:
        patched.setattr(statements, "match", _break_off)
        with pytest.raises(MemoryError):
            statements.work(file=file, at=NOW)
    file.refresh_from_db()
    assert (file.state, Statement.objects.count()) == ("matching", 1)
    assert set(StatementLine.objects.values_list("state", flat=True)) == {"break"}
    assert statements.work(file=file, at=NOW).state == "booked"
    assert "matched" in set(StatementLine.objects.values_list("state", flat=True))


def _break_off(**_):
    raise MemoryError


def test_a_file_that_always_breaks_the_reader_is_refused_at_the_fourth_try(account, monkeypatch):
    file = receive(account, b"<x/>")
    monkeypatch.setattr("together.treasury.formats.reading.read", _break_off_reading)
    for _ in range(3):
        with pytest.raises(MemoryError):
            statements.work(file=file, at=NOW)
    assert statements.work(file=file, at=NOW).state == "refused"
    file.refresh_from_db()
    assert "broke off 3 times" in file.faults[0]["rule"]


def _break_off_reading(*_, **__):
    raise MemoryError


def test_a_file_left_behind_is_found_and_one_at_work_is_not(account, chain):
    file = receive(account, CAMT.write(chain[0]).data)
    later = NOW + timedelta(minutes=3)
    assert not statement_files.left_behind(at=NOW).exists()
    assert list(statement_files.left_behind(at=later)) == [file]
    statement_files.begin(file=file, at=later)
    assert not statement_files.left_behind(at=later).exists()
    statements.work(file=file, at=later)
    assert not statement_files.left_behind(at=later + timedelta(days=1)).exists()
    with pytest.raises(NotPossibleNow):
        statement_files.again(file=file, by=person("treasury_officer"), at=NOW)


def test_a_mapping_is_saved_by_versions_and_found_by_name(account):
    officer = person("treasury_officer")
    told = chains.GIVEN.to_json()
    first = mappings.save(
        account=account, mapping=mappings.mapping_for(account, told), by=officer, at=NOW
    )
    changed = mappings.mapping_for(account, {**told, "dates": "DD.MM.YYYY"})
    second = mappings.save(account=account, mapping=changed, by=officer, at=NOW)
    with pytest.raises(NothingChanged):
        mappings.save(account=account, mapping=changed, by=officer, at=NOW)
    assert (first.version, second.version) == (1, 2)
    assert mappings.named(account, "A bank") == second == mappings.newest(account)[0]
    assert mappings.named(account, "A bank@1") == first
    with pytest.raises(NoSuchMapping, match="A bank, version 2"):
        mappings.named(account, "B bank")
    with pytest.raises(NotAllowed):
        mappings.save(account=account, mapping=changed, by=person("auditor"), at=NOW)


def test_whose_a_mapping_is_follows_from_the_account(account):
    told = {**chains.GIVEN.to_json(), "account": "SOMEBODY", "servicer": "COBADEFF"}
    del told["columns"]["asset"]
    found = mappings.mapping_for(account, told)
    assert (found.account, found.servicer, found.asset) == ("000123456789", "CHASUS33", "USD")
    assert isinstance(found, Mapping)


def test_a_file_is_not_read_by_the_mapping_of_another_account(account):
    officer = person("treasury_officer")
    saved = mappings.save(account=account, mapping=chains.GIVEN, by=officer, at=NOW)
    with pytest.raises(NotItsMapping):
        receive(account.pool.main_account, b"x", mapping=saved)
