"""What the rules of matching need to know: open lines, and all that they may be."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from together.treasury.models import CashAccount, MatchingPolicy, Proposal
from together.treasury.operations.matching import sets
from together.treasury.rules.destinations import RailKind
from together.treasury.rules.matching.board import Board, Cut, cut
from together.treasury.rules.matching.shapes import Expected, Line, MatchingRules
from together.treasury.rules.matching.texts import is_whole, plain

# From when on a payment that left nobody knows when may be on a statement.
NEVER = date.min.replace(year=2)
LINES = """
SELECT id, type, amount, (booked_at AT TIME ZONE 'UTC')::date, reference, counterparty_account,
       counterparty, details
  FROM treasury_openline w JOIN treasury_statementline l ON l.id = w.line_id
 WHERE w.account_id = %(account)s ORDER BY id
"""
# What a line may be: by its plain reference, its batch, or the payee's account, be it explained
# or open; by its amount (with a fee or without) what is open of it alone. Each is found by an
# index, and only what was matched to it is looked at: an account has more payments every day.
INSTRUCTIONS = """
WITH found AS MATERIALIZED (
    SELECT id, bool_or(is_named) AS is_named FROM (
        SELECT id, true AS is_named FROM treasury_instruction
         WHERE treasury_plain(reference) = ANY(%(references)s::text[])
         UNION ALL
        SELECT i.id, true FROM treasury_batch b JOIN treasury_instruction i ON i.batch_id = b.id
         WHERE treasury_plain(b.number) = ANY(%(references)s::text[])
         UNION ALL
        SELECT id, true FROM treasury_instruction
         WHERE destination_id IS NULL AND treasury_plain(payee) = ANY(%(accounts)s::text[])
         UNION ALL
        SELECT i.id, true
          FROM treasury_destination t JOIN treasury_instruction i ON i.destination_id = t.id
         WHERE treasury_plain(t.identifier) = ANY(%(accounts)s::text[])
         UNION ALL
        SELECT id, false FROM treasury_instruction WHERE amount = ANY(%(sizes)s::bigint[])) AS any_
     GROUP BY id),
explained AS (
    SELECT instruction_id,
           -coalesce(sum(amount) FILTER (WHERE kind = 'payment'), 0)::bigint AS paid,
           coalesce(sum(amount) FILTER (WHERE kind = 'return'), 0)::bigint AS back
      FROM treasury_match WHERE instruction_id = ANY(ARRAY(SELECT id FROM found))
     GROUP BY instruction_id),
there AS (
    SELECT i.id, i.reference, coalesce(t.identifier, i.payee) AS payee, coalesce(t.holder, ''),
           i.amount, (coalesce(i.settled_at, p.handed_over_at) AT TIME ZONE 'UTC')::date,
           b.number AS batch, coalesce(m.paid, 0) AS paid, coalesce(m.back, 0) AS back, is_named
      FROM found
      JOIN treasury_instruction i ON i.id = found.id
      JOIN treasury_batch b ON b.id = i.batch_id
      JOIN treasury_disbursement d ON d.id = b.disbursement_id
      LEFT JOIN treasury_destination t ON t.id = i.destination_id
      LEFT JOIN treasury_filedpayment f ON f.instruction_id = i.id AND f.state = 'listed'
      LEFT JOIN treasury_paymentfile p ON p.id = f.file_id
      LEFT JOIN explained m ON m.instruction_id = i.id
     WHERE d.account_id = %(account)s AND i.id = ANY(ARRAY(SELECT id FROM found))
       AND (i.state IN ('settled', 'returned')
            OR i.state IN ('sending', 'unknown') AND p.handed_over_at IS NOT NULL))
SELECT * FROM there
 WHERE is_named
    OR paid = 0 AND -amount = ANY(%(amounts)s::bigint[])
    OR paid = amount AND back = 0 AND amount = ANY(%(amounts)s::bigint[])
 ORDER BY id
"""
FUNDINGS = """
SELECT f.id, f.reference, f.amount, f.on, coalesce(sum(m.amount), 0)::bigint AS found
  FROM treasury_funding f
  JOIN ledger_entry e ON e.key = 'funding:' || f.reference
  LEFT JOIN treasury_match m ON m.funding_id = f.id
 WHERE f.account_id = %(account)s
 GROUP BY f.id ORDER BY f.id
