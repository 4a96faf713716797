"""The consolidated list of the United Nations Security Council as XML."""

from datetime import date
from xml.etree.ElementTree import Element

from together.controls.formats.screening_entries import Entry, NotAList, ParsedList, entry, whole
from together.controls.formats.xml_items import items, text

PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
KINDS = {"INDIVIDUAL": "individual", "ENTITY": "entity"}


def read(data: bytes) -> ParsedList:
    """
    Read the consolidated list; the day is that on which it was generated.

    :raises NotAList: if it is none
    """
    entries = [
        _entry(item) for item in items(data, root="CONSOLIDATED_LIST", named=frozenset(KINDS))
    ]
    return whole(_issued(data), entries)


def _issued(data: bytes) -> date:
    """Read the day from the outermost element, which stands at the file's head."""
    _, found, rest = data[:4096].partition(b'dateGenerated="')
    value = rest[:10].decode("ascii", "replace")
    try:
        return date.fromisoformat(value)
    except ValueError:
        said = value if found else ""
        raise NotAList(f"dateGenerated: {said!r} is no day such as 2025-11-21") from None


def _entry(item: Element) -> Entry:
    name = " ".join(filter(None, (text(item, part) for part in PARTS)))
    aliases = [text(one, "ALIAS_NAME") for one in item.iterfind(f"{item.tag}_ALIAS")]
    reference = text(item, "DATAID")
    programme = " ".join(filter(None, (text(item, "UN_LIST_TYPE"), text(item, "REFERENCE_NUMBER"))))
    return entry(
        f"{item.tag} {reference[:20]}",
        reference=reference,
        kind=KINDS[item.tag],
        names=[name, *aliases],
        programme=programme,
    )
