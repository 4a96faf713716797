"""CSV parts of evidence: strict RFC 4180 in UTF-8, checked for size and faults while reading."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from retail_claims.formats.inputs import FileFault

CHUNK = 1 << 20
LONGEST_LINE = 1 << 20
MOST_COLUMNS = 1000
# What the cells that are held at once may come to, besides the number of rows.
BATCH_CHARACTERS = 1 << 25


class Rows(NamedTuple):
    """
    Some rows: their 1-based numbers and their cells as columns of text.

    ``columns`` stand in the order that was asked for; a column the file lacks is None.
    ``misfits`` are numbers of rows with more or fewer fields than the header.
    """

    numbers: list[int]
    columns: list[Sequence[str] | None]
    misfits: list[int]


def read(
    path: Path, *, wanted: Sequence[str], optional: Iterable[str], most_bytes: int, at_once: int
) -> Iterator[Rows]:
    """
    Read a part, ``at_once`` rows at a time; lines without characters are not counted.

    The whole part is examined before its first row is given.

    :raises FileFault: if the part is longer than ``most_bytes``, or is not such a file
    """
    examine(path, most_bytes)
    # A field may not be longer than the longest line; an open quote must not eat the memory.
    csv.field_size_limit(LONGEST_LINE)
    with _open(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            header = next(reader, [])
            places = _places(header, wanted, set(optional))
            yield from _rows(reader, len(header), places, at_once)
        except csv.Error:
            raise FileFault("bad_csv") from None


def examine(path: Path, most_bytes: int) -> None:
    """
    Read a part once from end to end, in bounded memory, for faults of its bytes.

    :raises FileFault: unreadable, too_large, line_too_long, nul_byte or bad_encoding
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, line, longest, fault = 0, 0, 0, ""
    try:
        with _open(path) as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if size > most_bytes:
                    raise FileFault("too_large")
                line, longest = _measure(chunk, line, longest)
                if longest > 2 * LONGEST_LINE:
                    raise FileFault("line_too_long")
                fault = _worse(fault, chunk, decoder)
    except (EOFError, OSError, zlib.error):
        raise FileFault("unreadable") from None
    if not fault and decoder.getstate()[0]:
        fault = "bad_encoding"
    if not fault and longest > LONGEST_LINE:
        fault = "line_too_long"
    if fault:
        raise FileFault(fault)


def _open(path: Path) -> BinaryIO:
    if path.name.endswith(".gz"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def _measure(chunk: bytes, line: int, longest: int) -> tuple[int, int]:
    """Give the length of the line that is still open, and of the longest one so far."""
    first = chunk.find(b"\n")
    if first < 0:
        line += len(chunk)
        return line, max(longest, line)
    # Lines inside a chunk are shorter than it, and a chunk is as long as a line may be.
    longest = max(longest, line + first)
    return len(chunk) - chunk.rfind(b"\n") - 1, longest


def _worse(fault: str, chunk: bytes, decoder: codecs.IncrementalDecoder) -> str:
    """Give the gravest fault so far; a NUL outweighs a bad encoding."""
    if fault == "nul_byte" or b"\0" in chunk:
        return "nul_byte"
    if not fault:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return "bad_encoding"
    return fault


def _places(header: Sequence[str], wanted: Sequence[str], optional: set[str]) -> list[int | None]:
    """Find each wanted column in the header."""
    demand_columns(header, wanted, optional)
    at = {name: place for place, name in enumerate(header)}
    return [at.get(name) for name in wanted]


def demand_columns(header: Sequence[str], wanted: Sequence[str], optional: set[str]) -> None:
    """
    Check the names of a part's columns.

    :raises FileFault: too_many_columns, duplicate_column or missing_column
    """
    if len(header) > MOST_COLUMNS:
        raise FileFault("too_many_columns")
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise FileFault("duplicate_column", name)
        seen.add(name)
    for name in wanted:
        if name not in seen and name not in optional:
            raise FileFault("missing_column", name)


def _rows(
    reader: Iterable[list[str]], width: int, places: Sequence[int | None], at_once: int
) -> Iterator[Rows]:
    number, size, numbers, kept, misfits = 0, 0, [], [], []
    fault = None
    choose = itemgetter(*(place for place in places if place is not None))
    try:
        for row in reader:
            if not row:
                continue
            number += 1
            if len(row) == width:
                cells = choose(row)
                numbers.append(number)
                kept.append(cells)
                size += sum(map(len, cells))
            else:
                misfits.append(number)
            if len(kept) >= at_once or len(misfits) >= at_once or size > BATCH_CHARACTERS:
                yield Rows(numbers, _columns(kept, places), misfits)
                size, numbers, kept, misfits = 0, [], [], []
    except csv.Error as error:
        fault = error
    # What stands before a fault was read and counts.
    if kept or misfits:
        yield Rows(numbers, _columns(kept, places), misfits)
    if fault:
        raise fault


def _columns(
    rows: list[tuple[str, ...]], places: Sequence[int | None]
) -> list[Sequence[str] | None]:
    """Turn rows of the present columns into the wanted ones."""
    present = iter(zip(*rows, strict=True))
    return [None if place is None else next(present, ()) for place in places]
