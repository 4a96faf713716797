"""Reading a statement of any kind: which one it is shows from its content, never from its name."""

import re
from enum import StrEnum

from together.treasury.formats import (
    camt053,
    chain_transfers,
    mapped_csv,
    mt940,
    statement_csv,
    text_files,
)
from together.treasury.formats.csv_mapping import Mapping
from together.treasury.formats.mapped_csv import Given
from together.treasury.formats.parsed import LARGEST, ParsedStatement, Unreadable, refuse

LOOKED_FOR = (
    "camt.053 (XML), MT940, transfers of a chain (JSON), our own CSV, or another CSV with a mapping"
)
# What is no text begins with these; a statement inside of it must be taken out first.
PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK": "a ZIP archive or a workbook",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "RAR",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}
HEAD = 4096
MT940 = re.compile(r"\{1:|(?:[A-Z0-9]{3,12}\s*\n){0,4}:20:")


class Kind(StrEnum):
    """What kind of file a statement came in."""

    CAMT053 = "camt.053"
    MT940 = "MT940"
    CHAIN = "chain transfers"
    OWN_CSV = "our CSV"
    MAPPED_CSV = "mapped CSV"
    UNKNOWN = "unknown"


def kind_of(data: bytes, *, has_mapping: bool = False) -> Kind:
    """
    Tell the kind of a file from its beginning.

    Without a mapping a bank's CSV is of no kind that is known.
    """
    try:
        head = "" if data.startswith(tuple(PACKED)) else _head(data)
    except Unreadable:
        head = ""
    if not head:
        return Kind.UNKNOWN
    for kind, is_it in LOOKS:
        if is_it(head):
            return kind
    return Kind.MAPPED_CSV if has_mapping else Kind.UNKNOWN


def read(
    data: bytes, *, mapping: Mapping | None = None, given: Given | None = None
) -> list[ParsedStatement]:
    """
    Read every statement of a file.

    ``mapping`` says how to read a bank's CSV, ``given`` the balances that a person told with it;
    both are passed over where the file is of another kind.

    :raises Unreadable: if it is of no kind that is known, or anything is wrong with it
    """
    text_files.demand_size(data)
    for magic, name in PACKED.items():
        if data.startswith(magic):
            raise refuse(f"is {name}, not a statement; looked for {LOOKED_FOR}")
    head = _head(data)
    kind = kind_of(data, has_mapping=mapping is not None)
    if kind == Kind.CAMT053:
        return camt053.parse(data)
    if kind == Kind.MT940:
        return mt940.parse(data)
    if kind == Kind.CHAIN:
        return [chain_transfers.parse(data)]
    if kind == Kind.OWN_CSV:
        return [statement_csv.parse(data)]
    if mapping is not None:
        return [mapped_csv.parse(data, mapping, given)]
    raise refuse(f"is of no kind that is known; looked for {LOOKED_FOR}", value=head[:40])


def _head(data: bytes) -> str:
    """Give the beginning of a text, without white space before it."""
    encoding, begin = text_files.encoding_of(data, "iso-8859-1")
    text = data[begin : begin + HEAD].decode(encoding, errors="replace")
    return text.lstrip("\r\n\t ").replace("\r\n", "\n").replace("\r", "\n")


def _is_own(head: str) -> bool:
    """Say whether the first record names the columns of our own CSV."""
    first = head.split("\n", 1)[0].replace('"', "")
    return first == ",".join(statement_csv.COLUMNS)


LOOKS = (
    (Kind.CAMT053, lambda head: head.startswith("<")),
    (Kind.MT940, lambda head: MT940.match(head) is not None),
    (Kind.CHAIN, lambda head: head.startswith("{")),
    (Kind.OWN_CSV, _is_own),
)
__all__ = ["LARGEST", "LOOKED_FOR", "Given", "Kind", "Mapping", "kind_of", "read"]
