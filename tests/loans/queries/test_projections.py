"""What the database works out of projections is what the rules say, and a proof compares it."""

from datetime import timedelta
from fractions import Fraction
from itertools import product

import pytest
from django.core.management import call_command
from django.db import connection

from loans.models import Event, Projection
from loans.operations import closing
from loans.queries import projections, proofs_of_books
from loans.queries.lives import life_of, target_of
from loans.rules.rounding import MODES, rounded
from tests.factories import NOW, TODAY
from tests.loans.factories import active_loan, close, receipt

M = 10**6
DAY = timedelta(days=1)


@pytest.mark.django_db
def test_the_database_rounds_as_the_rules_do():
    numerators = [*range(-25, 26), 2**62 - 1, -(2**62 - 1), 2**61, -(2**61)]
    asked = list(product(numerators, (1, 2, 3, 4, 7, 10, 36_000, 2**62 - 1), MODES))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT loans_rounded(n, d, m) FROM unnest(%s::bigint[], %s::bigint[], %s::text[])"
            " WITH ORDINALITY AS asked(n, d, m, position) ORDER BY position",
            [list(column) for column in zip(*asked, strict=True)],
        )
        found = [row[0] for row in cursor.fetchall()]
    assert found == [int(rounded(Fraction(n, d), Fraction(1), mode)) for n, d, mode in asked]


def test_a_projection_says_of_each_day_what_the_replay_says(pool, pay):
    loan = active_loan(pool, pay)
    until = Projection.objects.get(loan=loan).until
    days = [TODAY + n * DAY for n in range((until - TODAY).days)]
    found = projections.interest([(loan.pk, day) for day in [TODAY - DAY, *days, until]])
    life = life_of(loan)
    assert found == {(loan.pk, day): target_of(loan, day, life).interest for day in days}


def test_a_stale_projection_says_nothing(pool, pay):
    loan = active_loan(pool, pay)
    line = receipt(loan, "1", TODAY)
    Event.objects.create(
        **{"loan": loan, "sequence": 2, "type": "repayment", "on": TODAY, "amount": M},
        line=line,
        recorded_at=NOW,
    )
    assert projections.interest([(loan.pk, TODAY)]) == {}
    assert closing.close_shard(loans=[loan.pk], day=TODAY + DAY, at=NOW) == closing.Closed()


@pytest.mark.parametrize("segment", range(6))
@pytest.mark.parametrize("column", ["bases", "numerators", "slopes"])
def test_every_segment_is_held_against_the_replay(pool, pay, segment, column):
    loan = active_loan(pool, pay)
    stored = Projection.objects.get(loan=loan)
    getattr(stored, column)[segment] += 10_000
    stored.save()
    (broken,) = (check for check in proofs_of_books.checks() if not check.holds)
    assert loan.number in broken.found


def test_a_segment_that_was_tampered_with_is_found_and_named(pool, pay, capsys):
    sound, tampered = active_loan(pool, pay), active_loan(pool, pay)
    close(sound, TODAY + 3 * DAY)
    name = f"Loans of {pool.code}: projection = replay"
    (before,) = (check for check in proofs_of_books.checks() if check.name == name)
    assert (before.holds, before.found) == (True, "2 projected loans agree")
    stored = Projection.objects.get(loan=tampered)
    stored.bases[1] += 10_000
    stored.save()
    (broken,) = (check for check in proofs_of_books.checks() if not check.holds)
    assert broken.name == name
    assert tampered.number in broken.found
    with pytest.raises(SystemExit) as ended:
        call_command("prove")
    assert ended.value.code == 1
    assert tampered.number in capsys.readouterr().out
