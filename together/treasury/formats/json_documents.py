"""JSON documents read strictly: one value per key, no floats, and bounded before it is parsed."""

import json
from typing import Any

from together.treasury.formats import text_files
from together.treasury.formats.parsed import MOST_LINES, Unreadable, refuse

LARGEST = 48 * 1024 * 1024
# One list of objects with at most this many keys each, and objects around it.
MOST_OBJECTS = MOST_LINES + 50
MOST_LISTS = 4
MOST_KEYS = 14
LONGEST_NUMBER = 18


def read(data: bytes) -> Any:
    """
    Read a document of UTF-8, or UTF-16 with a byte order mark.

    Brackets and commas are counted first, so that no list of millions of nothings is built.

    :raises Unreadable: if it is no JSON, has a key twice, or a number that is not whole
    """
    text_files.demand_size(data, LARGEST)
    encoding, begin = text_files.encoding_of(data)
    try:
        text = data[begin:].decode(encoding)
    except UnicodeDecodeError as error:
        raise refuse(f"is not {encoding} at byte {error.start}") from None
    for sign, most in (
        ("{", MOST_OBJECTS),
        ("[", MOST_LISTS),
        (",", MOST_KEYS * (text.count("{") + 1)),
    ):
        if text.count(sign) > most:
            raise refuse(f"has more than {most:,} of {sign}", value=str(text.count(sign)))
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except Unreadable:
        raise
    except json.JSONDecodeError as error:
        raise refuse(f"is no JSON: {error.msg}", row=error.lineno) from None
    except RecursionError:
        raise refuse("is nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise refuse("stands twice in one object", column=twice[:64])
    return found


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER or text.startswith("-"):
        raise refuse(f"is below zero or longer than {LONGEST_NUMBER} digits", value=text)
    return int(text)


def _refuse_number(text: str) -> float:
    raise refuse("is not a whole number", value=text)
