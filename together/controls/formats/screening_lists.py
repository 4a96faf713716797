"""Screening lists of every source behind one function, within a size."""

from datetime import date

from together.controls.formats import ofac_sdn, own_list, un_consolidated
from together.controls.formats.screening_entries import Entry, NotAList, ParsedList

__all__ = ["MOST_BYTES", "Entry", "NotAList", "ParsedList", "read"]

MOST_BYTES = 64 * 1024 * 1024


def read(source: str, data: bytes, issued_on: date | None = None) -> ParsedList:
    """
    Read a file as the list of a source; a CSV of ours does not say when it was issued.

    :raises NotAList: if it is none, not whole, or too large
    """
    if not data:
        raise NotAList("file: it is empty")
    if len(data) > MOST_BYTES:
        raise NotAList(f"file: it has {len(data):,} bytes; at most {MOST_BYTES:,} are read")
    if source == "ofac_sdn":
        return ofac_sdn.read(data)
    if source == "un_consolidated":
        return un_consolidated.read(data)
    if source == "own":
        if issued_on is None:
            raise NotAList("issued_on: it must be stated, as the file does not say it")
        return own_list.read(data, issued_on)
    raise NotAList(f"source: {source[:20]!r} is none that is read")
