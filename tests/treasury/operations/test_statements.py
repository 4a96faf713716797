"""Statements: stored whole or not at all, matched with a reason, never twice."""

from datetime import datetime

import pytest

from tests.factories import NOW, funded_pool, payments, released
from together.ledger.models import Account, Entry
from together.treasury.formats.statement_csv import COLUMNS, Unreadable
from together.treasury.models import Instruction, Statement, StatementLine
from together.treasury.operations import payouts, statements
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions
from together.treasury.operations.statements import DoesNotContinue

AT = "2025-10-14T12:00:00+00:00"


@pytest.fixture
def pool(own_database):
    rail().set_conditions(
        Conditions(latency=0, lateness=0.2, timeout_before=0, timeout_after=0, late=0, returned=0)
    )
    opened = funded_pool(amount="100")
    rail().set_clock(wallet=opened.main_account.identifier, at=datetime.fromisoformat(AT))
    released(opened, payments(["10", "20"]))
    payouts.work(batch="D-00001-0001", worker="w", rail=rail(), seconds=10)
    return opened


def statement(pool, *lines, number=1, opening="0", closing="0"):
    rows = [
        ",".join(COLUMNS),
        f"opening,{number},{AT},,{opening},USDC,{pool.main_account.identifier},",
    ]
    rows += [f"entry,{line}" for line in lines]
    rows.append(f"closing,{number},{AT},,{closing},USDC,{pool.main_account.identifier},")
    return "\n".join(rows).encode()


def line(entry_id, type_, amount, reference, counterparty=""):
    return f"{entry_id},{AT},{type_},{amount},USDC,{reference},{counterparty}"


def bring(pool, data):
    return statements.import_file(account=pool.main_account, data=data, by=None, at=NOW)


def balance(code):
    return sum(Account.objects.filter(chart_id=code).values_list("balance", flat=True))


def states():
    return dict(StatementLine.objects.values_list("entry_id", "state"))


def reasons():
    return dict(StatementLine.objects.filter(state="break").values_list("entry_id", "reason"))


def funding_reference():
    return Entry.objects.get(kind="POOL_FUNDED").key.removeprefix("funding:")


def whole(pool):
    return statement(
        pool,
        line("e1", "receipt", "100", funding_reference()),
        line("e2", "payment", "-10", "PAY-000001"),
        line("e3", "payment", "-20", "PAY-000002"),
        closing="70",
    )


def test_lines_are_matched_by_reference_and_amount_and_the_books_follow(pool):
    bring(pool, whole(pool))
    assert set(states().values()) == {"matched"}
    assert balance("clearing.out") == 0
    assert balance("cash") == 70_000_000
    assert Entry.objects.filter(kind="PAYMENTS_ON_STATEMENT").count() == 1


def test_the_same_statement_again_changes_nothing(pool):
    first = bring(pool, whole(pool))
    before = Entry.objects.count()
    assert first.state == "booked"
    renamed = b"\xef\xbb\xbf" + whole(pool).replace(b"\n", b"\r\n")
    again = bring(pool, renamed)
    assert (again.state, again.statements_told) == ("known", first.statements_told)
    assert (Entry.objects.count(), Statement.objects.count()) == (before, 1)


def test_what_the_rail_writes_is_read_back_to_the_cent(pool):
    rail().receive(
        wallet=pool.main_account.identifier,
        reference=funding_reference(),
        counterparty="treasury",
        amount=100_000_000,
        asset="USDC",
    )
    bring(pool, rail().statement(wallet=pool.main_account.identifier, after=0).encode())
    assert set(states().values()) == {"matched"}
    assert balance("cash") == 70_000_000 == Statement.objects.get().closing


def test_a_line_from_before_its_payment_left_is_not_called_paid_twice(pool):
    early = AT.replace("2025-10-14", "2025-10-01")
    rows = statement(pool, line("e2", "payment", "-10", "PAY-000001"), closing="-10").decode()
    rows = rows.replace(f"opening,1,{AT}", f"opening,1,{early}").replace(f"e2,{AT}", f"e2,{early}")
    bring(pool, rows.encode())
    assert reasons() == {"e2": "booked before its payment left"}


@pytest.mark.parametrize(
    ("rows", "closing", "entry", "reason"),
    [
        ([("e2", "payment", "-11", "PAY-000001")], "-11", "e2", "the amount is another"),
        ([("e2", "payment", "-11", "PAY-777777")], "-11", "e2", "no instruction has this"),
        (
            [("e2", "payment", "-10", "PAY-000001"), ("e3", "payment", "-10", "PAY-000001")],
            "-20",
            "e3",
            "paid twice",
        ),
        ([("e2", "return", "10", "PAY-000001")], "10", "e2", "its payment is on no statement"),
    ],
    ids=["wrong amount", "unknown", "paid twice", "returned before paid"],
)
def test_what_cannot_be_explained_is_a_break_that_says_why(pool, rows, closing, entry, reason):
    bring(pool, statement(pool, *(line(*row) for row in rows), closing=closing))
    assert reason in reasons()[entry]
    assert list(reasons()) == [entry]


def test_a_return_brings_the_money_back_once(pool):
    bring(pool, whole(pool))
    back = statement(
        pool, line("e4", "return", "20", "PAY-000002"), number=2, opening="70", closing="90"
    )
    bring(pool, back)
    bring(pool, back)
    assert Instruction.objects.get(reference="PAY-000002").state == "returned"
    assert (balance("payments.returned"), balance("cash")) == (-20_000_000, 90_000_000)


def test_money_that_names_nothing_we_know_waits_as_received(pool):
    bring(pool, statement(pool, line("e1", "receipt", "7", "L-0001"), closing="7"))
    assert balance("receipts.unallocated") == -7_000_000
    assert StatementLine.objects.get().is_receipt


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"number": 3, "opening": "70", "closing": "71"}, "expected is statement 2"),
        ({"number": 2, "opening": "69", "closing": "70"}, "opening with 70.00 USDC"),
        ({"number": 2, "opening": "70", "closing": "72"}, "off its closing balance by 1.00 USDC"),
    ],
    ids=["gap", "edited opening", "does not add up"],
)
def test_a_statement_that_does_not_continue_is_refused_whole(pool, change, text):
    bring(pool, whole(pool))
    before = Entry.objects.count()
    with pytest.raises(DoesNotContinue, match=text):
        bring(pool, statement(pool, line("e9", "receipt", "1", "X"), **change))
    assert (Entry.objects.count(), Statement.objects.count()) == (before, 1)


def test_a_statement_of_another_wallet_is_refused(pool):
    other = statement(pool, closing="0").replace(
        pool.main_account.identifier.encode(), b"other-wallet"
    )
    with pytest.raises(DoesNotContinue, match="other-wallet"):
        bring(pool, other)


def test_a_payment_that_is_positive_is_refused_by_row(pool):
    data = statement(pool, line("e1", "payment", "5", "PAY-000001"), closing="5")
    with pytest.raises(Unreadable, match="row 2, amount, '5': has the wrong sign"):
        bring(pool, data)
    assert not Statement.objects.exists()


def test_a_line_of_an_earlier_statement_is_refused_by_its_id(pool):
    bring(pool, whole(pool))
    with pytest.raises(DoesNotContinue, match="line e2 stands on statement 1 already"):
        bring(
            pool,
            statement(pool, line("e2", "receipt", "1", "X"), number=2, opening="70", closing="71"),
        )
    assert Statement.objects.count() == 1
