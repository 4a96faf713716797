"""Text files: bytes become lines and rows of CSV one by one, within limits of size and width."""

import codecs
import csv
import io
from collections.abc import Iterator

from together.treasury.formats.parsed import LARGEST, refuse

# Longest line, record and count of lines in one record of CSV: what a quote left open runs into.
LONGEST_LINE = 64 * 1024
MOST_LINES_OF_RECORD = 200

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def demand_size(data: bytes, largest: int = LARGEST) -> None:
    """
    Refuse what is larger than a file of its kind may be.

    :raises Unreadable: with the size
    """
    if len(data) > largest:
        raise refuse(f"is larger than {largest} bytes", value=str(len(data)))


def encoding_of(data: bytes, fallback: str = "utf-8") -> tuple[str, int]:
    """
    Give the encoding that a byte order mark tells, or the fallback, and the length of the mark.

    :raises Unreadable: if the mark is of UTF-32, which no bank writes
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            if not name:
                raise refuse("is UTF-32; statements are UTF-8, UTF-16 or ISO 8859-1")
            return name, len(mark)
    return fallback, 0


def lines(data: bytes, fallback: str = "utf-8") -> Iterator[str]:
    """
    Give the lines of a text, each with its end, without ever holding the whole text.

    :raises Unreadable: if it is not of its encoding, holds a NUL, or a line is longer than 65,536
    """
    encoding, begin = encoding_of(data, fallback)
    stream = io.BytesIO(data)
    stream.seek(begin)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline="")
    row = 0
    while True:
        row += 1
        try:
            line = text.readline(LONGEST_LINE + 1)
        except UnicodeError as error:
            raise refuse(f"is not {encoding}: {error}"[:200], row=row) from None
        if not line:
            return
        if len(line) > LONGEST_LINE:
            raise refuse(f"the line is longer than {LONGEST_LINE}", row=row, value=line[:64])
        if "\0" in line:
            raise refuse("holds a NUL byte", row=row, value=line[:64])
        yield line


def rows(data: bytes, *, delimiter: str = ",", fallback: str = "utf-8") -> Iterator[list[str]]:
    """
    Give the records of a CSV file (RFC 4180) one by one.

    :raises Unreadable: if it is no such file, or a record is beyond any that a bank writes
    """
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for line in lines(data, fallback):
            taken += 1
            if taken > MOST_LINES_OF_RECORD:
                raise refuse("a quote stays open", row=reader.line_num, value=line[:64])
            yield line

    reader = csv.reader(counted(), delimiter=delimiter, strict=True)
    while True:
        taken = 0
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise refuse(f"is no CSV: {error}", row=reader.line_num) from None
        yield record
