"""XML read item by item, without DTD or entities, within limits of depth, number and length."""

from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from together.controls.formats.screening_entries import NotAList

DEEPEST = 12
MOST_ELEMENTS = 6_000_000
# Elements within one item.
MOST_HELD = 20_000
LONGEST_TEXT = 20_000


def items(data: bytes, *, root: str, named: frozenset[str]) -> Iterator[Element]:
    """
    Give each element of these names as it ends; names are without namespace.

    An item is emptied once the next one is asked for: a list of any length takes little memory.

    :raises NotAList: if it is no XML with this root, has a DTD, or goes beyond a limit
    """
    try:
        yield from _walk(data, root, named)
    except DefusedXmlException as error:
        raise NotAList(f"file: it declares a DTD or entities ({type(error).__name__})") from None
    except (ParseError, ValueError, LookupError) as error:
        raise NotAList(f"file: it is no XML: {str(error)[:120]}") from None


def _walk(data: bytes, root: str, named: frozenset[str]) -> Iterator[Element]:
    depth = count = held = 0
    open_: list[Element] = []
    for event, element in iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            element.tag = str(element.tag).rpartition("}")[2]
            depth, count, held = depth + 1, count + 1, held + 1
            open_.append(element)
            if depth == 1 and element.tag != root:
                raise NotAList(f"file: it begins with {element.tag[:40]!r}, not {root!r}")
            _demand_bounds(depth, count, held)
            continue
        open_.pop()
        depth -= 1
        if len(element.text or "") > LONGEST_TEXT:
            raise NotAList(
                f"file: the text of {element.tag[:40]!r} is longer than {LONGEST_TEXT:,}"
            )
        if element.tag in named:
            yield element
            held = 0
            element.clear()
            if open_:
                open_[-1].clear()


def _demand_bounds(depth: int, count: int, held: int) -> None:
    for found, most, what in (
        (depth, DEEPEST, "levels"),
        (count, MOST_ELEMENTS, "elements"),
        (held, MOST_HELD, "elements in one entry"),
    ):
        if found > most:
            raise NotAList(f"file: it has more than {most:,} {what}")


def text(element: Element, path: str) -> str:
    """Give the text under a path of names, or nothing."""
    return (element.findtext(path) or "").strip()
