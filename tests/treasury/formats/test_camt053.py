"""camt.053: batches, charges, returns, reversals, what is not booked, and pages."""

from dataclasses import replace

import pytest

from tests.treasury.formats import writers
from together.treasury.formats import camt053
from together.treasury.formats.parsed import Unreadable

LINE = writers.booked(14, "-100", "B1", reference="R1")
AMT = '<Amt Ccy="EUR">{}</Amt>'


def parsed(*entries, lines=(LINE,), change=lambda text: text, opening="1000"):
    statement = writers.stated(list(lines), opening=opening)
    text = writers.camt_statement(statement)
    if entries:
        text = text[: text.index("<Ntry>")] + "".join(entries) + "</Stmt>"
    whole = writers.camt(statement).replace(writers.camt_statement(statement), text)
    return camt053.parse(change(whole).encode())


def faults(*entries, **told):
    with pytest.raises(Unreadable) as refused:
        parsed(*entries, **told)
    return [(fault.column, fault.value) for fault in refused.value.faults]


def detail(n, amount, more=""):
    line = writers.booked(14, "-1", "", reference=f"R{n}", counterparty=f"Payee {n}")
    return writers.camt_details(line, amount=AMT.format(amount) + more)


def batch(*details, more=""):
    return writers.camt_entry(LINE, details="".join(details), more=more)


def test_a_batch_gives_a_line_for_each_transaction():
    (statement,) = parsed(batch(detail(1, "60.00"), detail(2, "40.00")))
    assert [(one.entry_id, one.amount, one.reference) for one in statement.lines] == [
        ("B1/1", "-60", "R1"),
        ("B1/2", "-40", "R2"),
    ]
    assert {one.counterparty for one in statement.lines} == {"Payee 1", "Payee 2"}


def test_a_batch_whose_transactions_have_references_of_the_bank_is_known_by_them():
    ref = "<AcctSvcrRef>D{}</AcctSvcrRef>"
    two = [
        detail(n, amount).replace("<Refs>", f"<Refs>{ref.format(n)}")
        for n, amount in ((1, 60), (2, 40))
    ]
    (statement,) = parsed(batch(*two))
    assert [one.entry_id for one in statement.lines] == ["D1", "D2"]


def test_a_batch_that_does_not_add_up_is_refused():
    assert faults(batch(detail(1, "60.00"), detail(2, "40.01"))) == [("TxDtls/Amt", "-100")]
    assert faults(batch(detail(1, "99.99"))) == [("TxDtls/Amt", "-100")]


def test_a_batch_that_tells_some_amounts_only_is_refused():
    untold = detail(2, "1").replace(AMT.format("1"), "")
    assert faults(batch(detail(1, "60.00"), untold)) == [("TxDtls/Amt", "")]


def test_a_batch_that_tells_no_amounts_stays_one_line():
    untold = [detail(n, "1").replace(AMT.format("1"), "") for n in (1, 2)]
    (statement,) = parsed(batch(*untold))
    assert [(one.amount, one.reference) for one in statement.lines] == [("-100", "")]


def test_a_batch_may_hold_debits_and_credits():
    mixed = (
        detail(1, "130.00", "<CdtDbtInd>DBIT</CdtDbtInd>"),
        detail(2, "30.00", "<CdtDbtInd>CRDT</CdtDbtInd>"),
    )
    (statement,) = parsed(batch(*mixed))
    assert [one.amount for one in statement.lines] == ["-130", "30"]


@pytest.mark.parametrize("version", ["02", "08"])
def test_charges_that_are_netted_become_lines_of_their_own(version):
    charge = '<Amt Ccy="EUR">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd>'
    more = (
        f"<Chrgs>{charge}</Chrgs>" if version == "02" else f"<Chrgs><Rcrd>{charge}</Rcrd></Chrgs>"
    )
    (statement,) = parsed(batch(detail(1, "95.00"), more=more))
    assert [(one.entry_id, one.type, one.amount) for one in statement.lines] == [
        ("B1", "payment", "-95"),
        ("B1/fee1", "fee", "-5"),
    ]


