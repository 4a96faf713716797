"""
What a bank answers to a file of payments: ISO 20022 pain.002 (payment status report).

Read are the states of the group, of the payment information and of each transaction, whatever the
version of the message; the innermost one counts.
"""

from dataclasses import dataclass
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

LARGEST_BYTES = 20_000_000
REJECTED = "RJCT"
# External code set ExternalPaymentGroupStatus1Code and ...TransactionStatus1Code: on its way.
TAKEN = frozenset({"ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "ACCC", "RCVD"})


class NotAStatusReport(ValueError):
    """Raised when a file is no pain.002 that can be relied on; says why."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the bank says of one payment: a code (ISO external code set) and its reason."""

    reference: str
    code: str
    reason: str

    @property
    def is_rejected(self) -> bool:
        """Say whether the bank will not carry the payment out."""
        return self.code == REJECTED


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What the bank says of one file: of the group (or ""), and of single payments."""

    original_message_id: str
    code: str
    reason: str
    payments: tuple[Status, ...]


def read(data: bytes) -> StatusReport:
    """
    Read a report.

    :raises NotAStatusReport: if it is too large, malformed, has a document type, or is another
        message
    """
    if len(data) > LARGEST_BYTES:
        raise NotAStatusReport(f"it has {len(data):,} bytes, the most is {LARGEST_BYTES:,}")
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise NotAStatusReport(f"it is no XML that is read here: {error}") from error
    if ":pain.002." not in root.tag:
        raise NotAStatusReport(f"it is {root.tag!r}, not a pain.002 document")
    space = root.tag[: root.tag.index("}") + 1]
    group = root.find(f".//{space}OrgnlGrpInfAndSts")
    if group is None:
        raise NotAStatusReport("it names no original group (OrgnlGrpInfAndSts)")
    message_id = _text(group, space, "OrgnlMsgId")
    if not message_id:
        raise NotAStatusReport("it names no original message (OrgnlMsgId)")
    code, reason = _text(group, space, "GrpSts"), _reason(group, space)
    infos = root.findall(f".//{space}OrgnlPmtInfAndSts")
    if not code and infos:
        codes = {_text(info, space, "PmtInfSts") for info in infos}
        code, reason = (codes.pop(), _reason(infos[0], space)) if len(codes) == 1 else ("", "")
    found = root.findall(f".//{space}TxInfAndSts")
    return StatusReport(message_id, code, reason, tuple(_one(item, space) for item in found))


def _one(item: Any, space: str) -> Status:
    reference = _text(item, space, "OrgnlEndToEndId") or _text(item, space, "OrgnlInstrId")
    code = _text(item, space, "TxSts")
    if not reference or not code:
        raise NotAStatusReport("a payment of it has no reference or no state")
    return Status(reference, code, _reason(item, space))


def _reason(item: Any, space: str) -> str:
    """Give the reasons in words: code, then what the bank adds."""
    found = []
    for reason in item.findall(f"{space}StsRsnInf"):
        code = _text(reason, space, "Rsn", "Cd") or _text(reason, space, "Rsn", "Prtry")
        added = [part.text or "" for part in reason.findall(f"{space}AddtlInf")]
        found.append(" ".join(filter(None, (code, *added))))
    return "; ".join(found)[:200]


def _text(item: Any, space: str, *path: str) -> str:
    found = item.findtext("/".join(space + step for step in path))
    return (found or "").strip()
