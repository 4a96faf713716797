"""Status reports of banks: of the whole file or of single payments; hostile ones are refused."""

import pytest

from together.treasury.formats.pain002 import NotAStatusReport, read

NAME = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


def report(group="", payments="", message_id="D-00001-0001-1"):
    return (
        f'<?xml version="1.0"?><Document xmlns="{NAME}"><CstmrPmtStsRpt><GrpHdr><MsgId>B1</MsgId>'
        "<CreDtTm>2025-10-14T12:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>"
        f"<OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>{group}"
        f"</OrgnlGrpInfAndSts>{payments}</CstmrPmtStsRpt></Document>"
    ).encode()


def payment(reference, code, reason=""):
    reasons = (
        f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>No such account</AddtlInf></StsRsnInf>"
    )
    return (
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>X</OrgnlPmtInfId><TxInfAndSts>"
        f"<OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{code}</TxSts>"
        f"{reasons if reason else ''}</TxInfAndSts></OrgnlPmtInfAndSts>"
    )


def test_a_whole_file_is_accepted_or_rejected():
    found = read(report("<GrpSts>ACCP</GrpSts>"))
    assert (found.original_message_id, found.code, found.payments) == ("D-00001-0001-1", "ACCP", ())
    found = read(report("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>"))
    assert (found.code, found.reason) == ("RJCT", "FF01")


def test_single_payments_are_rejected_with_reasons():
    found = read(
        report("<GrpSts>PART</GrpSts>", payment("P-1", "RJCT", "AC01") + payment("P-2", "ACSP"))
    )
    first, second = found.payments
    assert first.is_rejected
    assert first.reason == "AC01 No such account"
    assert (second.reference, second.is_rejected) == ("P-2", False)


def test_the_state_of_the_payment_information_counts_where_the_group_has_none():
    info = "<OrgnlPmtInfAndSts><OrgnlPmtInfId>X</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>"
    assert read(report("", info)).code == "RJCT"


DTD = b'<!DOCTYPE a [<!ENTITY b "c">]>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        report().replace(b"pain.002", b"pain.001"),
        report().replace(b"<Document", DTD + b"<Document"),
        report(message_id=""),
        report().replace(b"OrgnlGrpInfAndSts", b"Else"),
        report("", payment("", "RJCT")),
        report("", payment("P-1", "")),
        report().decode().encode("utf-16")[:50],
        b"<a>" * 100_000,
        b" " * 20_000_001,
    ],
)
def test_what_cannot_be_relied_on_is_refused(data):
    with pytest.raises(NotAStatusReport):
        read(data)