def test_charges_that_are_told_beside_the_amount_change_nothing():
    more = '<Chrgs><Rcrd><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>'
    (statement,) = parsed(batch(detail(1, "100.00"), more=more))
    assert [one.amount for one in statement.lines] == ["-100"]


def test_the_amount_in_the_currency_of_the_account_counts():
    other = (
        '<Amt Ccy="USD">117.00</Amt><AmtDtls><TxAmt><Amt Ccy="EUR">100.00</Amt></TxAmt></AmtDtls>'
    )
    (statement,) = parsed(batch(detail(1, "1").replace(AMT.format("1"), other)))
    assert [(one.amount, one.asset) for one in statement.lines] == [("-100", "EUR")]


def test_what_is_marked_as_a_reversal_is_a_return():
    entry = writers.camt_entry(replace(LINE, amount="100")).replace(
        "<Sts>", "<RvslInd>true</RvslInd><Sts>"
    )
    (statement,) = parsed(entry)
    assert [(one.type, one.amount) for one in statement.lines] == [("return", "100")]


def test_a_return_names_the_payee_it_comes_back_from_and_why():
    line = replace(
        LINE, amount="100", type="return", return_reason="AC04", counterparty="A. Jansen"
    )
    (statement,) = parsed(lines=[line])
    assert statement.lines == (line,)


@pytest.mark.parametrize(
    ("domain", "type_"),
    [("CHRG", "fee"), ("INTR", "other"), ("RRTN", "return"), ("ESCT", "payment")],
)
def test_the_code_of_the_bank_tells_the_type(domain, type_):
    code = f"<Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>{domain}</SubFmlyCd></Fmly></Domn>"
    (statement,) = parsed(change=lambda text: text.replace("<Prtry><Cd>NTRF</Cd></Prtry>", code))
    assert [(one.type, one.code) for one in statement.lines] == [(type_, f"PMNT-ICDT-{domain}")]


@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR"])
def test_what_is_not_booked_makes_no_line_and_is_named(status):
    (statement,) = parsed(writers.camt_entry(LINE), writers.camt_entry(LINE, status=status))
    assert len(statement.lines) == 1
    assert [(one.entry, one.amount) for one in statement.left_out] == [("B1", "-100")]


def test_an_entry_of_nothing_is_left_out():
    (statement,) = parsed(writers.camt_entry(replace(LINE, amount="0", entry_id="Z")))
    assert (statement.lines, [one.reason for one in statement.left_out]) == ((), ["moves nothing"])


def test_several_statements_stand_in_one_document():
    two = writers.european(), replace(writers.american(), number=18)
    assert camt053.parse(writers.camt(*two).encode()) == list(two)


def test_an_amount_is_its_whole_text_whatever_comments_stand_in_it():
    (statement,) = parsed(
        change=lambda text: text.replace(
            "100.00</Amt><CdtDbtInd>DBIT", "10<!-- 0 -->0.00</Amt><CdtDbtInd>DBIT"
        )
    )
    assert statement.lines[0].amount == "-100"


def test_a_moment_of_booking_is_the_day_that_the_bank_wrote():
    moment = "<BookgDt><DtTm>2025-10-14T00:00:00+02:00</DtTm></BookgDt>"
    (statement,) = parsed(
        change=lambda text: text.replace("<BookgDt><Dt>2025-10-14</Dt></BookgDt>", moment)
    )
    assert statement.lines[0].booked_at.isoformat() == "2025-10-14T00:00:00+00:00"


def test_the_balance_before_opens_where_there_is_no_opening_one():
    (statement,) = parsed(change=lambda text: text.replace("OPBD", "PRCD"))
    assert statement.opening == "1000"


