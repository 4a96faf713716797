"""A statement is read whole or refused whole, with every fault named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from together.treasury.formats import statement_csv
from together.treasury.formats.parsed import Unreadable
from together.treasury.formats.statement_csv import COLUMNS

AT = "2025-10-14T12:00:00+00:00"
HEAD = ",".join(COLUMNS)
OPENING = f"opening,1,{AT},,0,USDC,w,"
CLOSING = f"closing,1,{AT},,5,USDC,w,"
ENTRY = f"entry,e1,{AT},receipt,5,USDC,REF,payer"


def text(*lines, head=HEAD):
    return "\n".join([head, *lines]).encode() + b"\n"


def faults(data):
    with pytest.raises(Unreadable) as refused:
        statement_csv.parse(data)
    return [(f.row, f.column, f.value) for f in refused.value.faults]


def test_a_statement_is_read():
    parsed = statement_csv.parse(text(OPENING, ENTRY, CLOSING))
    assert (parsed.number, parsed.account, parsed.opening, parsed.closing) == (1, "w", "0", "5")
    assert [(line.entry_id, line.amount) for line in parsed.lines] == [("e1", "5")]


def test_a_line_repeated_word_for_word_is_counted_and_dropped():
    parsed = statement_csv.parse(text(OPENING, ENTRY, ENTRY, CLOSING))
    assert (len(parsed.lines), parsed.repeated) == (1, 1)


def test_a_byte_order_mark_and_other_line_ends_change_nothing():
    data = text(OPENING, ENTRY, CLOSING)
    other = b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
    assert statement_csv.parse(other) == statement_csv.parse(data)
    wide = data.decode().encode("utf-16")
    assert statement_csv.parse(wide) == statement_csv.parse(data)


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        (ENTRY.replace(",5,", ",NaN,"), "amount", "NaN"),
        (ENTRY.replace(",5,", ",1e400,"), "amount", "1e400"),
        (ENTRY.replace(",5,", ",+5,"), "amount", "+5"),
        (ENTRY.replace(",5,", ',"1,000",'), "amount", "1,000"),
        (ENTRY.replace(",5,", ",５,"), "amount", "５"),
        (ENTRY.replace(",5,", ",5.,"), "amount", "5."),
        (ENTRY.replace(AT, "2025-10-14T12:00:00"), "booked_at", "2025-10-14T12:00:00"),
        (ENTRY.replace(AT, "2025-02-30T12:00:00Z"), "booked_at", "2025-02-30T12:00:00Z"),
        (ENTRY.replace("receipt", "gift"), "type", "gift"),
        (ENTRY.replace("USDC", "USD"), "asset", "USD"),
        (ENTRY.replace("e1", ""), "entry_id", ""),
        (ENTRY.replace("e1", "e" * 81), "entry_id", "e" * 81),
        (ENTRY.replace("entry,", "closing,", 1), "record", "closing"),
        (ENTRY.replace("REF", "R" * 81), "reference", "R" * 81),
    ],
)
def test_a_bad_cell_is_named_by_row_column_and_value(line, column, value):
    assert faults(text(OPENING, ENTRY.replace("e1", "e0"), line, CLOSING)) == [(3, column, value)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" + text(OPENING, ENTRY, CLOSING),
        text(OPENING, ENTRY, CLOSING).decode().encode("utf-16-le"),
        text(OPENING, ENTRY, CLOSING)[:-30] + b'"open',
        text(OPENING, ENTRY),
        text(ENTRY, CLOSING),
        text(OPENING, ENTRY, CLOSING, head=HEAD.replace("amount", "sum")),
        text(OPENING, ENTRY + ",more", CLOSING),
        text(OPENING, ENTRY, ENTRY.replace(",5,", ",6,"), CLOSING),
        text(OPENING, ENTRY, CLOSING.replace("closing,1", "closing,2")),
        b"<?xml version='1.0'?><a/>",
        b"PK\x03\x04" + b"x" * 100,
    ],
)
def test_what_is_no_statement_is_refused(data):
    assert faults(data)


@given(st.binary(max_size=400))
def test_no_bytes_do_anything_but_be_read_or_refused(data):
    try:
        statement_csv.parse(data)
    except Unreadable as refused:
        assert refused.faults


def test_at_most_a_hundred_faults_are_listed():
    assert len(faults(text(OPENING, *["x"] * 500, CLOSING))) == 100
