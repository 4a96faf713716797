"""Proofs of the retail programme: awards = instructions = payments = statement lines = books."""

from typing import Any

from django.db import connection

from retail_claims.models import Run
from retail_claims.rules.states import RunState
from together.ledger.models import Account
from together.ledger.rules.checks import Check, equal
from together.ledger.rules.money import Money, parse, shown

# What a run decided, as its rows say.
DECIDED = """
SELECT count(*), coalesce(sum(award), 0)::bigint, coalesce(sum(escrow), 0)::bigint,
       coalesce(sum(payable), 0)::bigint, count(*) FILTER (WHERE payable > 0)
  FROM retail_claims_decision WHERE run_id = %s
"""
# Awards without an instruction of exactly their amount and payee, and instructions without award.
STRAYS = """
SELECT count(*)
  FROM (SELECT %(number)s || ':' || person_id AS subject, payee, payable AS amount
          FROM retail_claims_decision
         WHERE run_id = %(run)s AND decision = 'award' AND payable > 0) AS a
  FULL JOIN (SELECT i.subject, i.payee, i.amount
               FROM treasury_instruction i
               JOIN treasury_batch b ON b.id = i.batch_id
               JOIN treasury_disbursement d ON d.id = b.disbursement_id
              WHERE d.kind = 'award' AND d.subject = %(number)s AND d.state <> 'withdrawn') AS i
       USING (subject, payee, amount)
 WHERE a.amount IS NULL OR i.amount IS NULL
"""
# What the books hold on the accounts of a run's batches.
BATCHES = """
SELECT coalesce(-sum(a.balance), 0)::bigint
  FROM treasury_disbursement d
  JOIN treasury_batch b ON b.disbursement_id = d.id
  JOIN ledger_account a ON a.subject = b.number AND a.code = %(code)s
 WHERE d.kind = 'award' AND d.subject = %(number)s
"""
# Per run: instructed in all, released, moved on by remedies of what was refused, taken by the rail,
# come back, and what statements say of both.
PAID = """
SELECT count(*), coalesce(sum(i.amount), 0)::bigint,
       coalesce(sum(i.amount) FILTER (WHERE b.released_at IS NOT NULL), 0)::bigint,
       coalesce(sum(i.amount) FILTER (WHERE CASE WHEN i.state = 'refused'
                                      THEN treasury_moved_on(i.id) END), 0)::bigint,
       coalesce(sum(i.amount) FILTER (WHERE i.state IN ('settled', 'returned')), 0)::bigint,
       coalesce(sum(i.amount) FILTER (WHERE i.state = 'returned'), 0)::bigint,
       coalesce(sum(l.paid), 0)::bigint, coalesce(sum(l.returned), 0)::bigint
  FROM treasury_instruction i
  JOIN treasury_batch b ON b.id = i.batch_id
  JOIN treasury_disbursement d ON d.id = b.disbursement_id
  LEFT JOIN LATERAL (
       SELECT coalesce(-sum(amount) FILTER (WHERE kind = 'payment'), 0) AS paid,
              coalesce(sum(amount) FILTER (WHERE kind = 'return'), 0) AS returned
         FROM treasury_match WHERE instruction_id = i.id) AS l ON true
 WHERE d.kind = 'award' AND d.subject = %s AND d.state = 'released'
"""
# What was paid for good for a run: taken and not come back, be it paid again.
FOR_GOOD = """
SELECT coalesce(sum(i.amount), 0)::bigint
  FROM treasury_instruction i JOIN treasury_batch b ON b.id = i.batch_id
 WHERE b.disbursement_id IN (SELECT treasury_orders_of('award', %s)) AND i.state = 'settled'
"""


def checks() -> list[Check]:
    """
    Prove every published run; the lines of a run name it.

    They hold while payments are under way too: what is not taken yet is in the allotments, and
    what is on no statement yet is in clearing, in the books.
    """
    published = Run.objects.filter(state=RunState.PUBLISHED).select_related("programme__pool")
    return [check for run in published.order_by("number") for check in _checks(run)]


def _decided(figures: tuple[int, int, int, int], asset: str) -> str:
    """Write persons, awards, escrow and what is payable for people."""
    persons, *amounts = figures
    award, escrow, payable = (shown(amount, asset) for amount in amounts)
    return f"{persons:,} persons, award {award}, escrow {escrow}, payable {payable}"


def _checks(run: Run) -> list[Check]:
    asset, name = run.programme.pool.asset, f"run {run.number}"
    persons, award, escrow, payable, awards = _row(DECIDED, [run.pk])
    approved = (run.persons, run.award_total, run.escrow_total, run.payable_total)
    stored = (persons, award, escrow, payable)
    found = [
        equal(
            f"{name}: stored decisions = what was approved",
            _decided(approved, asset),
            _decided(stored, asset),
        ),
        Check(
            f"{name}: awards and escrow fit into what is available",
            f"at most {run.summary['pool']['available']}",
            shown(award + escrow, asset),
            award + escrow <= parse(run.summary["pool"]["available"], asset).minor_units,
        ),
    ]
    return [*found, *_payments(run, payable, awards), *_books(run, escrow)]


def _payments(run: Run, payable: int, awards: int) -> list[Check]:
    """Prove that each award is instructed, taken and on a statement, none twice, none lost."""
    asset, name = run.programme.pool.asset, f"run {run.number}"
    count, instructed, released, moved, taken, returned, paid, came_back = _row(PAID, [run.number])
    if count == 0:
        return []
    (strays,) = _row(STRAYS, {"run": run.pk, "number": run.number})
    allotted, clearing = (
        _row(BATCHES, {"code": code, "number": run.number})[0]
        for code in ("allotment", "clearing.out")
    )
    pairs = (
        ("instructed = awarded", payable, instructed),
        (
            "taken by the rail + allotments in the books = released, less remedies",
            released - moved,
            taken + allotted,
        ),
        ("on statements + clearing in the books = taken by the rail", taken, paid + clearing),
        ("returned on statements = instructions returned", returned, came_back),
    )
    return [
        equal(f"{name}: instructions = awards", awards, count),
        equal(f"{name}: awards without their instruction, or the reverse", 0, strays),
        *(
            equal(f"{name}: {what}", shown(expected, asset), shown(found, asset))
            for what, expected, found in pairs
        ),
    ]


def _books(run: Run, escrow: int) -> list[Check]:
    """Prove that the books hold what the run set aside and paid."""
    pool, name = run.programme.pool, f"run {run.number}"
    released = _row(PAID, [run.number])[2]
    (for_good,) = _row(FOR_GOOD, [run.number])
    reserve = parse(run.summary["pool"]["appeals_reserve"], pool.asset)
    booked = (
        ("escrow in the books", Money(escrow, pool.asset), "fund.escrowed", run.number),
        ("appeals reserve in the books", reserve, "fund.reserved", pool.code),
        (
            "not released yet in the books",
            Money(run.payable_total - released, pool.asset),
            "fund.awarded",
            run.number,
        ),
        ("paid for good in the books", Money(for_good, pool.asset), "fund.paid", pool.code),
    )
    return [
        equal(f"{name}: {what}", str(money), str(_balance(code, subject, pool.asset)))
        for what, money, code, subject in booked
    ]


def _row(query: str, values: Any) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row: tuple[int, ...] = cursor.fetchone()
    return row


def _balance(code: str, subject: str, asset: str) -> Money:
    """Give what an account of the fund holds, which the books keep on the credit side."""
    account = Account.objects.filter(chart_id=code, subject=subject, asset=asset).first()
    return Money(-account.balance if account else 0, asset)
