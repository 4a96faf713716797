"""MT940: marks, dates over the year's end, the styles of field 86, pages, and every fault."""

import pytest

from tests.treasury.formats import writers
from together.treasury.formats import mt940
from together.treasury.formats.parsed import Unreadable

LINE = "2510141014D12,50NTRFOURREF//BANKREF1"


def message(
    *fields, number="00017/001", opening=":60F:C251013EUR1000,00", closing=":62F:C251014EUR1000,00"
):
    head = [":20:STARTUMSE", f":25:{writers.DE_IBAN}", f":28C:{number}", opening]
    return "\n".join([*head, *fields, closing, "-", ""])


def one(*fields, **told):
    (statement,) = mt940.parse(message(*fields, **told).encode())
    return statement


def line(text=LINE, *details):
    (found,) = one(f":61:{text}", *details).lines
    return found


def faults(*fields, text=None, **told):
    with pytest.raises(Unreadable) as refused:
        mt940.parse((text or message(*fields, **told)).encode())
    return [(fault.row, fault.column) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("mark", "amount", "type_"),
    [
        ("D", "-12.5", "payment"),
        ("C", "12.5", "receipt"),
        ("RD", "12.5", "return"),
        ("RC", "-12.5", "return"),
    ],
)
def test_the_mark_tells_sign_and_type(mark, amount, type_):
    found = line(LINE.replace("D12", f"{mark}12"))
    assert (found.amount, found.type) == (amount, type_)


@pytest.mark.parametrize(
    ("value", "entry", "booked"),
    [("251231", "0102", "2026-01-02"), ("260102", "1231", "2025-12-31"), ("251014", "", "2025-10-14"),
     ("240229", "0229", "2024-02-29")],
)  # fmt: skip
def test_the_entry_date_takes_the_nearest_year(value, entry, booked):
    found = line(f"{value}{entry}C1,NTRFNONREF//X")
    assert found.booked_at.date().isoformat() == booked
    assert found.value_on.strftime("%y%m%d") == value


def test_a_line_without_details_takes_the_references_of_its_field():
    found = line(LINE + "\nWIRE FEE 7")
    assert (found.entry_id, found.reference, found.remittance, found.code) == (
        "BANKREF1",
        "OURREF",
        "WIRE FEE 7",
        "NTRF",
    )


def test_german_details_are_read():
    found = line(
        LINE,
        ":86:166?00GUTSCHRIFT?109251?20EREF+TGR-7-1-00001?21KREF+K1?22SVWZ+Together award ",
        "?237-1?30DEUTDEDB110?31NL91ABNA0417164300?32A. JANSEN UND?33 SOEHNE?34997",
    )
    assert (found.reference, found.remittance) == ("TGR-7-1-00001", "Together award 7-1")
    assert (found.counterparty, found.counterparty_account) == (
        "A. JANSEN UND SOEHNE",
        writers.NL_IBAN,
    )
    assert found.code == "NTRF+166"


def test_a_german_return_is_known_by_its_business_code():
    found = line(LINE.replace("D12", "C12"), ":86:159?00RETOURE?20EREF+R7?21SVWZ+RETURN")
    assert (found.type, found.reference) == ("return", "R7")


def test_details_of_a_dutch_bank_are_read():
    found = line(
        LINE,
        ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/A.",
        " JANSEN/REMI/AWARD 7-1/EREF/TGR-7",
    )
    assert (found.reference, found.counterparty, found.remittance) == (
        "TGR-7",
        "A. JANSEN",
        "AWARD 7-1",
    )
    assert found.counterparty_account == writers.NL_IBAN


def test_a_codeword_that_a_payer_repeats_is_not_believed():
    found = line(LINE, ":86:/NAME/A. JANSEN/REMI/pay /EREF/FAKE/ now/EREF/TRUE")
    assert (found.reference, found.counterparty) == ("OURREF", "A. JANSEN")


def test_details_without_any_structure_are_text():
    found = line(LINE, ":86:WIRE TYPE:WIRE IN DATE:101425", "ORIG:ACME TRADING LLC ID:987654321")
    assert found.remittance == "WIRE TYPE:WIRE IN DATE:101425 ORIG:ACME TRADING LLC ID:987654321"


def test_lines_without_a_reference_of_the_bank_are_told_apart_by_what_they_say():
    same, other = "2510141014D12,50NTRFR1", "2510141014D12,50NTRFR2"
    first = one(*[f":61:{text}" for text in (same, same, other)])
    second = one(*[f":61:{text}" for text in (other, same, same)])
    ids = [found.entry_id for found in first.lines]
    assert len(set(ids)) == 3
    assert set(ids) == {found.entry_id for found in second.lines}


def test_a_payment_and_its_fee_may_share_the_reference_of_the_bank():
    fee = LINE.replace("D12,50NTRF", "D1,00NCHG")
    alone, both = line(), one(f":61:{LINE}", f":61:{fee}")
    assert alone.entry_id == "BANKREF1"
    assert [found.entry_id.partition("/")[0] for found in both.lines] == ["BANKREF1"] * 2
    assert len({found.entry_id for found in both.lines}) == 2