# --- pages ----------------------------------------------------------------------------------
def page(n, is_last, lines, opening):
    statement = writers.stated(lines, opening=opening)
    text = writers.camt_statement(statement)
    pages = f"<StmtPgntn><PgNb>{n}</PgNb><LastPgInd>{'true' if is_last else 'false'}</LastPgInd></StmtPgntn>"
    text = text.replace("<ElctrncSeqNb>", f"{pages}<ElctrncSeqNb>")
    text = text if n == 1 else text.replace("OPBD", "ITBD")
    return text if is_last else text.replace("CLBD", "ITBD")


def paged(*pages):
    empty = writers.stated([])
    document = writers.camt(empty).replace(writers.camt_statement(empty), "".join(pages))
    return camt053.parse(document.encode())


def test_pages_are_joined():
    other = writers.booked(15, "30", "B2")
    (statement,) = paged(page(1, False, [LINE], "1000"), page(2, True, [other], "900"))
    assert (statement.opening, statement.closing) == ("1000", "930")
    assert statement.lines == (LINE, other)
    assert statement.to_at.isoformat() == "2025-10-15T23:59:59+00:00"


@pytest.mark.parametrize(
    ("pages", "rule"),
    [
        ([page(1, False, [LINE], "1000")], "the last page is missing"),
        ([page(2, True, [LINE], "1000")], "the pages before it are missing"),
        ([page(1, False, [LINE], "1000"), page(3, True, [], "900")], "follows page 1"),
        (
            [page(1, False, [LINE], "1000"), page(2, True, [], "901")],
            "opens with 901; the page before it ends with 900",
        ),
        ([page(1, False, [LINE], "1000"), page(1, True, [], "900")], "the page before it goes on"),
    ],
)
def test_pages_that_do_not_follow_each_other_are_refused(pages, rule):
    with pytest.raises(Unreadable, match=rule):
        paged(*pages)


# --- faults ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "column", "value"),
    [
        ("DE89", "DE88", "Stmt/Acct/Id/IBAN", "DE88370400440532013000"),
        ("COBADEFFXXX", "COBAD9FFXXX", "Stmt/Acct/Svcr/FinInstnId/BIC", "COBAD9FFXXX"),
        (">100.00</Amt><CdtDbtInd>DBIT", ">-100.00</Amt><CdtDbtInd>DBIT", "Ntry/Amt", "-100.00"),
        (">100.00</Amt><CdtDbtInd>DBIT", ">1,00</Amt><CdtDbtInd>DBIT", "Ntry/Amt", "1,00"),
        ('"EUR">100.00', '"USD">100.00', "Ntry/Amt@Ccy", "USD"),
        ('<Amt Ccy="EUR">100.00</Amt>', "", "Ntry/Amt", ""),
        ("<Cd>BOOK</Cd>", "<Cd>WELL</Cd>", "Ntry/Sts", "WELL"),
        ("<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>BOTH</CdtDbtInd>", "Ntry/CdtDbtInd", "BOTH"),
        ("<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>DBIT</CdtDbtInd>" * 2, "Ntry/CdtDbtInd", ""),
        ("<Cd>OPBD</Cd>", "<Cd>XPCD</Cd>", "Bal", ""),
        ("<Cd>CLAV</Cd>", "<Cd>CLBD</Cd>", "Bal", "CLBD"),
        ("<ValDt><Dt>2025-10-14", "<ValDt><Dt>2025-02-30", "Ntry/ValDt/Dt", "2025-02-30"),
        ("R1</EndToEndId>", "R" * 81 + "</EndToEndId>", "TxDtls/Refs/EndToEndId", "R" * 81),
        (">17<", ">١٧<", "Stmt/ElctrncSeqNb", "١٧"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_field_and_value(old, new, column, value):
    assert (column, value) in faults(change=lambda text: text.replace(old, new))


@pytest.mark.parametrize(
    "name", ["camt.052.001.08", "camt.054.001.08", "camt.053.001.01", "pain.001.001.09"]
)
def test_another_document_is_refused_by_its_name(name):
    assert faults(change=lambda text: text.replace("camt.053.001.08", name))[0][0] == "Document"
