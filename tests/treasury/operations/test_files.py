"""Payment files: their bytes are approved, a third person takes them, nobody is paid twice."""

import json

import pytest
from django.db import DatabaseError, connection, connections, transaction

from tests import factories
from tests.factories import NOW, approve, person
from tests.treasury.files import (
    approved,
    balance,
    bank_batch,
    chain_batch,
    dollar_pool,
    handed_over,
    payments,
    prepared,
)
from together.controls.models import Approval, AuditRecord, Decision
from together.controls.operations import approvals
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.treasury.formats import pain001, transfer_list
from together.treasury.models import FileDownload, FiledPayment, Instruction, PaymentFile
from together.treasury.operations import destinations, file_answers, files, payouts, settlements
from together.treasury.operations.disbursements import NotPayable
from together.treasury.operations.file_answers import NotInTheFile
from together.treasury.operations.file_contents import bytes_of, digest_of
from together.treasury.operations.files import FileChanged, MayNotTake, NotForFiles, NothingToFile
from together.treasury.operations.settlements import Seen
from together.treasury.queries.checks import checks


def states(batch):
    return sorted(batch.instructions.values_list("state", flat=True))


def as_owner(*statements):
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def settle(references):
    with transaction.atomic():
        return settlements.settle_from_statement(
            [Seen(reference, NOW, "BANK-1") for reference in references], at=NOW
        )


