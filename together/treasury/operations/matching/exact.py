"""
Lines that say exactly what they are: matched as a set, whatever their number.

A line is taken here only if no other open line has its reference, so that nothing is left to be
weighed; all others go to the rules of ``rules/matching``.
"""

# Of each reference the only open line of its type.
LONE = """
lone AS MATERIALIZED (
    SELECT l.id, l.account_id, l.type, l.amount, l.reference, l.booked_at, l.counterparty,
           l.counterparty_account
      FROM (SELECT min(o.id) AS id
              FROM treasury_openline w JOIN treasury_statementline o ON o.id = w.line_id
             WHERE w.account_id = %(account)s
             GROUP BY o.type, o.reference HAVING count(*) = 1) AS only_
      JOIN treasury_statementline l ON l.id = only_.id
     WHERE NOT EXISTS (SELECT FROM treasury_proposal p
                        WHERE p.line_id = l.id AND p.declined_at IS NOT NULL))
"""
# The counterparty of a line, where it is told, is the payee: sign by sign, or else written plain.
AGREES = """
(l.counterparty_account = '' AND (%(is_exchange)s IS FALSE OR l.counterparty = '')
 OR coalesce(t.identifier, i.payee)
    = CASE WHEN l.counterparty_account <> '' THEN l.counterparty_account ELSE l.counterparty END
 OR treasury_plain(coalesce(t.identifier, i.payee)) = treasury_plain(
     CASE WHEN l.counterparty_account <> '' THEN l.counterparty_account ELSE l.counterparty END))
"""
INSERT = """
INSERT INTO treasury_match (line_id, kind, instruction_id, funding_id, amount, rule,
                            effect_digest, matched_at)
"""
# What was matched and stands: neither undone nor an undoing. Asked row by row, and not as a sum, it
# joins as a set; a sum for each would look through the very rows that are being written.
STANDS = """
m.undoes_id IS NULL AND NOT EXISTS (
    SELECT FROM treasury_match u WHERE u.undoes_id IS NOT NULL AND u.undoes_id = m.id)
"""
PAYMENTS_AND_FUNDINGS = """
WITH {lone}
{insert}
SELECT l.id, 'payment', i.id, NULL, l.amount, 'reference', '', %(at)s
  FROM lone l JOIN treasury_instruction i ON i.reference = l.reference AND i.amount = -l.amount
  JOIN treasury_batch b ON b.id = i.batch_id
  JOIN treasury_disbursement d ON d.id = b.disbursement_id AND d.account_id = l.account_id
  LEFT JOIN treasury_destination t ON t.id = i.destination_id
 WHERE l.type = 'payment' AND i.state IN ('settled', 'returned') AND {agrees}
   AND i.settled_at::date - 1 <= l.booked_at::date
   AND NOT EXISTS (SELECT FROM treasury_match m
                    WHERE m.instruction_id = i.id AND m.kind = 'payment' AND {stands})
 UNION ALL
SELECT l.id, 'funding', NULL, f.id, l.amount, 'reference', '', %(at)s
  FROM lone l JOIN treasury_funding f ON f.reference = l.reference AND f.amount = l.amount
                                     AND f.account_id = l.account_id
 WHERE l.type = 'receipt'
   AND EXISTS (SELECT FROM ledger_entry e WHERE e.key = 'funding:' || f.reference)
   AND NOT EXISTS (SELECT FROM treasury_match m WHERE m.funding_id = f.id AND {stands})
"""
RETURNS = """
WITH {lone}, there AS MATERIALIZED (
    SELECT l.id AS line, i.id AS instruction, l.amount
      FROM lone l JOIN treasury_instruction i ON i.reference = l.reference AND i.amount = l.amount
      JOIN treasury_batch b ON b.id = i.batch_id
      JOIN treasury_disbursement d ON d.id = b.disbursement_id AND d.account_id = l.account_id
      LEFT JOIN treasury_destination t ON t.id = i.destination_id
     WHERE l.type = 'return' AND i.state = 'settled' AND {agrees}
       -- See Note [a payment that left twice]: where a payment of the amount waits, rules look
       -- closer.
       AND NOT EXISTS (SELECT FROM treasury_openline v
                         JOIN treasury_statementline o ON o.id = v.line_id
                        WHERE v.account_id = %(account)s
                          AND o.type = 'payment' AND o.amount = -l.amount)),
explained AS (
    SELECT instruction_id, sum(amount) FILTER (WHERE kind = 'payment') AS paid,
           coalesce(sum(amount) FILTER (WHERE kind = 'return'), 0) AS back
      FROM treasury_match WHERE instruction_id IN (SELECT instruction FROM there)
     GROUP BY instruction_id)
{insert}
SELECT t.line, 'return', t.instruction, NULL, t.amount, 'reference', '', %(at)s
  FROM there t JOIN explained e ON e.instruction_id = t.instruction
 WHERE e.paid = -t.amount AND e.back = 0
"""
# Payments of files that have left, of which a line says exactly that the bank made them.
FILED = """
SELECT i.reference, l.booked_at, l.entry_id
  FROM treasury_openline w
  JOIN treasury_statementline l ON l.id = w.line_id
  JOIN treasury_instruction i ON i.reference = l.reference AND i.amount = -l.amount
  JOIN treasury_filedpayment f ON f.instruction_id = i.id AND f.state = 'listed'
  LEFT JOIN treasury_destination t ON t.id = i.destination_id
 WHERE w.account_id = %(account)s AND l.type = 'payment'
   AND i.state IN ('sending', 'unknown') AND {agrees} ORDER BY l.id
"""
# Which of the payments that rules found left with a file and are not settled yet.
NOT_SETTLED = """
SELECT reference, id FROM treasury_instruction
 WHERE id = ANY (%(wanted)s::bigint[]) AND state IN ('sending', 'unknown') ORDER BY id
"""
# What is returned is looked for when what was paid is closed.
STEPS = (PAYMENTS_AND_FUNDINGS, RETURNS)
# Money in that resembles no funding: a programme allocates it.
RECEIPTS = """
{insert}
SELECT l.id, 'receipt', NULL, NULL, l.amount, 'money received', '', %(at)s
  FROM treasury_openline w JOIN treasury_statementline l ON l.id = w.line_id
 WHERE w.account_id = %(account)s AND l.type = 'receipt'
   AND NOT EXISTS (SELECT FROM treasury_proposal p
                    WHERE p.line_id = l.id AND p.declined_at IS NULL)
   AND NOT EXISTS (SELECT FROM treasury_match m WHERE m.line_id = l.id)
   AND NOT EXISTS (SELECT FROM treasury_funding f
                    WHERE treasury_plain(f.reference) = treasury_plain(l.reference))
"""
# Lines whose parts add up to them now, with the words of the rules, or else of the set; and whether
# there is more to each than payments.
ADD_UP = """
WITH summed AS (
    SELECT m.line_id, sum(m.amount) AS amount, min(m.kind) AS kind,
           bool_or(m.kind = 'receipt') AS r, bool_or(m.kind <> 'payment') AS is_other
      FROM treasury_match m JOIN treasury_openline w ON w.line_id = m.line_id
     WHERE w.account_id = %(account)s GROUP BY m.line_id)
UPDATE treasury_statementline l
   SET state = 'matched', is_receipt = s.r, owner_id = NULL,
       reason = coalesce((%(words)s::jsonb) ->> l.id::text, CASE s.kind
           WHEN 'return' THEN 'return of a payment' WHEN 'funding' THEN 'funding'
           WHEN 'receipt' THEN 'money received' ELSE 'reference and amount' END)
  FROM summed s WHERE s.line_id = l.id AND s.amount = l.amount
RETURNING l.id, s.is_other
"""
EXPLAIN = """
UPDATE treasury_statementline l SET reason = coalesce((%(words)s::jsonb) ->> l.id::text, CASE
    WHEN l.type = 'receipt' THEN 'a funding that is not booked, or with another amount'
    WHEN l.type NOT IN ('payment', 'return') THEN 'not a payment: it is resolved by a person'
    WHEN i.id IS NULL THEN 'no instruction has this reference'
    WHEN i.amount <> abs(l.amount) THEN 'the instruction is of another amount'
    WHEN i.state NOT IN ('settled', 'returned') THEN 'the instruction is ' || i.state
    WHEN l.type = 'return' THEN 'its payment is on no statement, or came back before'
    WHEN NOT EXISTS (SELECT FROM treasury_match m
                      WHERE m.instruction_id = i.id AND m.kind = 'payment' AND {stands})
        THEN CASE WHEN l.booked_at::date < i.settled_at::date - 1
                  THEN 'booked before its payment left' ELSE 'of another payee or account' END
    ELSE 'its payment is on a statement already: paid twice?' END)
  FROM treasury_openline w JOIN treasury_statementline x ON x.id = w.line_id
  LEFT JOIN treasury_instruction i ON i.reference = x.reference
 WHERE l.id = w.line_id AND w.account_id = %(account)s
"""


def text(statement: str) -> str:
    """Put the parts that the statements share in their places."""
    parts = {"{lone}": LONE, "{insert}": INSERT, "{agrees}": AGREES, "{stands}": STANDS}
    for name, part in parts.items():
        statement = statement.replace(name, part)
    return statement
