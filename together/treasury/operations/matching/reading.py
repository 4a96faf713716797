"""What the rules of matching need to know: open lines, and all that they may be."""

from datetime import date, datetime
from typing import Any

from django.db import connection

from together.treasury.models import CashAccount, MatchingPolicy, Proposal
from together.treasury.rules.destinations import RailKind
from together.treasury.rules.matching.board import Board
from together.treasury.rules.matching.shapes import Expected, Line, MatchingRules
from together.treasury.rules.matching.texts import is_whole, pieces, plain
from together.treasury.rules.states import LineState

LINES = """
SELECT id, type, amount, booked_at, reference, counterparty_account, counterparty, details
  FROM treasury_statementline WHERE account_id = %(account)s AND state = 'break' ORDER BY id
"""
# What a line may be: by its plain reference, its amount (with a fee or without), its batch, or
# the payee's account.
INSTRUCTIONS = """
SELECT i.id, i.reference, coalesce(t.identifier, i.payee), coalesce(t.holder, ''), i.amount,
       coalesce(i.settled_at, p.handed_over_at), b.number,
       -coalesce(sum(m.amount) FILTER (WHERE m.kind = 'payment'), 0)::bigint AS paid,
       coalesce(sum(m.amount) FILTER (WHERE m.kind = 'return'), 0)::bigint AS back
  FROM treasury_instruction i
  JOIN treasury_batch b ON b.id = i.batch_id
  JOIN treasury_disbursement d ON d.id = b.disbursement_id
  LEFT JOIN treasury_destination t ON t.id = i.destination_id
  LEFT JOIN treasury_filedpayment f ON f.instruction_id = i.id AND f.state = 'listed'
  LEFT JOIN treasury_paymentfile p ON p.id = f.file_id
  LEFT JOIN treasury_match m ON m.instruction_id = i.id
 WHERE d.account_id = %(account)s
   AND (i.state IN ('settled', 'returned')
        OR i.state IN ('sending', 'unknown') AND p.handed_over_at IS NOT NULL)
   AND (treasury_plain(i.reference) = ANY(%(references)s) OR i.amount = ANY(%(amounts)s)
        OR treasury_plain(b.number) = ANY(%(references)s)
        OR treasury_plain(coalesce(t.identifier, i.payee)) = ANY(%(accounts)s))
 GROUP BY i.id, b.number, t.identifier, t.holder, p.handed_over_at ORDER BY i.id
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
    is_exchange = account.kind == RailKind.EXCHANGE
    lines = [_line(row, is_exchange) for row in _rows(LINES, {"account": account.code})]
    if not lines:
        return Board([], [], rules)
    said = {plain(line.reference) for line in lines}
    for line in lines:
        said |= {piece for text in (line.reference, line.details) for _, _, piece in pieces(text)}
    accounts = {plain(line.account) for line in lines if is_whole(line.account)}
    amounts = {abs(line.amount + fee) for line in lines for fee in (0, *rules.fees)}
    wanted = {"account": account.code, "references": list(said), "amounts": list(amounts)}
    wanted["accounts"] = list(accounts)
    expected: list[Expected] = []
    explained: list[Expected] = []
    for row in _rows(INSTRUCTIONS, wanted):
        for one, is_open in _of_instruction(row):
            (expected if is_open else explained).append(one)
    for id_, reference, amount, on, found in _rows(FUNDINGS, wanted):
        one = Expected("funding", id_, reference, amount, on)
        (explained if found else expected).append(one)
    for id_, number, amount, on, found in _rows(CONVERSIONS, wanted):
        one = Expected("conversion", id_, number, amount, on)
        (explained if found else expected).append(one)
    return Board(lines, expected, rules, explained, _declined(account))


def _declined(account: CashAccount) -> set[tuple[int, str, int]]:
    """Give what people declined of open lines."""
    declined = Proposal.objects.filter(
        line__account=account, line__state=LineState.BREAK, declined_at__isnull=False
    )
    return {
        (line, kind, instruction or funding or conversion)
        for line, kind, instruction, funding, conversion in declined.values_list(
            "line_id", "kind", "instruction_id", "funding_id", "conversion_id"
        )
    }


def _line(row: tuple[Any, ...], is_exchange: bool) -> Line:
    """Read a line; at the exchange the counterparty is told as its account."""
    id_, type_, amount, booked_at, reference, account, name, details = row
    if is_exchange and not account:
        account, name = name, ""
    return Line(id_, type_, amount, booked_at.date(), reference, account, name, details)


def _of_instruction(row: tuple[Any, ...]) -> list[tuple[Expected, bool]]:
    """Give the payment of an instruction and, once it was on a statement, its return."""
    id_, reference, payee, name, amount, left_at, batch, paid, back = row
    since, who = _day(left_at), {"account": payee, "name": name}
    payment = Expected("payment", id_, reference, -amount, since, **who, group=batch)
    found = [(payment, paid == 0)]
    if paid == amount:
        found.append((Expected("return", id_, reference, amount, since, **who), back == 0))
    return found


def _day(moment: datetime | None) -> date:
    return moment.date() if moment else date.min.replace(year=2)


def _rows(statement: str, wanted: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, wanted)
        return list(cursor.fetchall())
