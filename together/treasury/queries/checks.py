"""Proofs of the treasury: books = instructions = statements, each account to the minor unit."""

from typing import Any

from django.db import connection

from together.ledger.rules.checks import Check, equal
from together.ledger.rules.money import shown

# Per account: cash in the books; the last closing balance; lines that are breaks; fundings that are
# booked and on no statement yet.
CASH = """
SELECT p.code, p.asset,
       coalesce((SELECT balance FROM ledger_account
                  WHERE code = 'cash' AND subject = p.code AND asset = p.asset), 0),
       coalesce((SELECT closing FROM treasury_statement s WHERE s.account_id = p.code
                  ORDER BY number DESC LIMIT 1), 0),
       coalesce((SELECT sum(l.amount)
                   FROM treasury_openline w JOIN treasury_statementline l ON l.id = w.line_id
                  WHERE w.account_id = p.code), 0)::bigint,
       (SELECT count(*) FROM treasury_openline w WHERE w.account_id = p.code),
       coalesce((SELECT sum(f.amount) FROM treasury_funding f WHERE f.account_id = p.code
                    AND EXISTS (SELECT FROM ledger_entry e WHERE e.key = 'funding:' || f.reference)
                    AND NOT EXISTS (SELECT FROM treasury_match m WHERE m.funding_id = f.id
                                     GROUP BY m.funding_id HAVING sum(m.amount) <> 0)), 0)::bigint
  FROM treasury_cashaccount p ORDER BY p.code
"""
# Per account: what its batches hold in the books, and what their instructions say they should.
BATCHES = """
SELECT p.code, p.asset,
       coalesce(sum(i.amount) FILTER (WHERE i.state IN ('settled', 'returned')), 0)::bigint,
       coalesce((SELECT sum(l.amount) FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
                   JOIN ledger_account a ON a.id = l.account_id
                  WHERE e.kind IN ('PAYMENT_SETTLED', 'SETTLEMENT_UNDONE')
                    AND a.code = 'allotment' AND a.subject IN (
                        SELECT b2.number FROM treasury_batch b2
                          JOIN treasury_disbursement d2 ON d2.id = b2.disbursement_id
                         WHERE d2.account_id = p.code)), 0)::bigint,
       coalesce(sum(i.amount) FILTER (
           WHERE b.released_at IS NOT NULL AND i.state NOT IN ('settled', 'returned')
             AND CASE WHEN i.state = 'refused' THEN NOT treasury_moved_on(i.id) ELSE true END),
           0)::bigint,
       (SELECT coalesce(-sum(balance), 0)::bigint FROM ledger_account a
         WHERE a.code = 'allotment' AND a.subject IN (SELECT b2.number FROM treasury_batch b2
               JOIN treasury_disbursement d2 ON d2.id = b2.disbursement_id
              WHERE d2.account_id = p.code)),
       coalesce(sum(i.amount) FILTER (WHERE i.state IN ('settled', 'returned') AND NOT EXISTS (
             SELECT FROM treasury_match m WHERE m.instruction_id = i.id AND m.kind = 'payment'
              GROUP BY m.instruction_id HAVING sum(m.amount) <> 0)), 0)::bigint,
       (SELECT coalesce(-sum(balance), 0)::bigint FROM ledger_account a
         WHERE a.code = 'clearing.out' AND a.subject IN (SELECT b2.number FROM treasury_batch b2
               JOIN treasury_disbursement d2 ON d2.id = b2.disbursement_id
              WHERE d2.account_id = p.code))
  FROM treasury_cashaccount p
  LEFT JOIN treasury_disbursement d ON d.account_id = p.code AND d.state = 'released'
  LEFT JOIN treasury_batch b ON b.disbursement_id = d.id
  LEFT JOIN treasury_instruction i ON i.batch_id = b.id
 GROUP BY p.code, p.asset ORDER BY p.code
"""
# Per account: legs of conversions that are on no statement yet, by the books and by the matches.
LEGS = """
SELECT k.code, k.asset,
       coalesce((SELECT -balance FROM ledger_account
                  WHERE code = 'clearing.conversion' AND subject = k.code), 0),
       (SELECT coalesce(sum(CASE WHEN c.sold_from_id = k.code THEN c.sold ELSE -c.bought END), 0)
          FROM treasury_conversion c
         WHERE c.state = 'booked' AND k.code IN (c.sold_from_id, c.bought_on_id))::bigint
       + (SELECT coalesce(sum(m.amount), 0) FROM treasury_match m
            JOIN treasury_statementline l ON l.id = m.line_id
           WHERE m.kind = 'conversion' AND l.account_id = k.code)::bigint
  FROM treasury_cashaccount k
 WHERE EXISTS (SELECT FROM treasury_conversion c WHERE k.code IN (c.sold_from_id, c.bought_on_id))
 ORDER BY k.code
"""
# Payments that left once more after all of them did: the proof that balanced books cannot give.
TWICE = """
SELECT count(*) FROM treasury_openline w JOIN treasury_statementline l ON l.id = w.line_id
  JOIN treasury_instruction i USING (reference)
 WHERE l.type = 'payment' AND i.amount = (
       SELECT -sum(m.amount) FROM treasury_match m
        WHERE m.instruction_id = i.id AND m.kind = 'payment')
"""
# Lines that are breaks and not found as such, or found and none.
UNSEEN = """
SELECT count(*) FROM (SELECT id, account_id FROM treasury_statementline WHERE state = 'break') AS l
  FULL JOIN treasury_openline w ON w.line_id = l.id
 WHERE w.account_id IS DISTINCT FROM l.account_id
"""
# Matches of nothing that is there: 0039 and 0055 say what keeps them from being there.
LOOSE = """
SELECT count(*) FROM treasury_match m
 WHERE NOT EXISTS (SELECT FROM treasury_statementline l WHERE l.id = m.line_id)
    OR m.instruction_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM treasury_instruction i WHERE i.id = m.instruction_id)
    OR m.funding_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM treasury_funding f WHERE f.id = m.funding_id)
    OR m.conversion_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM treasury_conversion c WHERE c.id = m.conversion_id)
    OR m.undoes_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM treasury_match u WHERE u.id = m.undoes_id)
"""
# Files that somebody took, although exactly their bytes were not approved.
FILES = """
SELECT count(*) FROM treasury_paymentfile f
 WHERE f.handed_over_at IS NOT NULL
   AND (f.digest <> encode(sha256(f.data), 'hex') OR NOT treasury_file_approved(f))
"""


