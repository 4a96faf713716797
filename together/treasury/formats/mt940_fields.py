"""Fields of MT940 messages: a text becomes messages of fields, each with its line in the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from together.treasury.formats import text_files
from together.treasury.formats.parsed import MOST_LINES, Faults, refuse

TAG = re.compile(r":([0-9]{2}[A-Z]?|NS):")
END = re.compile(r"-(\}.*)?")
# The output header of what a bank sent: the bank's own address is in it.
OUTPUT = re.compile(
    r"\{2:O94[0-9][0-9]{4}[0-9]{6}([A-Z]{6}[A-Z0-9]{2})[A-Z0-9]([A-Z0-9]{3})[^{}]*\}"
)
# What some banks write before the first field: their address and the kind of message.
PREAMBLE = re.compile(r"[A-Z0-9]{3,12}")

SINGLE = frozenset({"20", "21", "25", "25P", "28", "28C", "60F", "60M", "62F", "62M", "64", "13D"})
KNOWN = SINGLE | {"61", "86", "34F", "65", "90C", "90D", "NS", "13"}

# A line has two fields; the standard allows 6 lines of 65 in field 86, banks write more.
MOST_FIELDS = 2 * MOST_LINES + 100
MOST_LINES_OF_FIELD = 60


@dataclass(slots=True)
class Field:
    """One field: its tag, the line of the file it begins on, and its lines."""

    tag: str
    row: int
    lines: list[str]

    @property
    def text(self) -> str:
        """Give the field's lines as one text."""
        return "\n".join(self.lines)


@dataclass(slots=True)
class Message:
    """One message: a statement or a page of it."""

    row: int
    sender: str = ""
    fields: list[Field] = field(default_factory=list)

    def first(self, *tags: str) -> Field | None:
        """Give the first field with one of the tags."""
        return next((one for one in self.fields if one.tag in tags), None)


def encoding_of(data: bytes) -> str:
    """Give the encoding of a text without a byte order mark: UTF-8, or else ISO 8859-1."""
    if data.isascii():
        return "utf-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "iso-8859-1"
    return "utf-8"


def messages(data: bytes, faults: Faults) -> Iterator[Message]:
    """Give the messages of a file one by one; each begins with field 20 or SWIFT's header."""
    message = Message(1)
    for row, line in enumerate(text_files.lines(data, encoding_of(data)), start=1):
        text = line.rstrip("\r\n")
        is_end = END.fullmatch(text) is not None
        if message.fields and (is_end or text.startswith(("{1:", ":20:"))):
            yield message
            message = Message(row)
        if text.startswith("{1:"):
            message.sender = _sender(text)
            text = text.rpartition("{4:")[2]
        if text.strip() and not is_end:
            _add(message, row, text, faults)
    if message.fields:
        yield message


def _sender(header: str) -> str:
    """Give the BIC of the bank that sent a message, if its header tells it."""
    found = OUTPUT.search(header)
    if not found:
        return ""
    return found[1] + ("" if found[2] == "XXX" else found[2])


def _add(message: Message, row: int, text: str, faults: Faults) -> None:
    """Begin a field, or add a line to the field that is open."""
    found = TAG.match(text)
    if not found:
        _continue(message, row, text, faults)
        return
    tag = found[1]
    if tag not in KNOWN:
        faults.add(row, f":{tag}:", text, "is no field of MT940")
    elif tag in SINGLE and message.first(tag):
        faults.add(row, f":{tag}:", text, "stands twice in one message")
    if len(message.fields) >= MOST_FIELDS:
        raise refuse(f"has more than {MOST_FIELDS:,} fields in one message", row=row)
    message.fields.append(Field(tag, row, [text[found.end() :]]))


def _continue(message: Message, row: int, text: str, faults: Faults) -> None:
    """Add a line to the field that is open."""
    if not message.fields:
        if not PREAMBLE.fullmatch(text.strip()):
            faults.add(row, "", text, "stands before the first field")
    elif len(message.fields[-1].lines) >= MOST_LINES_OF_FIELD:
        tag = message.fields[-1].tag
        faults.add(row, f":{tag}:", text, f"goes on for more than {MOST_LINES_OF_FIELD} lines")
    else:
        message.fields[-1].lines.append(text)
