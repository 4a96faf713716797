"""Noisy lines in a real database: orders instructed, paid and booked; a statement brought in."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection, connections, transaction

from tests import factories
from tests.factories import NOW, TODAY
from tests.treasury.noise_orders import FIRST_DAY
from tests.treasury.noise_truth import NoisyLine, Order, Parts
from together.controls.models import Approval, Person
from together.ledger.operations import posting
from together.ledger.rules.money import Money
from together.treasury import postings
from together.treasury.models import CashAccount, Pool, Statement, StatementFile
from together.treasury.operations import accounts, disbursements, pools, statement_files
from together.treasury.operations.disbursements import Payment
from together.treasury.operations.matching import policies

MONEY = factories.usdc("2000000000")
FUNDING = "FUND-NOISE"
# What the contract with the servicer says it keeps of a transfer, in cents.
FEES = (10, 25, 50, 100, 250, 500, 1500, 2500)
SETTLE = """
UPDATE treasury_instruction SET state = %s, worker = 'w', settled_at = o.day
  FROM unnest(%s::text[], %s::timestamptz[]) AS o(reference, day)
 WHERE treasury_instruction.reference = o.reference
"""
FOUND = """
SELECT l.entry_id, i.reference, -m.amount FROM treasury_statementline l
  JOIN treasury_match m ON m.line_id = l.id JOIN treasury_instruction i ON i.id = m.instruction_id
 WHERE l.state = 'matched' ORDER BY m.id
"""


def paid(orders: Sequence[Order], *, is_bank: bool) -> CashAccount:
    """Instruct, release and settle orders; give the account that they are paid from."""
    factories.in_one_wave()
    officer = factories.person("treasury_officer")
    pool = factories.pool(promised="2000000000", officer=officer)
    account = pool.main_account
    if is_bank:
        account = accounts.open_account(
            pool=pool,
            code="retail-bank",
            kind="exchange",
            asset="USDC",
            identifier="DE89370400440532013000",
            servicer="COBADEFFXXX",
            holder="Together Initiative",
            by=officer,
            at=NOW,
        )
    _fund(pool, account, officer)
    _allow(account, officer)
    for batch in _disbursed(orders, pool, account, officer):
        with transaction.atomic():
            posting.post(batch)
    return _at_a_bank(account) if is_bank else account


def _at_a_bank(account: CashAccount) -> CashAccount:
    """Let the account be at a bank from now on: what counts is what its statements tell."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_cashaccount DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE treasury_cashaccount SET kind = 'bank' WHERE code = %s", [account.code]
        )
        cursor.execute("ALTER TABLE treasury_cashaccount ENABLE TRIGGER USER")
    account.refresh_from_db()
    return account


def _fund(pool: Pool, account: CashAccount, officer: Person) -> None:
    asked = pools.propose_funding(
        pool=pool,
        reference=FUNDING,
        money=MONEY,
        on=FIRST_DAY,
        by=officer,
        at=NOW,
        account=account,
    )
    factories.approve(asked)
    pools.fund(reference=FUNDING, by=officer, at=NOW)


def _allow(account: CashAccount, officer: Person) -> None:
    """Let matching take the fees of the servicer's contract, under four eyes."""
    fees = [cents * 10_000 for cents in FEES]
    factories.approve(
        policies.propose(account=account, fees=fees, charges_up_to=0, days=10, by=officer, at=NOW)
    )
    policies.put_in_force(account=account, by=officer, at=NOW)


def _disbursed(orders: Sequence[Order], pool: Pool, account: CashAccount, officer: Person):
    """Prepare and release each disbursement, settle its payments, and give what books them."""
    by_disbursement: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        by_disbursement[order.batch[:7]].append(order)
    for number, members in sorted(by_disbursement.items()):
        disbursement = disbursements.prepare(
            pool=pool,
            order=disbursements.Order(
                "award", number, "retail.payout", ("fund.available", pool.code)
            ),
            payments=[Payment(f"{o.reference}:{o.payee}", *_terms(o)) for o in members],
            by=officer,
            at=NOW,
            account=account,
        )
        factories.approve(Approval.objects.get(kind="retail.payout", subject=disbursement.number))
        disbursements.release(disbursement=disbursement, on=TODAY, by=officer, at=NOW)
        _settle(members)
        batches: dict[str, int] = defaultdict(int)
        for order in members:
            batches[order.batch] += order.amount
        for batch, amount in batches.items():
            money = Money(amount, pool.asset)
            yield postings.instruction_settled(reference=batch, batch=batch, money=money, on=TODAY)


def _terms(order: Order) -> tuple[str, str, int]:
    return order.reference, order.payee, order.amount


def _settle(orders: Sequence[Order]) -> None:
    """Let the rail have taken payments on their days."""
    days = [datetime.combine(order.day, datetime.min.time(), UTC) for order in orders]
    moments = [day + timedelta(hours=9) for day in days]
    with connection.cursor() as cursor:
        for state in ("sending", "settled"):
            cursor.execute(SETTLE, [state, [order.reference for order in orders], moments])


def bring(account: CashAccount, lines: Sequence[NoisyLine]) -> Statement:
    """Store a statement of the pool's funding and these lines; nothing is matched yet."""
    file = statement_files.receive(account=account, data=b"noise", by=None, at=NOW)
    with transaction.atomic():
        statement = _store(account, file, lines)
        statement_files.stored(file, [statement.number], len(lines) + 1, NOW)
    return statement


def _store(account: CashAccount, file: StatementFile, lines: Sequence[NoisyLine]) -> Statement:
    total = MONEY.minor_units + sum(line.amount for line in lines)
    first = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    statement = Statement.objects.create(
        pool_id=account.pool_id,
        account=account,
        file=file,
        number=1,
        digest="0" * 64,
        opening=0,
        closing=total,
        from_at=first,
        to_at=lines[-1].booked_at,
        imported_at=NOW,
    )
    same = [account.pool_id, account.code, statement.pk, "break", "not matched yet", False]
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY treasury_statementline (pool_id, account_id, statement_id, state, reason,"
            " is_receipt, entry_id, booked_at, type, amount, reference, counterparty,"
            " counterparty_account, details, value_on, code, return_reason) FROM STDIN"
        ) as copy,
    ):
        head = ["FUND", first, "receipt", MONEY.minor_units, FUNDING, "", "", "", None, "", ""]
        copy.write_row(same + head)
        for line in lines:
            copy.write_row(
                [*same, line.entry_id, line.booked_at, line.type, line.amount, line.reference]
                + [
                    line.counterparty,
                    line.counterparty_account,
                    line.details,
                    line.value_on,
                    "",
                    "",
                ]
            )
    return statement


def found(query: str = FOUND) -> dict[str, Parts]:
    """Give what each matched line was matched to, as :func:`judge` takes it."""
    parts: dict[str, Parts] = defaultdict(tuple)
    with connection.cursor() as cursor:
        cursor.execute(query)
        for entry_id, reference, amount in cursor.fetchall():
            parts[entry_id] += ((reference, amount),)
    return dict(parts)
