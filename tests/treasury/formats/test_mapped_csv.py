"""CSV by a mapping: the mapping checks itself, goes to JSON and back, and reads as it says."""

import json

import pytest

from tests.treasury.formats import writers
from together.treasury.formats import csv_mapping, mapped_csv
from together.treasury.formats.csv_mapping import Mapping
from together.treasury.formats.mapped_csv import Given
from together.treasury.formats.parsed import Unreadable

USUAL = {
    "name": "Sparkasse",
    "account": writers.DE_IBAN,
    "asset": "EUR",
    "columns": {"booked_on": "Datum", "amount": "Betrag", "balance": "Saldo", "reference": "Ref"},
    "delimiter": ";",
    "dates": "DD.MM.YYYY",
    "decimal_sign": ",",
    "thousands_sign": ".",
}
FILE = "Datum;Betrag;Saldo;Ref\n13.10.2025;-1.234,50;8.765,50;R1\n14.10.2025;+;;\n"
FILE = FILE.replace("14.10.2025;+;;\n", "14.10.2025;0,5;8.766;R2\n")


def mapping(**told):
    return csv_mapping.of_json({**USUAL, **told})


def read(text=FILE, given=None, **told):
    return mapped_csv.parse(text.encode(), mapping(**told), given)


def faults(call):
    with pytest.raises(Unreadable) as refused:
        call()
    return [(fault.row, fault.column) for fault in refused.value.faults]


def test_a_mapping_goes_to_json_and_back():
    for one in (mapping(), writers.mapping(writers.american())):
        told = json.loads(json.dumps(one.to_json()))
        assert csv_mapping.of_json(told) == one
        assert isinstance(told["columns"], dict)


def test_a_file_is_read_as_its_mapping_says():
    found = read()
    assert (found.opening, found.closing, found.asset, found.number) == (
        "10000",
        "8766",
        "EUR",
        None,
    )
    assert [(one.amount, one.type, one.reference) for one in found.lines] == [
        ("-1234.5", "payment", "R1"),
        ("0.5", "receipt", "R2"),
    ]
    assert found.from_at.isoformat() == "2025-10-13T00:00:00+00:00"
    assert found.to_at.isoformat() == "2025-10-14T23:59:59+00:00"


def test_the_newest_line_may_stand_first():
    head, first, second = FILE.splitlines()
    assert read("\n".join([head, second, first]), order="newest first") == read()


def test_columns_may_be_numbers_and_rows_may_stand_before_them():
    numbers = {"booked_on": 1, "amount": 2, "balance": 3, "reference": 4}
    text = "Account statement\n\n" + FILE.partition("\n")[2]
    assert read(text, columns=numbers, has_header=False, rows_before_header=1) == read()
    assert read("Account\n" + FILE, columns=numbers, rows_before_header=1) == read()


@pytest.mark.parametrize("sign", ["none", "minus"])
def test_debits_and_credits_may_have_their_own_columns(sign):
    minus = "-" if sign == "minus" else ""
    text = f"Datum;Soll;Haben;Ref\n13.10.2025;{minus}1.234,50;0,00;R1\n14.10.2025;;0,5;R2\n"
    columns = {"booked_on": "Datum", "debit": "Soll", "credit": "Haben", "reference": "Ref"}
    told = {"columns": columns, "debit_sign": sign, "balances": "given"}
    found = read(text, Given("10000", "8766"), **told)
    assert found == read()
    assert faults(lambda: read(text.replace("0,00", "1,00"), Given("1", "2"), **told)) == [
        (2, "debit")
    ]
    assert faults(lambda: read(text.replace("0,5", "-0,5"), Given("1", "2"), **told)) == [
        (3, "credit")
    ]


def test_given_balances_must_be_given_and_be_amounts():
    columns = {"booked_on": "Datum", "amount": "Betrag"}
    told = {"columns": columns, "balances": "given"}
    assert faults(lambda: read(**told)) == [(0, "opening and closing")]
    assert faults(lambda: read(FILE, Given("NaN", "1e9"), **told)) == [
        (0, "opening"),
        (0, "closing"),
    ]


def test_balances_that_do_not_run_are_named():
    assert faults(lambda: read(FILE.replace("8.766;", "8.767;"))) == [(3, "balance")]


