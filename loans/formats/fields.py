"""Fields: reading a JSON object field by field, with the path of whatever is wrong."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from loans.rules.exact import Fraction
from loans.rules.faults import Fault, bad_value

DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LARGEST_COUNT = 10**9


class Fractional:
    """A JSON number with a fraction or an exponent; no field takes one."""


class Fields:
    """
    A JSON object whose fields are asked for by name.

    ``done`` refuses whatever was not asked for. ``null`` means that a field is left out.
    """

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise bad_value(path, "must be an object")
        self._values: dict[str, Any] = value
        self._path = path
        self._known: set[str] = set()

    def path(self, name: str) -> str:
        """Give the path of a field."""
        return f"{self._path}.{name}" if self._path else name

    def done(self) -> None:
        """
        Refuse fields that nobody asked for.

        :raises Fault: ``unknown_field``
        """
        for name in self._values:
            if name not in self._known:
                raise Fault("unknown_field", self.path(name), "is not a field of this operation")

    def get(self, name: str) -> Any:
        """Give the value of a field as it stands, None if it is left out."""
        self._known.add(name)
        return self._values.get(name)

    def has(self, name: str) -> bool:
        """Say whether a field was sent."""
        return self.get(name) is not None

    def required(self, name: str) -> Any:
        """Give the value of a field that must be there."""
        value = self.get(name)
        if value is None:
            raise Fault("missing_field", self.path(name), "is required")
        return value

    def decimal(self, name: str) -> Fraction:
        """Read a rate or quantity: a decimal number as text, of either sign."""
        value = self.required(name)
        if not isinstance(value, str) or not DECIMAL.fullmatch(value):
            raise bad_value(self.path(name), "must be a decimal number as text")
        return Fraction(value)

    def amount(self, name: str, *, zero: bool = False) -> Fraction:
        """Read an amount above zero (or zero, where that makes sense)."""
        value = self.decimal(name)
        if value < 0 or (value == 0 and not zero):
            raise bad_value(self.path(name), "must be above zero")
        return value

    def amount_or(self, name: str, default: Fraction, *, zero: bool = True) -> Fraction:
        """Read an amount that may be left out."""
        return self.amount(name, zero=zero) if self.has(name) else default

    def decimal_or(self, name: str, default: Fraction) -> Fraction:
        """Read a rate that may be left out."""
        return self.decimal(name) if self.has(name) else default

    def whole(self, name: str, least: int = 0, most: int = LARGEST_COUNT) -> int:
        """Read a whole number in a range."""
        value = self.required(name)
        if type(value) is not int or not least <= value <= most:
            raise bad_value(self.path(name), f"must be a whole number from {least} to {most}")
        return value

    def whole_or(self, name: str, default: int, least: int = 0, most: int = LARGEST_COUNT) -> int:
        """Read a whole number that may be left out."""
        return self.whole(name, least, most) if self.has(name) else default

    def day(self, name: str) -> date:
        """Read a date."""
        return read_day(self.required(name), self.path(name))

    def day_or_none(self, name: str) -> date | None:
        """Read a date that may be left out."""
        return self.day(name) if self.has(name) else None

    def days(self, name: str) -> tuple[date, ...]:
        """Read a list of dates that may be left out."""
        found = self._list(name) if self.has(name) else []
        return tuple(read_day(day, f"{self.path(name)}[{n}]") for n, day in enumerate(found))

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        """Read one of some words; without a default it must be there."""
        value = self.get(name)
        if value is None:
            return default if default is not None else self.required(name)
        return read_choice(value, allowed, self.path(name))

    def flag(self, name: str) -> bool:
        """Read true or false; left out it is false."""
        value = self.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise bad_value(self.path(name), "must be true or false")
        return value

    def text(self, name: str) -> str:
        """Read a text."""
        value = self.required(name)
        if not isinstance(value, str):
            raise bad_value(self.path(name), "must be a text")
        return value

    def label(self, name: str) -> str | int:
        """Read a name that others point at: a text or a whole number."""
        value = self.required(name)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise bad_value(self.path(name), "must be a text or a whole number")
        return value

    def words(self, name: str) -> str:
        """Read a text that is not empty."""
        value = self.text(name)
        if not value:
            raise bad_value(self.path(name), "must not be empty")
        return value

    def object(self, name: str) -> "Fields":
        """Read an object; left out it is empty."""
        return Fields({} if self.get(name) is None else self.get(name), self.path(name))

    def objects(self, name: str, *, least: int = 0) -> list["Fields"]:
        """Read a list of objects."""
        value = self.required(name) if least else self.get(name)
        found = [] if value is None else self._list(name)
        if len(found) < least:
            raise bad_value(self.path(name), f"must hold at least {least}")
        return [Fields(one, f"{self.path(name)}[{n}]") for n, one in enumerate(found)]

    def choices(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """Read a list of words, each at most once."""
        found = self._list(name)
        for n, one in enumerate(found):
            read_choice(one, allowed, f"{self.path(name)}[{n}]")
            if one in found[:n]:
                raise bad_value(f"{self.path(name)}[{n}]", "stands in the list already")
        return tuple(found)

    def names(self) -> Iterator[str]:
        """Give the names of all fields and let each of them be known."""
        self._known.update(self._values)
        return iter(self._values)

    def _list(self, name: str) -> list[Any]:
        value = self.required(name)
        if not isinstance(value, list):
            raise bad_value(self.path(name), "must be a list")
        return value


def read_day(value: Any, path: str) -> date:
    """Read a date written YYYY-MM-DD."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise bad_value(path, "must be a date, YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise bad_value(path, "is no day of the calendar") from None


def read_choice(value: Any, allowed: Sequence[str], path: str) -> str:
    """Read one of some words."""
    if not isinstance(value, str) or value not in allowed:
        raise bad_value(path, f"must be one of {', '.join(allowed)}")
    return value