"""


# Legs of conversions that are booked: out of the account sold from, into the other one.
CONVERSIONS = """
SELECT c.id, c.number, CASE WHEN c.sold_from_id = %(account)s THEN -c.sold ELSE c.bought END, c.on,
       (SELECT coalesce(sum(m.amount), 0) FROM treasury_match m
          JOIN treasury_statementline l ON l.id = m.line_id AND l.account_id = %(account)s
         WHERE m.conversion_id = c.id)::bigint
  FROM treasury_conversion c
 WHERE c.state = 'booked' AND %(account)s IN (c.sold_from_id, c.bought_on_id) ORDER BY c.id
"""


def rules_of(account: CashAccount) -> MatchingRules:
    """Give what an account allows matching to do by itself; without a policy, no fee and charge."""
    policy = MatchingPolicy.objects.filter(account=account).order_by("-version").first()
    if policy is None:
        return MatchingRules()
    return MatchingRules(frozenset(policy.fees), policy.charges_up_to, policy.days)


def board(account: CashAccount) -> Board:
    """Set up what is open on an account; the open lines say what is looked for."""
    rules = rules_of(account)
    lines = lines_of(account)
    if not lines:
        return Board([], [], rules)
    pieces = cut(lines)
    wanted = looked_for(account, lines, rules, pieces)
    is_many = len(lines) > sets.MANY
    expected: list[Expected] = []
    explained: list[Expected] = []
    for row in sets.run(INSTRUCTIONS, wanted, is_many=is_many):
        for one, is_open in _of_instruction(row):
            (expected if is_open else explained).append(one)
    for id_, reference, amount, on, found in sets.run(FUNDINGS, wanted, is_many=False):
        one = Expected("funding", id_, reference, amount, on)
        (explained if found else expected).append(one)
    for id_, number, amount, on, found in sets.run(CONVERSIONS, wanted, is_many=False):
        one = Expected("conversion", id_, number, amount, on)
        (explained if found else expected).append(one)
    return Board(lines, expected, rules, explained, _declined(account), pieces=pieces)


def looked_for(
    account: CashAccount, lines: Iterable[Line], rules: MatchingRules, pieces: dict[int, Cut]
) -> dict[str, str]:
    """Give what lines may mean by references, amounts and accounts, for the statements above."""
    said = {plain(line.reference) for line in lines}
    said |= {piece for those in pieces.values() for one in those for _, _, piece in one}
    amounts = {line.amount + fee for line in lines for fee in (0, *rules.fees)}
    return {
        "account": account.code,
        "references": sets.words(said),
        "amounts": sets.numbers(amounts),
        "sizes": sets.numbers({abs(amount) for amount in amounts}),
        "accounts": sets.words({plain(line.account) for line in lines if is_whole(line.account)}),
    }


def lines_of(account: CashAccount) -> list[Line]:
    """Give the open lines of an account."""
    is_exchange = account.kind == RailKind.EXCHANGE
    wanted = {"account": account.code}
    return [_line(row, is_exchange) for row in sets.run(LINES, wanted, is_many=False)]


def _declined(account: CashAccount) -> set[tuple[int, str, int]]:
    """Give what people declined of open lines."""
    declined = Proposal.objects.filter(line__waiting__account=account, declined_at__isnull=False)
    return {
        (line, kind, instruction or funding or conversion)
        for line, kind, instruction, funding, conversion in declined.values_list(
            "line_id", "kind", "instruction_id", "funding_id", "conversion_id"
        )
    }


def _line(row: tuple[Any, ...], is_exchange: bool) -> Line:
    """Read a line; at the exchange the counterparty is told as its account."""
    id_, type_, amount, booked_on, reference, account, name, details = row
    if is_exchange and not account:
        account, name = name, ""
    return Line(id_, type_, amount, booked_on, reference, account, name, details)


def _of_instruction(row: tuple[Any, ...]) -> list[tuple[Expected, bool]]:
    """
    Give the payment of an instruction and, once it was on a statement, its return.

    What was explained before counts only where a line names it.
    """
    id_, reference, payee, name, amount, left_on, batch, paid, back, is_named = row
    since = left_on or NEVER
    found = []
    if is_named or paid == 0:
        payment = Expected("payment", id_, reference, -amount, since, payee, name, batch)
        found.append((payment, paid == 0))
    if paid == amount:
        found.append((Expected("return", id_, reference, amount, since, payee, name), back == 0))
    return found