def test_balances_below_zero_and_debits_of_nothing_are_read():
    statement = one(opening=":60F:D251013EUR0,", closing=":62F:D251014EUR12,5")
    assert (statement.opening, statement.closing) == ("0", "-12.5")


def test_a_line_of_nothing_is_left_out():
    assert [found.reason for found in one(":61:251014C0,00NMSCNONREF").left_out] == [
        "moves nothing"
    ]


@pytest.mark.parametrize(
    ("field", "account", "servicer"),
    [
        (":25:10020030/1234567", "10020030/1234567", ""),
        (":25:NL91ABNA0417164300 EUR", "NL91ABNA0417164300", ""),
        (":25P:NL91ABNA0417164300\nABNANL2A", "NL91ABNA0417164300", "ABNANL2A"),
        (":25:000123456789", "000123456789", ""),
    ],
)
def test_the_account_is_read_as_banks_write_it(field, account, servicer):
    text = message().replace(f":25:{writers.DE_IBAN}", field)
    (statement,) = mt940.parse(text.encode())
    assert (statement.account, statement.servicer) == (account, servicer)


def test_what_stands_after_the_closing_balance_is_of_the_statement():
    text = message(f":61:{LINE}").replace(
        "\n-\n", "\n:64:C251014EUR1000,00\n:86:NEW CONDITIONS APPLY\n-\n"
    )
    (statement,) = mt940.parse(f"ABNANL2A\n940\nABNANL2A\n{text}".encode())
    assert [found.remittance for found in statement.lines] == [""]


PAGES = (
    message(f":61:{LINE}", closing=":62M:C251014EUR987,50"),
    message(":61:2510151015C7,NTRFNONREF//X", number="00017/002", opening=":60M:C251014EUR987,50", closing=":62F:C251015EUR994,50"),
)  # fmt: skip


def test_messages_and_pages_of_one_file_are_told_apart():
    joined, other = mt940.parse("".join([*PAGES, message(number="18")]).encode())
    assert (joined.opening, joined.closing, len(joined.lines), joined.number) == (
        "1000",
        "994.5",
        2,
        17,
    )
    assert other.number == 18


@pytest.mark.parametrize(
    "text",
    [PAGES[0], PAGES[1], PAGES[1] + PAGES[0], PAGES[0] + PAGES[1].replace("00017/002", "00017/003"),
     PAGES[0] + PAGES[1].replace("60M:C251014EUR987,50", "60M:C251014EUR987,51"),
     PAGES[0] + PAGES[1].replace("00017/002", "00018/002")],
)  # fmt: skip
def test_pages_that_do_not_follow_each_other_are_refused(text):
    assert {column for _, column in faults(text=text)} == {"page"}


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        (":20:STARTUMSE\n", ":20:\n", 1, ":20:"),
        ("DE89", "DE88", 2, ":25:"),
        ("00017/001", "17-1", 3, ":28C:"),
        ("60F:C251013", "60F:X251013", 4, ":60F:"),
        ("EUR1000,00\n:61", "EUR1000.00\n:61", 4, ":60F:"),
        ("EUR1000,00\n:61", "EUR1000,00 and more\n:61", 4, ":60F:"),
        ("60F:C251013", "60F:C250230", 4, ":60F:"),
        ("2510141014D", "2502300230D", 5, ":61:"),
        ("2510141014D", "2510141399D", 5, ":61:"),
        ("12,50", "12.50", 5, ":61:"),
        ("12,50", "12", 5, ":61:"),
        ("12,50", "1٢,50", 5, ":61:"),
        ("12,50", "１２,50", 5, ":61:"),
        ("12,50", "9" * 16 + ",50", 5, ":61:"),
        ("D12", "X12", 5, ":61:"),
        ("//BANKREF1", "//" + "B" * 24, 5, ":61:"),
        (f":61:{LINE}", f":61:{LINE}\n:86:x\n:86:y", 7, ":86:"),
        (f":61:{LINE}", ":86:x", 5, ":86:"),
        (f":61:{LINE}", ":99:x", 5, ":99:"),
        (f":61:{LINE}", f":61:{LINE}\n:86:" + "x\n" * 80, 66, ":86:"),
        (":62F:C251014EUR", ":62F:C251014USD", 1, ":62F:"),
        (":62F:C251014EUR1000,00", ":62F:C251014EUR1000,00\n:62F:C251014EUR1,00", 7, ":62F:"),
        (":62F:C251014EUR1000,00", ":62F:C251014EUR1000,00\n:61:" + LINE, 7, ":61:"),
        (":62F:C251014EUR1000,00\n", "", 1, ":62F:"),
        (":20:", "hello world\n:20:", 1, ""),
    ],
)
def test_a_malformed_field_is_named_by_its_line(old, new, row, column):
    text = message(f":61:{LINE}")
    assert old in text
    assert (row, column) in faults(text=text.replace(old, new, 1))


def test_a_file_whose_bytes_are_the_name_of_a_file_is_not_opened(tmp_path):
    (tmp_path / "statement").write_text(message(f":61:{LINE}"))
    with pytest.raises(Unreadable):
        mt940.parse(str(tmp_path / "statement").encode())
