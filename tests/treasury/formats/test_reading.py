"""One statement says the same in every format, and the same file under any encoding is the same."""

import csv
import json
from dataclasses import replace
from xml.dom import minidom

import pytest

from tests.treasury.formats import writers
from together.treasury.formats import reading, statement_csv
from together.treasury.formats.mapped_csv import Given
from together.treasury.formats.parsed import Unreadable, digest

STATEMENTS = {"european": writers.european(), "american": writers.american()}
CHAIN = [writers.transfer(1, -1_500_000), writers.transfer(2, 7)]


def read(text, **told):
    data = text if isinstance(text, bytes) else text.encode()
    (found,) = reading.read(data, **told)
    return found


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("version", ["02", "03", "04", "06", "08", "10", "13"])
def test_camt_gives_the_statement_that_was_written(name, version):
    statement = STATEMENTS[name]
    assert read(writers.camt(statement, version=version)) == statement


@pytest.mark.parametrize("name", STATEMENTS)
def test_mt940_gives_the_statement_that_was_written(name):
    statement = STATEMENTS[name]
    assert read(writers.mt940(statement, enveloped=True)) == statement
    assert read(writers.mt940(statement)) == replace(statement, servicer="")


@pytest.mark.parametrize("name", STATEMENTS)
def test_csv_gives_the_lines_that_were_written(name):
    statement = STATEMENTS[name]
    found = read(writers.mapped(statement), mapping=writers.mapping(statement))
    # A return's reason is the only thing that the bank's CSV has no column for.
    assert found.lines == tuple(replace(one, return_reason="") for one in statement.lines)
    assert replace(found, lines=()) == replace(statement, number=None, lines=())


def test_transfers_of_a_chain_give_the_lines_of_a_csv_of_them():
    found = read(writers.chain_file(CHAIN))
    assert (found.opening, found.closing, found.asset) == ("5", "3.500007", "USDC")
    assert [one.amount for one in found.lines] == ["-1.5", "0.000007"]
    rows = writers.mapped(found).splitlines()
    for n, line in enumerate(found.lines, start=1):
        cells = rows[n].split(",")
        cells[0], cells[1] = f"{line.booked_at:%Y-%m-%d %H:%M:%S}", f"{line.value_on} 00:00:00"
        rows[n] = ",".join(cells)
    mapping = writers.mapping(found, dates="YYYY-MM-DD hh:mm:ss", types=())
    again = read("\n".join(rows), mapping=mapping)
    assert (again.lines, again.opening, again.closing) == (
        found.lines,
        found.opening,
        found.closing,
    )
    assert (again.account, again.servicer) == (found.account, "eip155:1")


def own_csv():
    statement = replace(STATEMENTS["european"], servicer="", lines=())
    line = writers.booked(14, "5", "e1", reference='Überweisung, "x"', counterparty="Ö")
    return statement_csv.write(replace(statement, lines=(line,)))


def wide(text):
    return text.encode("utf-16")


SAMPLES = {
    "camt": writers.camt(writers.european()).replace("A. Jansen", "Ä. Jänsen"),
    "mt940": writers.mt940(writers.european()).replace("A. Jansen", "Ä. Jänsen"),
    "own csv": own_csv(),
    "mapped csv": writers.mapped(writers.european()).replace("A. Jansen", "Ä. Jänsen"),
    "chain": writers.chain_file(CHAIN),
}
MAPPING = writers.mapping(writers.european())
LATIN = writers.mapping(writers.european(), encoding="iso-8859-1")


def again(kind, text):
    """Give other files that say the same."""
    yield b"\xef\xbb\xbf" + text.encode(), MAPPING
    yield text.replace("\r\n", "\n").encode(), MAPPING
    if kind != "chain":
        yield text.replace("\r\n", "\n").replace("\n", "\r\n").encode(), MAPPING
    if kind == "camt":
        yield wide(text.replace('"UTF-8"', '"UTF-16"')), MAPPING
        yield text.replace('"UTF-8"', '"ISO-8859-1"').encode("iso-8859-1"), MAPPING
        pretty = minidom.parseString(text.encode()).toprettyxml(indent="\t", encoding="utf-8")
        yield pretty, MAPPING
        yield text.replace("<Ntry>", "<!-- a comment --><Ntry>").encode(), MAPPING
        yield text.replace('xmlns="', 'xmlns:b="').replace("<", "<b:").replace("<b:/", "</b:").replace(
            "<b:?xml", "<?xml"
        ).encode(), MAPPING  # fmt: skip
    else:
        yield wide(text), MAPPING
    if kind in ("mt940", "mapped csv"):
        yield text.encode("iso-8859-1"), LATIN
    if kind == "mapped csv":
        rows = csv.reader(text.splitlines())
        quoted = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
        yield quoted.encode(), MAPPING
    if kind == "chain":
        yield json.dumps(json.loads(text), indent=3, sort_keys=True).encode(), MAPPING


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_that_was_encoded_otherwise_is_the_same_statement(kind):
    text = SAMPLES[kind]
    first = read(text, mapping=MAPPING)
    others = list(again(kind, text))
    assert len(others) >= 4
    for data, mapping in others:
        found = read(data, mapping=mapping)
        assert found == first
        assert digest(found) == digest(first)


def test_every_field_of_a_statement_changes_its_digest():
    statement = STATEMENTS["european"]
    line = statement.lines[0]
    others = [
        replace(statement, lines=(replace(line, **{name: value}), *statement.lines[1:]))
        for name, value in {
            "entry_id": "x", "amount": "-4000.01", "reference": "x", "counterparty": "x", "remittance": "x",
            "counterparty_account": "x", "code": "x", "return_reason": "x", "type": "fee", "value_on": None,
            "booked_at": statement.to_at, "asset": "USD",
        }.items()
    ]  # fmt: skip
    others += [
        replace(statement, **{name: value})
        for name, value in {
            "account": "x", "servicer": "x", "number": 18, "asset": "USD", "opening": "1", "closing": "1",
            "from_at": statement.to_at, "to_at": statement.from_at, "lines": statement.lines[1:],
        }.items()
    ]  # fmt: skip
    digests = {digest(one) for one in others} | {digest(statement)}
    assert len(digests) == len(others) + 1
    assert digest(replace(statement, lines=statement.lines[::-1])) == digest(statement)


@pytest.mark.parametrize("data", [b"", b"hello", b"a,b\n1,2\n", b"\x1f\x8b\x08\0", b"PK\x03\x04"])
def test_what_is_of_no_kind_is_refused_and_says_what_was_looked_for(data):
    with pytest.raises(Unreadable, match=r"camt\.053 \(XML\), MT940"):
        reading.read(data)


def test_a_mapping_and_balances_are_passed_over_where_the_file_tells_its_kind():
    statement = STATEMENTS["european"]
    told = {"mapping": MAPPING, "given": Given("1", "2")}
    assert read(writers.camt(statement), **told) == statement