def report(file, payments=(), group="PART"):
    rows = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{r}</OrgnlEndToEndId><TxSts>{s}</TxSts><StsRsnInf><Rsn>"
        "<Cd>AC01</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for r, s in payments
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{file.message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001"
        f"</OrgnlMsgNmId><GrpSts>{group}</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>"
        f"<OrgnlPmtInfId>X</OrgnlPmtInfId>{rows}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


@pytest.fixture
def batch(own_database):
    return bank_batch(["1000.50", "250", "99.99"])


def test_a_file_holds_a_batch_with_its_control_totals(batch):
    file = prepared(batch)
    assert (file.count, file.total, file.state) == (3, 135_049, "prepared")
    found = pain001.read(bytes(file.data))
    assert (found.count, found.total.minor_units) == (3, 135_049)
    assert found.message_id == file.message_id == f"{batch.number}-1"
    assert file.digest == digest_of(bytes(file.data))
    asked = Approval.objects.get(kind="payment.file")
    assert asked.effect["digest"] == file.digest
    assert states(batch) == ["ready"] * 3
    assert balance("allotment", batch.number) == 135_049


@pytest.mark.parametrize("version", pain001.VERSIONS)
def test_a_thousand_payments_stand_in_one_file_by_the_schema(own_database, version):
    factories.in_one_wave()
    rows = payments(["17.25"], "bank")
    to = rows[0].destination
    many = [type(rows[0])(f"M:{n}", f"M-{n:05d}", to.payee, 100 + n, to) for n in range(1000)]
    pool = dollar_pool()
    order = factories.released(pool, many, account=factories.account(pool, "bank"))
    file = prepared(order.batches.get(), format_=version)
    pain001.validate(bytes(file.data), version)
    assert (file.count, file.total) == (1000, sum(100 + n for n in range(1000)))


def test_a_file_made_again_is_the_same_bytes(batch):
    file = PaymentFile.objects.get(pk=prepared(batch).pk)
    assert bytes_of(file, files.rows_of(file)) == bytes(file.data)


def test_nobody_gets_a_file_that_is_not_approved(batch):
    file = prepared(batch)
    with pytest.raises(NotApproved):
        files.hand_over(file=file, by=person("treasury_officer"), at=NOW)
    with pytest.raises(NotPossibleNow, match="not handed over"):
        files.download(file=file, by=person("treasury_officer"), at=NOW)
    assert not FileDownload.objects.exists()
    assert states(batch) == ["ready"] * 3


def test_a_third_person_takes_the_file_and_every_download_is_written_down(batch):
    file = approved(prepared(batch))
    carrier = person("treasury_officer")
    data = files.hand_over(file=file, by=carrier, at=NOW)
    assert data == bytes(file.data)
    assert files.download(file=file, by=carrier, at=NOW) == data
    file.refresh_from_db()
    assert (file.state, file.handed_over_by) == ("handed_over", carrier)
    assert FileDownload.objects.filter(file=file, by=carrier).count() == 2
    assert states(batch) == ["sending"] * 3
    assert balance("allotment", batch.number) == 135_049
    with pytest.raises(NotPossibleNow):
        files.hand_over(file=file, by=person("treasury_officer"), at=NOW)


def test_who_prepared_or_approved_a_file_does_not_take_it(batch):
    file = prepared(batch)
    approver = person("treasury_approver")
    asked = Approval.objects.get(kind="payment.file")
    approvals.decide(approval=asked, verdict=Decision.Verdict.APPROVED, by=approver, at=NOW)
    for who in (file.prepared_by, approver):
        with pytest.raises(MayNotTake):
            files.hand_over(file=file, by=who, at=NOW)
    files.hand_over(file=file, by=person("treasury_officer"), at=NOW)
    for who in (file.prepared_by, approver):
        with pytest.raises(MayNotTake):
            files.download(file=file, by=who, at=NOW)
        with pytest.raises(DatabaseError, match="not for this person"), transaction.atomic():
            FileDownload.objects.create(file=file, by=who, at=NOW)


def test_one_byte_changed_after_approval_is_not_handed_over(batch):
    """S7, past every guard of the database."""
    file = approved(prepared(batch))
    carrier = person("treasury_officer")
    as_owner(
        "ALTER TABLE treasury_paymentfile DISABLE TRIGGER USER",
        "ALTER TABLE treasury_paymentfile DROP CONSTRAINT treasury_digest_of_the_file",
        "UPDATE treasury_paymentfile SET data = set_byte(data, 700, get_byte(data, 700) # 1)",
    )
    with pytest.raises(FileChanged):
        files.hand_over(file=file, by=carrier, at=NOW)
    # With a digest that fits, it is not what was approved.
    as_owner("UPDATE treasury_paymentfile SET digest = encode(sha256(data), 'hex')")
    with pytest.raises(NotApproved):
        files.hand_over(file=file, by=carrier, at=NOW)
    assert states(batch) == ["ready"] * 3


def test_one_byte_changed_is_refused_by_the_database(batch):
    approved(prepared(batch))
    for change in (
        "data = set_byte(data, 700, get_byte(data, 700) # 1)",
        "digest = repeat('0', 64)",
        "data = '\\x00', digest = encode(sha256('\\x00'), 'hex')",
        "total = total + 1",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE treasury_paymentfile SET {change}")


def test_rows_changed_under_a_file_are_found_when_it_is_handed_over(batch):
    file = approved(prepared(batch))
    as_owner(
        "ALTER TABLE treasury_instruction DISABLE TRIGGER USER",
        "UPDATE treasury_instruction SET amount = amount + 100 WHERE reference = 'F-0000'",
        "ALTER TABLE treasury_instruction ENABLE TRIGGER USER",
    )
    with pytest.raises(FileChanged):
        files.hand_over(file=file, by=person("treasury_officer"), at=NOW)


def test_a_halt_stops_files_too(batch):
    file = approved(prepared(batch))
    payouts.halt(reason="Stop", by=person("compliance"), at=NOW)
    with pytest.raises(payouts.Halted):
        files.hand_over(file=file, by=person("treasury_officer"), at=NOW)


def test_a_payment_stands_in_one_live_file(batch):
    file = prepared(batch)
    with pytest.raises(NothingToFile):
        prepared(batch)
    with pytest.raises(DatabaseError), transaction.atomic():
        FiledPayment.objects.create(file=file, instruction=batch.instructions.first(), position=99)
    files.withdraw(file=file, reason="Wrong day", by=person("treasury_officer"), at=NOW)
    again = prepared(batch)
    assert again.count == 3
    assert again.message_id == f"{batch.number}-2"


def test_a_file_that_was_handed_over_is_not_withdrawn(batch):
    file = handed_over(batch)
    with pytest.raises(NotPossibleNow):
        files.withdraw(file=file, reason="x", by=person("treasury_officer"), at=NOW)


def test_a_withdrawn_file_is_not_handed_over(batch):
    file = approved(prepared(batch))
    files.withdraw(file=file, reason="Wrong day", by=person("treasury_officer"), at=NOW)
    with pytest.raises(NotPossibleNow):
        files.hand_over(file=file, by=person("treasury_officer"), at=NOW)


def test_a_revoked_destination_stops_a_file_and_is_left_out_of_the_next(batch):
    file = approved(prepared(batch))
    revoked = batch.instructions.get(reference="F-0001").destination
    destinations.revoke(destination=revoked, reason="Hacked", by=person("compliance"), at=NOW)
    with pytest.raises(NotPossibleNow, match="F-0001"):
        files.hand_over(file=file, by=person("treasury_officer"), at=NOW)
    files.withdraw(file=file, reason="Revoked", by=person("treasury_officer"), at=NOW)
    again = handed_over(batch)
    assert (again.count, again.total) == (2, 110_049)
    assert states(batch) == ["ready", "sending", "sending"]


def test_a_batch_of_the_exchange_is_not_filed(own_database):
    order = factories.released(factories.funded_pool(), factories.payments(["1"]))
    with pytest.raises(NotForFiles, match="online"):
        prepared(order.batches.get())


def test_a_format_of_another_rail_is_refused(batch):
    with pytest.raises(NotForFiles, match=r"transfers.json is not one of"):
        prepared(batch, format_="transfers.json")


def test_a_batch_that_is_not_released_is_not_filed(own_database):
    pool = dollar_pool()
    from together.treasury.operations import disbursements
    from together.treasury.operations.disbursements import Order

    order = disbursements.prepare(
        pool=pool,
        order=Order("award", "R", "retail.payout", ("fund.available", pool.code)),
        payments=payments(["1"], "bank"),
        account=factories.account(pool, "bank"),
        by=person("treasury_officer"),
        at=NOW,
    )
    with pytest.raises(NotPossibleNow, match="not released"):
        prepared(order.batches.get())


def test_workers_leave_batches_of_files_alone(batch):
    handed_over(batch)
    assert payouts.claim(batch=batch.number, worker="w", lease=2) == []


def test_only_treasury_people_prepare_and_take(batch):
    with pytest.raises(NotAllowed):
        prepared(batch, by=person("loan_officer"))
    with pytest.raises(NotAllowed):
        files.hand_over(file=approved(prepared(batch)), by=person("auditor"), at=NOW)


def test_a_holder_that_the_bank_does_not_carry_is_refused_by_name(batch):
    # An account of ours from before its name was checked; accounts never change.
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_cashaccount DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE treasury_cashaccount SET holder = 'Tögether' WHERE code = %s",
            [batch.disbursement.account_id],
        )
        cursor.execute("ALTER TABLE treasury_cashaccount ENABLE TRIGGER USER")
    with pytest.raises(files.Refused, match=r"debtor.*Tögether"):
        prepared(batch)
    assert not PaymentFile.objects.exists()


def test_an_amount_that_is_no_whole_cent_is_refused_before_anything_is_prepared(own_database):
    pool = factories.funded_pool()
    account = factories.account(pool, "bank")
    from dataclasses import replace

    to = factories.destination(
        details=replace(payments(["1"], "bank")[0].destination.details, asset="USDC")
    )
    rows = [
        type(factories.payments(["1"])[0])("C:1", "C-1", to.payee, 1_000_001, to),
    ]
    with pytest.raises(NotPayable, match=r"C-1: 1\.000001 USDC is not a whole number of cents"):
        factories.released(pool, rows, account=account)
    assert not Instruction.objects.exists()


# --- answers ------------------------------------------------------------------------------------
def test_payments_settle_when_they_stand_on_a_statement(batch):
    file = handed_over(batch)
    file_answers.accept(file=file, by=person("treasury_officer"), at=NOW)
    assert balance("clearing.out", batch.number) == 0
    assert settle(["F-0000", "F-0001", "NOT-OURS"]) == ["F-0000", "F-0001"]
    assert settle(["F-0000"]) == []
    assert states(batch) == ["sending", "settled", "settled"]
    assert [one for one in checks() if not one.holds and "cash in the books" not in one.name] == []
    assert balance("allotment", batch.number) == 9_999
    assert balance("clearing.out", batch.number) == 125_050
    settled = batch.instructions.get(reference="F-0000")
    assert (settled.settled_at, settled.rail_reference) == (NOW, "BANK-1")


def test_what_is_in_no_file_does_not_settle_from_a_statement(batch):
    assert settle(["F-0000"]) == []
    assert states(batch) == ["ready"] * 3


def test_a_report_rejects_one_payment_and_the_others_go_on(batch):
    file = handed_over(batch)
    officer = person("treasury_officer")
    asked = file_answers.take_report(
        file=file, data=report(file, [("F-0001", "RJCT"), ("F-0000", "ACSP")]), by=officer, at=NOW
    )
    file.refresh_from_db()
    assert file.state == "accepted"
    assert asked.effect["references"] == ["F-0001"]
    assert states(batch) == ["refused", "sending", "sending"]
    assert balance("allotment", batch.number) == 135_049
    again = file_answers.take_report(
        file=file, data=report(file, [("F-0001", "RJCT")]), by=officer, at=NOW
    )
    assert again is None


def test_a_rejected_payment_is_paid_again_only_after_a_second_person_confirmed_it(batch):
    file = handed_over(batch)
    officer = person("treasury_officer")
    asked = file_answers.reject(
        file=file, references=["F-0001"], reason="Account closed", by=officer, at=NOW
    )
    with pytest.raises(NothingToFile):
        prepared(batch)
    with pytest.raises(NotApproved):
        file_answers.confirm_rejection(approval=asked, by=officer, at=NOW)
    approve(asked)
    assert file_answers.confirm_rejection(approval=asked, by=officer, at=NOW) == 1
    assert file_answers.confirm_rejection(approval=asked, by=officer, at=NOW) == 0
    again = handed_over(batch)
    assert [row.reference for row in files.rows_of(again)] == ["F-0001"]
    assert settle(["F-0001"]) == ["F-0001"]
    assert balance("clearing.out", batch.number) == 25_000
    what = AuditRecord.objects.filter(subject=file.number).values_list("what", flat=True)
    assert "file.rejection_confirmed" in what


def test_a_whole_file_is_rejected_by_report_and_paid_by_another(batch):
    file = handed_over(batch)
    officer = person("treasury_officer")
    asked = file_answers.take_report(file=file, data=report(file, group="RJCT"), by=officer, at=NOW)
    file.refresh_from_db()
    assert file.state == "rejected"
    assert asked.effect["total"] == 135_049
    approve(asked)
    assert file_answers.confirm_rejection(approval=asked, by=officer, at=NOW) == 3
    assert states(batch) == ["ready"] * 3
    assert prepared(batch).count == 3


def test_a_report_that_accepts_only_accepts(batch):
    file = handed_over(batch)
    officer = person("treasury_officer")
    for _ in range(2):
        data = report(file, group="ACCP")
        assert file_answers.take_report(file=file, data=data, by=officer, at=NOW) is None
    file.refresh_from_db()
    assert file.state == "accepted"


@pytest.mark.parametrize("kind", ["other file", "strange payment", "no xml"])
def test_a_report_about_something_else_is_refused(batch, kind):
    file = handed_over(batch)
    data = {
        "other file": report(file).replace(file.message_id.encode(), b"D-9"),
        "strange payment": report(file, [("NOT-OURS", "RJCT")]),
        "no xml": b"<a>",
    }[kind]
    with pytest.raises(NotInTheFile):
        file_answers.take_report(file=file, data=data, by=person("treasury_officer"), at=NOW)
    assert states(batch) == ["sending"] * 3


def test_what_is_settled_or_not_handed_over_is_not_rejected(batch):
    officer = person("treasury_officer")
    file = prepared(batch)
    with pytest.raises(NotPossibleNow, match="not handed over"):
        file_answers.reject(file=file, reason="x", by=officer, at=NOW)
    files.hand_over(file=approved(file), by=person("treasury_officer"), at=NOW)
    settle(["F-0000"])
    with pytest.raises(NotPossibleNow, match="F-0000 is settled"):
        file_answers.reject(file=file, references=["F-0000"], reason="x", by=officer, at=NOW)
    with pytest.raises(NotInTheFile, match="does not hold"):
        file_answers.reject(file=file, references=["X"], reason="x", by=officer, at=NOW)


def test_a_list_of_transfers_is_prepared_for_a_chain(own_database):
    batch = chain_batch(["1.000001", "2"])
    file = prepared(batch)
    found = transfer_list.read(bytes(file.data))
    assert (found.list_id, found.total) == (file.message_id, 3_000_001)
    assert json.loads(bytes(file.data))["count"] == "2"
    assert prepared_again_as_csv(batch, file)


def prepared_again_as_csv(batch, file):
    files.withdraw(file=file, reason="As CSV", by=person("treasury_officer"), at=NOW)
    other = prepared(batch, format_="transfers.csv")
    return (
        transfer_list.read(bytes(other.data)).digest == transfer_list.read(bytes(file.data)).digest
    )


def test_a_file_that_left_with_other_bytes_fails_the_proof(batch):
    handed_over(batch)
    (proof,) = [one for one in checks() if "as approved" in one.name]
    assert proof.holds
    as_owner(
        "ALTER TABLE treasury_paymentfile DISABLE TRIGGER USER",
        "UPDATE treasury_paymentfile SET data = 'x', digest = encode(sha256('x'), 'hex')",
    )
    (proof,) = [one for one in checks() if "as approved" in one.name]
    assert not proof.holds
