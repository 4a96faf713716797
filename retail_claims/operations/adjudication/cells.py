"""Cells as SQL: for each kind of column, the value it gives and the code it is rejected with."""

from typing import NamedTuple

import pyarrow as pa

from retail_claims.rules import texts
from retail_claims.rules.columns import MONEY, TIMES, Column
from retail_claims.rules.policy import Policy
from retail_claims.rules.policy_shape import EVENTS, PRODUCTS
from retail_claims.rules.texts import write_money

# Money of the evidence, exact: eight decimals, and room for the sum of all rows.
MONEY_TYPE = "DECIMAL(38, 8)"
# A time text cut into its local part and its offset; the pattern was checked before.
LOCAL = "try_cast(regexp_extract({0}, '^.{{19}}(\\.[0-9]+)?') AS TIMESTAMP)"
OFFSET = (
    "CASE WHEN right({0}, 1) = 'Z' THEN 0 ELSE"
    " (CASE WHEN left(right({0}, 6), 1) = '+' THEN -60000000 ELSE 60000000 END)"
    " * (try_cast(left(right({0}, 5), 2) AS BIGINT) * 60 + try_cast(right({0}, 2) AS BIGINT)) END"
)


class Cell(NamedTuple):
    """SQL of one column: its value, and the code it is rejected with (or NULL)."""

    name: str
    value: str
    code: str


def cell(column: Column, found: pa.DataType, policy: Policy) -> Cell:
    """
    Give the SQL of a column that comes as this Arrow type.

    The expressions read the column by its name; value is only meant where code is NULL.
    """
    name = f'"{column.name}"'
    if column.kind in MONEY:
        value, bad = _money(name, found)
    elif column.kind in TIMES:
        value, bad = _time(name, found)
    else:
        value, bad = name, _bad_word(name, column, policy)
    return Cell(
        name=column.name,
        value=_empty(column, value),
        code=f"CASE WHEN {_is_empty(name, found)} THEN {_if_empty(column)}"
        f" {bad}{_beyond(column, value, policy)} END",
    )


def _is_empty(name: str, found: pa.DataType) -> str:
    return f"{name} IS NULL OR {name} = ''" if _is_text(found) else f"{name} IS NULL"


def _if_empty(column: Column) -> str:
    return "NULL" if column.kind in ("fee", "time or empty") else "'missing_value'"


def _empty(column: Column, value: str) -> str:
    """Give what an empty cell means: a fee of nothing, a flag without end."""
    return f"coalesce({value}, 0)" if column.kind == "fee" else value


def _bad_word(name: str, column: Column, policy: Policy) -> str:
    """Give the WHEN of a cell that holds a word."""
    lists: dict[str, tuple[str, list[str]]] = {
        "event": ("unknown_value", list(EVENTS)),
        "product": ("unknown_value", list(PRODUCTS)),
        "subject kind": ("unknown_value", ["account", "person"]),
        "class": ("unknown_class", policy.classes),
        "exclusion code": ("unknown_code", policy["exclusion_codes"]),
        "hold code": ("unknown_code", policy["hold_codes"]),
    }
    if column.kind in lists:
        code, words = lists[column.kind]
        # The words are ids, which hold no quotes.
        allowed = ", ".join(f"'{word}'" for word in words)
        is_bad = f"{name} NOT IN ({allowed})" if words else "true"
        return f"WHEN {is_bad} THEN '{code}'"
    star = " AND " + name + " <> '*'" if column.kind == "instrument or *" else ""
    return f"WHEN NOT regexp_full_match({name}, '{texts.ID}'){star} THEN 'bad_id'"


def _money(name: str, found: pa.DataType) -> tuple[str, str]:
    """Give value and WHEN of a money cell."""
    if pa.types.is_integer(found):
        return f"{name}::{MONEY_TYPE}", f"WHEN NOT ({_in_range(name)}) THEN 'bad_number'"
    if pa.types.is_decimal(found) and found.scale <= 8:
        if found.precision - found.scale <= 13:
            return f"{name}::{MONEY_TYPE}", ""
        value = f"CASE WHEN {_in_range(name)} THEN {name} END::{MONEY_TYPE}"
        return value, f"WHEN NOT ({_in_range(name)}) THEN 'bad_number'"
    text = name
    if pa.types.is_decimal(found):
        # More stored digits are fine when they are zero.
        text = f"rtrim(rtrim({name}::VARCHAR, '0'), '.')"
    return (
        f"try_cast({text} AS {MONEY_TYPE})",
        f"WHEN NOT regexp_full_match({text}, '{texts.MONEY}') THEN 'bad_number'",
    )


def _in_range(name: str) -> str:
    return f"{name} > -10000000000000 AND {name} < 10000000000000"


def _time(name: str, found: pa.DataType) -> tuple[str, str]:
    """Give value (microseconds since 1970) and WHEN of a time cell."""
    if not pa.types.is_timestamp(found):
        value = f"epoch_us({LOCAL.format(name)}) + {OFFSET.format(name)}"
        value = f"CASE WHEN regexp_full_match({name}, '{texts.TIME}') THEN {value} END"
        return value, f"WHEN ({value}) IS NULL THEN 'bad_timestamp'"
    if found.unit == "ns":
        finer = f"epoch_ns({name}) % 1000 <> 0"
        return f"epoch_ns({name}) // 1000", f"WHEN {finer} THEN 'bad_timestamp'"
    value = f"epoch_us(try_cast({name} AS TIMESTAMP))"
    return value, f"WHEN {value} IS NULL THEN 'bad_timestamp'"


def _beyond(column: Column, value: str, policy: Policy) -> str:
    """Give the WHEN of a cell that can be read but says what may not be."""
    if column.kind == "past time":
        return f" WHEN {value} > {policy.decided_at} THEN 'future_timestamp'"
    if column.kind in ("amount", "fee"):
        return f" WHEN {value} < 0 THEN 'negative'"
    if column.kind == "paid":
        unit = write_money(policy.unit)
        return f" WHEN {value} < 0 THEN 'negative' WHEN {value} % {unit} <> 0 THEN 'bad_amount'"
    return ""


def _is_text(found: pa.DataType) -> bool:
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(found) for is_kind in kinds)
