"""XML read as a stream of elements, without DTD or entities, within limits of depth and number."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NoReturn
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from together.treasury.formats.parsed import Unreadable, Wrong, refuse

DEEPEST = 40
# About 35,000 entries with all their details: what is read within three seconds.
MOST_ELEMENTS = 800_000
# Elements that may be in memory at once; what was handled does not count any more.
MOST_HELD = 200_000
MOST_ATTRIBUTES = 20
LONGEST_TEXT = 8192
ENCODINGS = frozenset({"UTF-8", "UTF-16", "ISO-8859-1", "US-ASCII", "WINDOWS-1252"})
CHUNK = 64 * 1024
LONGEST_TOKEN = 1024 * 1024


@cache
def _names(path: str) -> list[str]:
    # Paths are literals of the formats: there are few of them.
    return path.split("/")


class Node:
    """One element: its name without namespace, its line in the file, its text and its children."""

    __slots__ = ("attributes", "children", "held", "line", "name", "named", "text", "value")

    def __init__(self, name: str, line: int, attributes: Sequence[str]) -> None:
        self.name = name
        self.line = line
        # Names and values in turn.
        self.attributes = attributes
        self.children: list[Node] = []
        # The children by their names, once somebody asked for one; not before the element ended.
        self.named: dict[str, list[Node]] | None = None
        self.text = ""
        # What the handler of the element made of it; its children are gone then.
        self.value: Any = None
        self.held = 0

    def attribute(self, name: str) -> str:
        """Give an attribute, or nothing."""
        return dict(zip(self.attributes[::2], self.attributes[1::2], strict=True)).get(name, "")

    def called(self, name: str) -> list["Node"]:
        """Give the children of a name."""
        if self.named is None:
            self.named = {}
            for child in self.children:
                self.named.setdefault(child.name, []).append(child)
        return self.named.get(name, [])

    def all(self, path: str) -> list["Node"]:
        """Give every element under a path of names."""
        found = [self]
        for name in _names(path):
            if len(found) == 1:
                found = found[0].called(name)
            else:
                found = [deeper for node in found for deeper in node.called(name)]
            if not found:
                break
        return found

    def one(self, *paths: str) -> "Node | None":
        """
        Give the element under the first of the paths that leads to one.

        :raises Wrong: if a path leads to several
        """
        for path in paths:
            found = self.all(path)
            if len(found) > 1:
                raise Wrong(f"{path} stands {len(found)} times")
            if found:
                return found[0]
        return None

    def told(self, *paths: str) -> str:
        """
        Give the text of the element under the first of the paths that leads to one, or nothing.

        :raises Wrong: if a path leads to several, or the element holds others
        """
        found = self.one(*paths)
        if found is None:
            return ""
        if found.children:
            raise Wrong(f"{found.name} holds elements, not a text")
        return found.text.strip()


Handlers = dict[str, Callable[[Node], object]]


class _Builder:
    """Builds nodes as the parser tells of them, and hands the named ones over when they end."""

    def __init__(self, parser: Any, root: Callable[[str], None], handlers: Handlers) -> None:
        self.parser = parser
        self.root = root
        self.handlers = handlers
        self.open: list[Node] = [Node("", 0, ())]
        self.elements = 0
        self.held = 0

    def start(self, tag: str, attributes: Sequence[str]) -> None:
        """Begin an element; ``attributes`` are names and values in turn."""
        line = self.parser.CurrentLineNumber
        if not self.elements:
            self.root(tag)
        self.elements += 1
        self.held += 1
        node = Node(tag.rpartition("}")[2], line, attributes)
        node.held = self.held
        if (
            len(self.open) > DEEPEST
            or self.held > MOST_HELD
            or self.elements > MOST_ELEMENTS
            or len(attributes) > 2 * MOST_ATTRIBUTES
        ):
            self._refuse(node)
        self.open[-1].children.append(node)
        self.open.append(node)

    def _refuse(self, node: Node) -> NoReturn:
        """Say beyond which limit an element is."""
        limits = (
            (len(self.open), DEEPEST, "levels"),
            (self.held, MOST_HELD, "elements at once"),
            (self.elements, MOST_ELEMENTS, "elements"),
            (len(node.attributes) // 2, MOST_ATTRIBUTES, "attributes"),
        )
        most, what = next((most, what) for count, most, what in limits if count > most)
        raise refuse(f"is more than {most:,} {what}", row=node.line, column=node.name[-35:])

    def data(self, text: str) -> None:
        """Add to the text of the element; what stands between elements is white space."""
        node = self.open[-1]
        if node.children:
            if not text.isspace():
                raise refuse("has a text beside elements", row=node.line, column=node.name)
        elif len(node.text) + len(text) > LONGEST_TEXT:
            raise refuse(f"is longer than {LONGEST_TEXT}", row=node.line, column=node.name)
        else:
            node.text += text

    def end(self, _: str) -> None:
        """End an element."""
        node = self.open.pop()
        handler = self.handlers.get(node.name)
        if handler:
            node.value = handler(node)
            node.children = []
            node.named = None
            self.held = node.held


def read(data: bytes, *, root: Callable[[str], None], handlers: Handlers) -> None:
    """
    Read a document; give each element that ends to the handler of its name.

    ``root`` is asked first whether it knows the name of the outermost element, as
    ``namespace}name``. What a handler returns stays as the ``value`` of its node, in the place of
    its children.

    :raises Unreadable: if it is no XML, has a DTD, or goes beyond a limit
    """
    parser = DefusedXMLParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    expat = parser.parser
    builder = _Builder(expat, root, handlers)
    # The elements go straight to the builder: a tree of all of them would not fit in memory.
    expat.StartElementHandler = builder.start
    expat.EndElementHandler = builder.end
    expat.CharacterDataHandler = builder.data
    expat.XmlDeclHandler = _demand_encoding
    try:
        for begin in range(0, len(data), CHUNK):
            parser.feed(data[begin : begin + CHUNK])
            # The parser reads an unfinished token anew with every chunk.
            if begin - expat.CurrentByteIndex > LONGEST_TOKEN:
                rule = f"has a tag or comment longer than {LONGEST_TOKEN:,}"
                raise refuse(rule, row=expat.CurrentLineNumber)
        expat.Parse(b"", True)
    except Unreadable:
        raise
    except DefusedXmlException as error:
        rule = "declares a DTD or entities"
        raise refuse(rule, row=expat.CurrentLineNumber, value=str(error)) from None
    except (ParseError, ExpatError, ValueError, LookupError) as error:
        rule = f"is no XML: {error}"[:200]
        raise refuse(rule, row=expat.CurrentLineNumber) from None


def _demand_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.upper() not in ENCODINGS:
        raise refuse(f"the encoding is one of {', '.join(sorted(ENCODINGS))}", value=encoding)
