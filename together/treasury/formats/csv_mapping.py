"""The mapping of a bank's CSV: which column tells what, and how dates and amounts are written."""

import re
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time
from typing import Any

from together.treasury.formats import values
from together.treasury.formats.parsed import LONGEST, TYPES, Fault, Unreadable, Wrong

# What a column may tell. A column is named as in the header, or numbered from 1.
FIELDS = (
    "booked_on",
    "value_on",
    "amount",
    "debit",
    "credit",
    "balance",
    "asset",
    "bank_reference",
    "reference",
    "counterparty",
    "counterparty_account",
    "remittance",
    "code",
)
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-16", "iso-8859-1", "windows-1252")
DECIMAL_SIGNS = (".", ",")
THOUSANDS_SIGNS = ("", ",", ".", "'", " ", "\u00a0", "\u202f", "\u2019")
BALANCES = ("running", "given")
ORDERS = ("oldest first", "newest first")
DEBIT_SIGNS = ("none", "minus")
MOST_HEADER_ROWS = 50
MOST_COLUMNS = 200
TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": "(?P<year>[0-9]{2})",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
    "hh": "(?P<hour>[0-9]{2})",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
}
UNITS = ("hour", "minute", "second")
TOKEN = re.compile("YYYY|YY|MM|M|DD|D|hh|mm|ss|[-./: T]")


