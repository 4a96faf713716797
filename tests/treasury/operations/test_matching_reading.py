"""What the rules of matching are told: all that a line may be, and no payment besides."""

import random
from itertools import islice

import pytest
from django.db import connections

from tests.factories import NOW
from tests.treasury import noise_books
from tests.treasury.noise import noisy
from tests.treasury.noise_orders import orders
from together.treasury.models import Instruction
from together.treasury.operations import disbursements
from together.treasury.operations.matching import match, reading, sets
from together.treasury.rules.matching.board import cut

COUNT, BATCH, SEED = 3_000, 60, 5
# The same question without an index: every payment of the account is looked at.
OF_ALL = """
WITH explained AS (
    SELECT instruction_id,
           -coalesce(sum(amount) FILTER (WHERE kind = 'payment'), 0)::bigint AS paid,
           coalesce(sum(amount) FILTER (WHERE kind = 'return'), 0)::bigint AS back
      FROM treasury_match WHERE instruction_id IS NOT NULL GROUP BY instruction_id),
there AS (
    SELECT i.id, i.reference, coalesce(t.identifier, i.payee) AS payee, coalesce(t.holder, ''),
           i.amount, (coalesce(i.settled_at, p.handed_over_at) AT TIME ZONE 'UTC')::date,
           b.number AS batch, coalesce(m.paid, 0) AS paid, coalesce(m.back, 0) AS back
      FROM treasury_instruction i
      JOIN treasury_batch b ON b.id = i.batch_id
      JOIN treasury_disbursement d ON d.id = b.disbursement_id
      LEFT JOIN treasury_destination t ON t.id = i.destination_id
      LEFT JOIN treasury_filedpayment f ON f.instruction_id = i.id AND f.state = 'listed'
      LEFT JOIN treasury_paymentfile p ON p.id = f.file_id
      LEFT JOIN explained m ON m.instruction_id = i.id
     WHERE d.account_id = %(account)s
       AND (i.state IN ('settled', 'returned')
            OR i.state IN ('sending', 'unknown') AND p.handed_over_at IS NOT NULL))
SELECT * FROM there
 WHERE paid = 0 AND -amount = ANY(%(amounts)s::bigint[])
    OR paid = amount AND back = 0 AND amount = ANY(%(amounts)s::bigint[])
    OR treasury_plain(reference) = ANY(%(references)s::text[])
    OR treasury_plain(batch) = ANY(%(references)s::text[])
    OR treasury_plain(payee) = ANY(%(accounts)s::text[])
 ORDER BY id
"""


@pytest.fixture(params=[False, True], ids=["wallet", "bank"])
def account(own_database, monkeypatch, request):
    """Give an account with paid payments and a noisy statement that is not matched yet."""
    monkeypatch.setattr(disbursements, "BATCH_SIZE", BATCH)
    ordered = orders(seed=SEED, count=COUNT, batch_size=BATCH)
    told = noisy(ordered, seed=SEED, is_bank=request.param)
    found = noise_books.paid(ordered, is_bank=request.param)
    noise_books.bring(found, [line for line, _ in told])
    with connections["owner"].cursor() as owner:
        owner.execute("ANALYZE")
    return found


def asked(account, lines):
    return reading.looked_for(account, lines, reading.rules_of(account), cut(lines))


def by_index(account, lines, *, is_many=False):
    found = sets.run(reading.INSTRUCTIONS, asked(account, lines), is_many=is_many)
    return [row[:-1] for row in found]


def of_all(account, lines):
    return sets.run(OF_ALL, asked(account, lines), is_many=True)


def rows_read(statement, wanted):
    """Count the rows that a statement takes from payments and matches, used or not."""
    with connections["default"].cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) " + statement, wanted)
        (plan,) = cursor.fetchone()[0]
    return sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in nodes(plan["Plan"])
        if node.get("Relation Name") in ("treasury_instruction", "treasury_match")
    )


def nodes(plan):
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes(one)


def test_by_index_is_found_what_is_found_among_all(account):
    chance = random.Random(SEED)
    before = reading.lines_of(account)
    match(account=account, at=NOW)
    left = reading.lines_of(account)
    assert 0 < len(left) < 100 < len(before)
    # Explained or open: what a line may be is asked after the matching as before it.
    for lines in (left, before, [], *([line] for line in left)):
        assert by_index(account, lines) == of_all(account, lines)
    assert by_index(account, before, is_many=True) == of_all(account, before)
    for _ in range(60):
        some = chance.sample(before, chance.randrange(1, 12))
        assert by_index(account, some) == of_all(account, some)


def test_a_small_statement_reads_what_its_lines_may_be_and_not_all_payments(account):
    before = reading.lines_of(account)
    match(account=account, at=NOW)
    with connections["owner"].cursor() as owner:
        owner.execute("ANALYZE")
    amounts = dict.fromkeys(line.amount for line in before)
    # Amounts at a floor are those of many: lines with one of their own are what is counted here.
    own = [a for a in amounts if Instruction.objects.filter(amount=abs(a)).count() == 1]
    lines = [line for line in islice(before, 500) if line.amount in own][:5]
    assert len(lines) == 5
    wanted = asked(account, lines)
    assert rows_read(reading.INSTRUCTIONS, wanted) <= 20 * len(lines)
    assert rows_read(OF_ALL, wanted) >= COUNT
