"""Posting: all or nothing, once per key, never below what an account holds."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

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
        kind="TEST_FUNDED",
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


def new_of(*entries):
    """Post entries as sets of one statement, and count what is new."""
    given = [(n, e.key, e.kind, e.on) for n, e in enumerate(entries, start=1)]
    lines = [
        (n, m.code, m.subject, m.asset, m.amount)
        for n, e in enumerate(entries, start=1)
        for m in e.movements
    ]
    statement = f"""
        WITH entries AS (
            SELECT *, ''::text AS narrative, ''::text AS reverses
              FROM unnest(%(n)s::int[], %(key)s::text[], %(kind)s::text[], %(day)s::date[])
                   AS e(n, key, kind, day)),
        lines AS (
            SELECT * FROM unnest(%(of)s::int[], %(code)s::text[], %(subject)s::text[],
                                 %(asset)s::text[], %(amount)s::bigint[])
                     AS l(n, code, subject, asset, amount))
        {posting.batch_of(entries="entries", lines="lines")}
    """
    names = ("n", "key", "kind", "day"), ("of", "code", "subject", "asset", "amount")
    columns = {
        name: [row[place] for row in rows]
        for rows, of in zip((given, lines), names, strict=True)
        for place, name in enumerate(of)
    }
    return posting.run(statement, columns)[0]


@pytest.mark.django_db
def test_sets_of_a_statement_are_posted_as_a_batch_is():
    with transaction.atomic():
        assert new_of(funding("a"), funding("b")) == 2
        assert new_of(funding("a"), funding("c")) == 1
        assert new_of() == 0
    assert post(funding("b"), funding("c")) == [False, False]
    assert balance() == 3_000_000


@pytest.mark.django_db
def test_a_set_is_refused_by_the_names_that_a_batch_is():
    with transaction.atomic():
        new_of(funding("a"))
        with pytest.raises(KeyTaken, match="key a is in the books with another content"):
            new_of(funding("a", 2), funding("b"))
        with pytest.raises(Overdrawn, match=r"fund\.available retail USDC holds -1000000"):
            new_of(funding("b"), spending("c", 2_000_001))
    assert (Entry.objects.count(), balance()) == (1, 1_000_000)


def test_a_set_outside_a_transaction_is_refused(own_database):
    with pytest.raises(NotInTransaction, match="a set of entries"):
        new_of(funding("a"))
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("entries", "amounts", "said"),
    [
        ([1, 1], [5, -4], "entry k1 is off by 1 USDC"),
        ([1], [5], "entry k1 needs two lines or more"),
        ([1, 1, 2, 2], [5, -5, 5, -5], "line 3 belongs to no entry"),
        ([1, 1, None], [5, -5, 0], "line 3 belongs to no entry"),
        ([1, 1], [None, None], "entry k1 is off by"),
        ([], [], "entry k1 needs two lines or more"),
    ],
)
def test_the_database_says_what_is_wrong_with_a_batch(entries, amounts, said):
    with pytest.raises(DatabaseError, match=said), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM ledger_post_batch(ARRAY['k1'], ARRAY['X'],"
                " ARRAY['2025-10-14'::date], ARRAY[''], ARRAY[''], %s::int[], %s::text[],"
                " %s::text[], %s::text[], %s::bigint[])",
                [
                    entries,
                    ["cash", "fund.available"] * (len(entries) // 2)
                    + ["cash"] * (len(entries) % 2),
                    ["retail"] * len(entries),
                    ["USDC"] * len(entries),
                    amounts,
                ],
            )
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_an_account_that_is_not_in_the_chart_is_named():
    with pytest.raises(DatabaseError, match=r"account cash\.mine is not in the chart"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT ledger_post('k', 'X', '2025-10-14', '', '', ARRAY['cash', 'cash.mine'],"
                " ARRAY['retail', 'retail'], ARRAY['USDC', 'USDC'], ARRAY[5, -5]::bigint[])"
            )


def test_two_posters_of_the_same_keys_post_each_once(own_database):
    """The second waits for the first, finds its keys in the books, and posts what is left."""
    first_wrote, first_may_end = Event(), Event()

    def first():
        try:
            with transaction.atomic():
                posting.post_all([funding("a"), funding("b")])
                first_wrote.set()
                first_may_end.wait(20)
        finally:
            connection.close()

    def second():
        try:
            first_wrote.wait(20)
            return post(funding("b"), funding("c"), funding("a"))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(first), pool.submit(second)
        first_wrote.wait(20)
        # The second stands at a key of the first by now, or will find it in the books.
        time.sleep(0.3)
        first_may_end.set()
        one.result()
        assert two.result() == [False, True, False]
    assert (Entry.objects.count(), balance()) == (3, 3_000_000)
