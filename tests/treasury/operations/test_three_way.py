"""Three-way proofs: true, with named breaks, or untrue; kept, with when they were last true."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connections

from tests.factories import NOW, funded_pool, payments, released
from tests.treasury.operations.test_statements import AT, bring, line, statement, whole
from together.treasury.models import ThreeWayProof
from together.treasury.operations import payouts, three_way
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions
from together.treasury.queries.three_way import standing


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


def test_a_statement_that_explains_itself_makes_it_true(pool):
    bring(pool, whole(pool))
    found = ThreeWayProof.objects.get()
    assert (found.is_true, found.unexplained, found.cash) == (True, 0, 70_000_000)
    assert (found.settled, found.on_statements, found.in_clearing) == (30_000_000, 30_000_000, 0)


def test_before_any_statement_what_is_on_its_way_is_no_difference(pool):
    now = standing(pool.main_account, NOW).now
    assert (now.is_true, now.expected_in, now.in_clearing) == (True, 100_000_000, 30_000_000)


def test_a_break_is_named_and_the_page_knows_since_when(pool):
    bring(pool, whole(pool))
    more = statement(
        pool, line("e9", "payment", "-1", "NOBODY"), number=2, opening="70", closing="69"
    )
    bring(pool, more)
    found = standing(pool.main_account, NOW)
    assert (found.now.unexplained, found.now.breaks, found.now.breaks_total) == (0, 1, -1_000_000)
    assert found.last_true
    assert found.first_untrue
    assert found.last_true.pk < found.first_untrue.pk
    assert found.reasons == ["1 breaks are not resolved"]


def test_money_that_moves_past_the_books_is_unexplained(pool):
    bring(pool, whole(pool))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_statementline DISABLE TRIGGER USER")
        cursor.execute("UPDATE treasury_statementline SET amount = -9000000 WHERE amount < 0")
        cursor.execute("ALTER TABLE ledger_account DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_account SET balance = balance + 1 WHERE code = 'cash'")
    found = standing(pool.main_account, NOW)
    assert found.now.wrong_lines == 2
    assert found.now.unexplained == 3
    assert "books and statements differ" in found.reasons
    assert three_way.prove_all(at=NOW + timedelta(minutes=5)) == 1


def test_what_did_not_change_is_not_kept_twice(pool):
    bring(pool, whole(pool))
    assert three_way.prove_all(at=NOW + timedelta(minutes=5)) == 0
    assert three_way.prove_all(at=NOW + timedelta(minutes=10)) == 0
    assert ThreeWayProof.objects.count() == 1


def test_a_proof_whose_clock_is_behind_is_of_the_last_ones_moment(pool):
    bring(pool, whole(pool))
    first = ThreeWayProof.objects.get()
    more = statement(
        pool, line("e9", "payment", "-1", "NOBODY"), number=2, opening="70", closing="69"
    )
    bring(pool, more)
    assert three_way.prove_all(at=first.at - timedelta(days=1)) == 1
    assert [p.at >= first.at for p in ThreeWayProof.objects.all()] == [True, True]


def test_a_proof_dated_before_the_last_one_is_refused_by_the_database(pool):
    bring(pool, whole(pool))
    last = ThreeWayProof.objects.get()
    last.pk, last.at = None, last.at - timedelta(seconds=1)
    with pytest.raises(DatabaseError, match="proof of retail is of"):
        last.save(force_insert=True)
    assert ThreeWayProof.objects.count() == 1