def test_american_dates_and_types_by_code():
    text = "Date,Amount,Type\n1/5/2026,(5.00),FEE\n".replace("(5.00)", "5.00-")
    columns = {"booked_on": "Date", "amount": "Amount", "code": "Type"}
    told = {
        "columns": columns,
        "dates": "M/D/YYYY",
        "delimiter": ",",
        "decimal_sign": ".",
        "thousands_sign": ",",
    }
    (line,) = read(text, Given("5", "0"), balances="given", types={"FEE": "fee"}, **told).lines
    assert (line.booked_at.date().isoformat(), line.type, line.amount) == (
        "2026-01-05",
        "fee",
        "-5",
    )


def test_lines_of_nothing_are_left_out():
    text = FILE + "14.10.2025;0,00;8.766;R3\n"
    found = read(text)
    assert len(found.lines) == 2
    assert [one.reason for one in found.left_out] == ["moves nothing"]


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        ("13.10.2025", "2025-10-13", 2, "booked_on"),
        ("13.10.2025", "30.02.2025", 2, "booked_on"),
        ("13.10.2025", "13.10.9999", 2, "booked_on"),
        ("13.10.2025", "١٣.10.2025", 2, "booked_on"),
        ("-1.234,50", "-1.23,50", 2, "amount"),
        ("-1.234,50", "-1,234.50", 2, "amount"),
        ("-1.234,50", "−1234,50", 2, "amount"),
        ("-1.234,50", "--1", 2, "amount"),
        ("-1.234,50", "1e400", 2, "amount"),
        ("-1.234,50", "-0", 2, "amount"),
        ("-1.234,50", "", 2, "amount"),
        ("8.765,50", "", 2, "balance"),
        ("-1.234,50;8.765,50;R1", "-1.234,50", 2, ""),
        ("R1", "R" * 81, 2, "reference"),
        ("Betrag", "Sum", 1, "amount"),
        ("Ref", "Betrag", 1, "amount"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_field(old, new, row, column):
    assert (row, column) in faults(lambda: read(FILE.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"delimiter": "x"}, "delimiter"),
        ({"encoding": "utf-7"}, "encoding"),
        ({"rows_before_header": -1}, "rows_before_header"),
        ({"rows_before_header": True}, "rows_before_header"),
        ({"decimal_sign": "x"}, "decimal_sign"),
        ({"thousands_sign": ","}, "thousands_sign"),
        ({"dates": "DD.MM"}, "dates"),
        ({"dates": "(.*)+DD.MM.YYYY"}, "dates"),
        ({"dates": "DD.MM.YYYY mm"}, "dates"),
        ({"balances": "given"}, "balances"),
        ({"order": "any"}, "order"),
        ({"account": "DE88370400440532013000"}, "account"),
        ({"account": 5}, "account"),
        ({"asset": ""}, "asset"),
        ({"servicer": "BANK"}, "servicer"),
        ({"name": ""}, "name"),
        ({"columns": {"booked_on": 1}}, "columns"),
        ({"columns": {"booked_on": 1, "amount": 1, "balance": 2}}, "columns"),
        ({"columns": {"booked_on": 0, "amount": 1, "balance": 2}}, "columns"),
        ({"columns": {"booked_on": 1, "amount": 2, "debit": 3, "balance": 4}}, "columns"),
        ({"columns": {"booked_on": 1, "amount": 2, "balance": 3, "colour": 4}}, "columns"),
        ({"columns": [1, 2]}, "columns"),
        ({"columns": {"booked_on": [], "amount": 2, "balance": 3}}, "columns"),
        ({"types": {"FEE": "fee"}}, "types"),
        ({"types": {"FEE": "gift"}}, "types"),
        ({"has_header": 1}, "has_header"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_mapping_that_is_wrong_names_its_field(change, field):
    assert (0, field) in faults(lambda: mapping(**change))


def test_a_mapping_that_is_no_object_or_lacks_keys_is_refused():
    assert faults(lambda: csv_mapping.of_json([])) == [(0, "")]
    assert faults(lambda: csv_mapping.of_json({})) == [(0, "name"), (0, "account"), (0, "columns")]
    with pytest.raises(Unreadable):
        Mapping(name="x", account="1", columns=())
