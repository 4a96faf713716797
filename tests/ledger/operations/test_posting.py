"""Posting: all or nothing, once per key, never below what an account holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from together.ledger.models import Account, Entry, Line
from together.ledger.operations import posting
from together.ledger.operations.posting import KeyTaken, NotInTransaction, Overdrawn
from together.ledger.rules.money import Money
from together.ledger.rules.movements import Posting, credit, debit

DAY = date(2025, 10, 14)


def funding(key, minor=1_000_000):
    money = Money(minor, "USDC")
    return Posting(
        key=key,
        kind="POOL_FUNDED",
        on=DAY,
        movements=(debit("cash", "retail", money), credit("fund.available", "retail", money)),
    )


def spending(key, minor):
    money = Money(minor, "USDC")
    return Posting(
        key=key,
        kind="TEST_SPENT",
        on=DAY,
        movements=(debit("fund.available", "retail", money), credit("fund.paid", "retail", money)),
    )


def balance(code="cash", subject="retail"):
    return Account.objects.get(chart_id=code, subject=subject).balance


def post(*entries):
    with transaction.atomic():
        return posting.post_all(entries)


@pytest.mark.django_db
def test_an_entry_moves_the_balances_of_its_accounts():
    assert post(funding("a")) == [True]
    assert (balance(), balance("fund.available")) == (1_000_000, -1_000_000)
    assert Line.objects.filter(entry__key="a").count() == 2


@pytest.mark.django_db
def test_the_same_entry_again_changes_nothing():
    post(funding("a"))
    assert post(funding("a"), funding("b")) == [False, True]
    assert balance() == 2_000_000
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_a_key_with_other_content_is_refused():
    post(funding("a"))
    with pytest.raises(KeyTaken, match="key a is in the books with another content"):
        post(funding("a", 2))
    assert balance() == 1_000_000


@pytest.mark.django_db
def test_more_than_an_account_holds_is_refused_and_nothing_of_the_batch_stays():
    post(funding("a"))
    with pytest.raises(Overdrawn, match=r"fund\.available retail USDC holds -1000000"):
        post(funding("b"), spending("c", 2_000_001))
    assert (Entry.objects.count(), balance()) == (1, 1_000_000)


@pytest.mark.django_db
def test_within_a_batch_only_the_sum_counts():
    assert post(spending("s", 1_000_000), funding("f")) == [True, True]
    assert balance("fund.available") == 0


@pytest.mark.django_db
def test_a_reversal_names_what_it_reverses_once():
    post(funding("a"))
    back = Posting(
        key="a:reversed",
        kind="REVERSED",
        on=DAY,
        movements=tuple(reversed(spending("x", 1_000_000).movements)),
        reverses="a",
    )
    post(back)
    assert Entry.objects.get(key="a:reversed").reverses.key == "a"
    again = Posting(key="a:again", kind="REVERSED", on=DAY, movements=back.movements, reverses="a")
    with pytest.raises(DatabaseError):
        post(again)


@pytest.mark.django_db
def test_an_entry_cannot_reverse_what_is_not_there():
    lines = funding("x").movements
    entry = Posting(key="r", kind="R", on=DAY, movements=lines, reverses="nowhere")
    with pytest.raises(DatabaseError, match="nowhere, which is not in the books"):
        post(entry)


def test_posting_outside_a_transaction_is_refused(own_database):
    with pytest.raises(NotInTransaction, match="entry a"):
        posting.post(funding("a"))
    assert not Entry.objects.exists()


def test_no_line_joins_an_entry_in_a_later_transaction_of_the_owner_either(own_database):
    from django.db import connections

    post(funding("a"))
    with pytest.raises(DatabaseError, match="no line joins it"), transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_line (entry_id, account_id, asset, amount)"
                " SELECT entry_id, account_id, asset, amount FROM ledger_line"
            )


def test_balances_are_right_under_thirty_two_posters_at_once(own_database):
    post(funding("start", 10_000))

    def pay(poster):
        done = 0
        try:
            for n in range(25):
                try:
                    post(spending(f"{poster}:{n}", 17), funding(f"{poster}:{n}:in", 3))
                    done += 1
                except Overdrawn:
                    pass
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(32) as pool:
        done = sum(pool.map(pay, range(32)))
    # 14 a time: the pool covers 714 of the 800 and not one more.
    assert done == (10_000 - 3) // 14
    assert balance("fund.available") == -(10_000 - 14 * done)
    assert balance("fund.paid") == -17 * done
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_account a WHERE balance <>"
            " (SELECT coalesce(sum(amount), 0) FROM ledger_line l WHERE l.account_id = a.id)"
        )
        assert cursor.fetchone() == (0,)