@dataclass(frozen=True, slots=True)
class Mapping:
    """
    How one bank writes its CSV; checks itself when it is made.

    ``columns`` are pairs of a field and its column. An amount is one signed column, or a column of
    ``debit`` and one of ``credit``; in that of debits ``debit_sign`` says whether a minus stands
    before every amount or before none. Balances are ``running`` in a column after each line, or
    ``given`` beside the file by who uploads it. ``types`` are pairs of a code of the bank and a
    type of line. ``dates`` is made of YYYY, YY, MM, M, DD, D, hh, mm, ss and separators; moments
    are UTC.

    :raises Unreadable: with a fault for each field that is wrong
    """

    name: str
    account: str
    columns: tuple[tuple[str, str | int], ...]
    asset: str = ""
    servicer: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    rows_before_header: int = 0
    has_header: bool = True
    dates: str = "YYYY-MM-DD"
    decimal_sign: str = "."
    thousands_sign: str = ""
    debit_sign: str = "none"
    balances: str = "running"
    order: str = "oldest first"
    types: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        wrong = [fault for fault in _faults(self) if fault]
        if wrong:
            raise Unreadable(wrong)

    def to_json(self) -> dict[str, Any]:
        """Give the mapping as a plain JSON object."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return found | {"columns": dict(self.columns), "types": dict(self.types)}

    def column(self, field: str) -> str | int | None:
        """Give the column that tells a field."""
        return dict(self.columns).get(field)

    def moment(self, text: str) -> datetime:
        """
        Read a date or moment.

        :raises Wrong: if it is not written as ``dates`` says, or is no day of the calendar
        """
        found = _pattern(self.dates).fullmatch(text)
        if not found:
            raise Wrong(f"is not a date as {self.dates}")
        told = found.groupdict()
        year = told["year"] if len(told["year"]) == 4 else f"20{told['year']}"
        day = values.day_of(year, told["month"], told["day"])
        try:
            hour, minute, second = (int(told.get(unit) or 0) for unit in UNITS)
            at = time(hour, minute, second)
        except ValueError:
            raise Wrong("is no time of the day") from None
        return datetime.combine(day, at, UTC)

    def amount(self, text: str) -> str:
        """
        Read an amount.

        A minus may stand before or after it; thousands must be grouped by three, or not at all.

        :raises Wrong: if it is not written with the signs of the mapping
        """
        sign = "-" if text[:1] == "-" or text[-1:] == "-" else ""
        bare = text.removeprefix("-") if text[:1] == "-" else text.removesuffix("-")
        whole, mark, decimals = bare.partition(self.decimal_sign)
        if self.thousands_sign and self.thousands_sign in whole:
            groups = whole.split(self.thousands_sign)
            if not 0 < len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
                raise Wrong(f"has {self.thousands_sign!r} where no thousands end")
            whole = "".join(groups)
        if mark and not decimals:
            raise Wrong("ends with its decimal sign")
        return values.amount(f"{sign}{whole}.{decimals}" if mark else f"{sign}{whole}")


def of_json(told: object) -> Mapping:
    """
    Read a mapping from a JSON object as :meth:`Mapping.to_json` gives it.

    :raises Unreadable: with a fault for each key that is unknown, missing or wrong
    """
    if not isinstance(told, Pairs):
        raise Unreadable([Fault(0, "", str(told), "a mapping is a JSON object")])
    known = {field.name for field in fields(Mapping)}
    wrong = [Fault(0, str(key), "", "is no key of a mapping") for key in told if key not in known]
    wrong += [
        Fault(0, key, "", "is missing") for key in ("name", "account", "columns") if key not in told
    ]
    for key in ("columns", "types"):
        if not isinstance(told.get(key, {}), Pairs):
            wrong.append(Fault(0, key, str(told[key]), "is a JSON object"))
    if wrong:
        raise Unreadable(wrong)
    pairs = {key: tuple(told[key].items()) for key in ("columns", "types") if key in told}
    return Mapping(**{**told, **pairs})


def _pattern(dates: str) -> re.Pattern[str]:
    """Make the pattern of dates; every token has its own group."""
    return re.compile("".join(TOKENS.get(part, re.escape(part)) for part in TOKEN.findall(dates)))


def _faults(mapping: Mapping) -> list[Fault | None]:
    """Check every field on its own, then what must hold between them."""
    words = {
        "delimiter": DELIMITERS,
        "encoding": ENCODINGS,
        "decimal_sign": DECIMAL_SIGNS,
        "thousands_sign": THOUSANDS_SIGNS,
        "debit_sign": DEBIT_SIGNS,
        "balances": BALANCES,
        "order": ORDERS,
        "has_header": (True, False),
    }
    found = [_word(mapping, name, allowed) for name, allowed in words.items()]
    found += [_text(mapping, name, reader) for name, reader in _readers().items()]
    found += [_column(field, column, mapping) for field, column in mapping.columns]
    found += [_type(code, type_) for code, type_ in mapping.types]
    if type(mapping.rows_before_header) is not int or not (
        0 <= mapping.rows_before_header <= MOST_HEADER_ROWS
    ):
        rule = f"is not 0 to {MOST_HEADER_ROWS}"
        found.append(_fault("rows_before_header", mapping.rows_before_header, rule))
    return found if any(found) else _between(mapping)


def _between(mapping: Mapping) -> list[Fault | None]:
    """Check what must hold between the fields."""
    told = [field for field, _ in mapping.columns]
    places = [place for _, place in mapping.columns]
    has = set(told)
    rules = (
        ("columns", len(told) == len(has), "a field has one column"),
        ("columns", len(places) == len(set(places)), "a column tells one field"),
        ("columns", "booked_on" in has, "booked_on needs a column"),
        (
            "columns",
            has & {"amount", "debit", "credit"} in ({"amount"}, {"debit", "credit"}),
            "needs a column of amount, or one of debit and one of credit",
        ),
        (
            "balances",
            (mapping.balances == "running") == ("balance" in has),
            "running balances have a column of balance, given ones have none",
        ),
        ("asset", bool(mapping.asset) != ("asset" in has), "is told here, or by a column"),
        ("types", not mapping.types or "code" in has, "need a column of code"),
        (
            "thousands_sign",
            mapping.thousands_sign != mapping.decimal_sign,
            "is not the decimal sign too",
        ),
    )
    return [_fault(name, "", rule) for name, holds, rule in rules if not holds]


def _fault(name: str, value: object, rule: str) -> Fault:
    return Fault(0, name, str(value), rule)


def _word(mapping: Mapping, name: str, allowed: tuple[object, ...]) -> Fault | None:
    found = getattr(mapping, name)
    if any(type(found) is type(word) and found == word for word in allowed):
        return None
    return _fault(name, found, f"is not one of {', '.join(map(repr, allowed))}")


def _readers() -> dict[str, Any]:
    return {
        "name": _name,
        "account": values.account,
        "asset": lambda text: text and values.asset(text),
        "servicer": lambda text: text and values.servicer(text),
        "dates": _dates,
    }


def _text(mapping: Mapping, name: str, reader: Any) -> Fault | None:
    found = getattr(mapping, name)
    if not isinstance(found, str):
        return _fault(name, found, "is not a text")
    try:
        reader(found)
    except Wrong as wrong:
        return _fault(name, found, str(wrong))
    return None


def _name(text: str) -> None:
    if not text or len(text) > LONGEST["reference"] or values.plain(text, "reference") != text:
        raise Wrong("is empty, longer than 80, or holds what cannot be seen")


def _dates(text: str) -> None:
    parts = TOKEN.findall(text)
    units = [part for part in parts if part in TOKENS]
    days = sorted(unit[0] for unit in units if unit.isupper())
    if "".join(parts) != text or days != ["D", "M", "Y"]:
        raise Wrong("is not made of YYYY or YY, MM or M, DD or D, hh, mm, ss and - . / : T")
    if [unit for unit in units if unit.islower()] not in ([], ["hh", "mm"], ["hh", "mm", "ss"]):
        raise Wrong("has a time that is not hh:mm or hh:mm:ss")


def _column(field: str, column: object, mapping: Mapping) -> Fault | None:
    if field not in FIELDS:
        return _fault("columns", field, f"is not one of {', '.join(FIELDS)}")
    if type(column) is int and 1 <= column <= MOST_COLUMNS:
        return None
    if isinstance(column, str) and 0 < len(column) <= 100 and mapping.has_header is True:
        return None
    return _fault("columns", column, "is not a number from 1, nor a name in the header")


def _type(code: object, type_: object) -> Fault | None:
    if isinstance(code, str) and 0 < len(code) <= LONGEST["code"] and type_ in TYPES:
        return None
    return _fault("types", f"{code}: {type_}", f"is not a code and one of {', '.join(TYPES)}")
