"""Projections read: what fresh ones say of a day, worked out by the database for many loans."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import connection

from loans.models import Projection

# See Note [straight pieces]. On a day before the first segment there is none (n = 0), so null:
# the books of the loan stand at a later day.
INTEREST = """
    j.bases[s.n] + j.unit * loans_rounded(
        j.numerators[s.n] + j.slopes[s.n] * (asked.day - j.days[s.n]),
        j.denominators[s.n], j.rounding)"""
FRESH = """
    JOIN loans_projection j ON j.loan_id = asked.loan AND asked.day < j.until
     AND j.events = (SELECT max(e.sequence) FROM loans_event e WHERE e.loan_id = j.loan_id)
   CROSS JOIN LATERAL (SELECT width_bucket(asked.day, j.days) AS n OFFSET 0) AS s"""
# Those of some loans that have a fresh projection, with the interest to book for a day: what the
# projection says less what is in the books, zero if they stand at this day already. The loans are
# closed up to the day before and locked, so that it stays so. It looks nothing up by business
# date: of a column that changes for all loans at once the database has no good statistics, and
# would read them all.
DUE = f"""
    SELECT l.id AS loan, l.number::text AS number, l.pool_id::text AS pool, p.asset::text AS asset,
           coalesce({INTEREST} - coalesce(a.balance, 0), 0) AS accrued
      FROM (SELECT loan, %(day)s::date AS day
              FROM unnest(%(loans)s::bigint[]) AS given(loan)) AS asked
      JOIN loans_loan l ON l.id = asked.loan
      JOIN treasury_pool p ON p.code = l.pool_id {FRESH}
      LEFT JOIN ledger_account a
        ON (a.code, a.subject, a.asset) = ('loan.interest', l.number, p.asset)
"""  # noqa: S608 - the two pieces are constants


def interest(asked: Sequence[tuple[int, date]]) -> dict[tuple[int, date], int]:
    """Give what fresh projections say: interest not paid, in minor units, by loan and day."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT asked.loan, asked.day, {INTEREST}
              FROM unnest(%s::bigint[], %s::date[]) AS asked(loan, day) {FRESH}
             WHERE s.n > 0
            """,  # noqa: S608 - as above
            [[loan for loan, _ in asked], [day for _, day in asked]],
        )
        return {(loan, day): amount for loan, day, amount in cursor.fetchall()}


def telling_days(loans: Sequence[int]) -> dict[int, list[date]]:
    """Give the first and the last day of each segment, by loan: the two that a line hangs on."""
    stored = Projection.objects.filter(pk__in=loans).values_list("pk", "days", "until")
    return {
        loan: [*days, *(day - timedelta(days=1) for day in (*days[1:], until))]
        for loan, days, until in stored
    }