def checks() -> list[Check]:
    """Prove each account: cash against statements, allotments and clearing against instructions."""
    found: list[Check] = []
    for code, asset, cash, closing, breaks, count, fundings in _rows(CASH):
        named = f" less {count} named breaks" if count else ""
        found.append(
            equal(
                f"{code}: cash in the books = its statements{named}",
                shown(closing - breaks + fundings, asset),
                shown(cash, asset),
            )
        )
    for code, asset, settled, booked, waiting, allotted, unstated, clearing in _rows(BATCHES):
        for name, expected, is_now in (
            ("payments booked = instructions settled", settled, booked),
            ("allotments = instructions released and not settled", waiting, allotted),
            ("in clearing = settled, on no statement yet", unstated, clearing),
        ):
            found.append(equal(f"{code}: {name}", shown(expected, asset), shown(is_now, asset)))
    for code, asset, in_books, waiting in _rows(LEGS):
        name = f"{code}: legs of conversions in clearing = booked, on no statement yet"
        found.append(equal(name, shown(waiting, asset), shown(in_books, asset)))
    found.append(equal("payments that stand twice on statements", 0, _rows(TWICE)[0][0]))
    found.append(equal("breaks that are not found as such", 0, _rows(UNSEEN)[0][0]))
    found.append(equal("matches of what is not there", 0, _rows(LOOSE)[0][0]))
    found.append(equal("files handed over that are not as approved", 0, _rows(FILES)[0][0]))
    return found


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
