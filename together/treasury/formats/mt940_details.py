"""Field 86 of MT940: who paid whom and why, as German, Dutch, SWIFT and American banks write it."""

import re
from dataclasses import dataclass

from mt940 import models, processors, tags
from mt940.options import Options

GERMAN = re.compile(r"([0-9]{3})\?[0-9]{2}")
# Codewords between slashes, of SWIFT and of the Dutch and Belgian banks.
WORDS = (
    "EREF|PREF|IREF|CREF|TRTP|TRCD|CSID|MARF|CNTP|REMI|IBAN|BIC|NAME|ORDP|BENM|ADDR|PURP|RTRN"
    "|ULTC|ULTD|ULTB|ISDT|SVCL|EXCH|CHGS|OCMT|OAMT|INIT|ID|BENF|RFB|ORD|BEN"
)
SLASHED = re.compile(rf"/({WORDS})/")
OPTIONS = Options.all()
# What the library keeps the options in; fields read one by one leave nothing in it.
OWNER = models.Transactions(options=OPTIONS)
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Details:
    """What field 86 tells of a line; what it does not tell is empty."""

    reference: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    remittance: str = ""
    code: str = ""
    return_reason: str = ""


def read(lines: list[str]) -> Details:
    """Read the field, whose style shows from how it begins; what has none is remittance text."""
    joined = "".join(lines)
    if GERMAN.match(joined):
        return _german(joined)
    if SLASHED.match(joined):
        return _slashed(joined)
    return Details(remittance=" ".join(lines))


def _german(text: str) -> Details:
    """
    Read subfields ``?00`` to ``?63`` and the codewords of SEPA such as ``EREF+`` among them.

    Source: Deutsche Kreditwirtschaft, DFUe-Abkommen, appendix 3, chapter 8 (MT940).
    """
    given = {"transaction_details": text}
    found = processors.transaction_details_post_processor(
        OWNER,
        tags.Tags.TRANSACTION_DETAILS.value,
        dict(given),
        dict(given),
    )
    return Details(
        reference=_known(found.get("end_to_end_reference")),
        counterparty=(found.get("applicant_name") or "").strip(),
        counterparty_account=found.get("applicant_iban") or found.get("gvc_applicant_iban") or "",
        remittance=(found.get("purpose") or found.get("posting_text") or "").strip(),
        code=text[:3],
    )


def _slashed(text: str) -> Details:
    """
    Read codewords between slashes, such as ``/EREF/`` and ``/REMI/``.

    A payer may write a codeword into the text: one that stands twice is not believed.
    """
    parts = SLASHED.split(text)
    found: dict[str, list[str]] = {}
    for word, value in zip(parts[1::2], parts[2::2], strict=True):
        found.setdefault(word, []).append(value.strip("/ "))
    only = {word: told[0] for word, told in found.items() if len(told) == 1}
    account, _, name = only.get("CNTP", "").partition("/")
    # CNTP holds account, BIC, name and city.
    name = name.partition("/")[2].partition("/")[0]
    remittance = " ".join(found.get("REMI", []))
    structured = remittance.startswith("STRD/")
    remittance = re.sub(r"^(USTD//?|STRD/[A-Z]{3}/)", "", remittance)
    return Details(
        reference=_known(only.get("EREF")) or (remittance if structured else ""),
        counterparty=name or only.get("NAME") or only.get("ORDP") or only.get("BENM") or "",
        counterparty_account=account or only.get("IBAN", ""),
        remittance=remittance,
        return_reason=only.get("RTRN", "").partition("/")[0],
    )


def _known(reference: str | None) -> str:
    """Give a reference, or nothing where the bank says that there is none."""
    text = (reference or "").strip()
    return "" if text.upper() in ("NOTPROVIDED", "NOT PROVIDED", "NONREF") else text
