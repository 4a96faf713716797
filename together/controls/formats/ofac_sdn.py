"""The list of OFAC as SDN.XML: specially designated nationals and blocked persons."""

from datetime import date, datetime
from xml.etree.ElementTree import Element

from together.controls.formats.screening_entries import Entry, NotAList, ParsedList, entry, whole
from together.controls.formats.xml_items import items, text

ADDRESS = "Digital Currency Address"
NAMED = frozenset({"publshInformation", "sdnEntry"})


def read(data: bytes) -> ParsedList:
    """
    Read SDN.XML; the count that it states must be that of its entries.

    :raises NotAList: if it is none, or not whole
    """
    issued_on: date | None = None
    stated = -1
    entries: list[Entry] = []
    for item in items(data, root="sdnList", named=NAMED):
        if item.tag == "publshInformation":
            issued_on, stated = _issued(text(item, "Publish_Date")), _count(item)
        else:
            entries.append(_entry(item))
    if issued_on is None:
        raise NotAList("publshInformation: it is missing")
    if stated != len(entries):
        raise NotAList(f"Record_Count: it says {stated}, and {len(entries)} entries are there")
    return whole(issued_on, entries)


def _issued(value: str) -> date:
    try:
        return datetime.strptime(value, "%m/%d/%Y").date()  # noqa: DTZ007
    except ValueError:
        raise NotAList(f"Publish_Date: {value[:20]!r} is no day such as 11/21/2025") from None


def _count(item: Element) -> int:
    value = text(item, "Record_Count")
    if not (value.isascii() and value.isdigit() and len(value) < 9):
        raise NotAList(f"Record_Count: {value[:20]!r} is no number")
    return int(value)


def _entry(item: Element) -> Entry:
    names = [_name(item), *map(_name, item.iterfind("akaList/aka"))]
    addresses = [
        text(one, "idNumber")
        for one in item.iterfind("idList/id")
        if text(one, "idType").startswith(ADDRESS)
    ]
    programmes = [(one.text or "").strip() for one in item.iterfind("programList/program")]
    uid = text(item, "uid")
    return entry(
        f"sdnEntry {uid[:20]}",
        reference=uid,
        kind=text(item, "sdnType"),
        names=names,
        addresses=addresses,
        programme=", ".join(filter(None, programmes)),
    )


def _name(item: Element) -> str:
    return f"{text(item, 'firstName')} {text(item, 'lastName')}".strip()
