"""
P4: the end of day of many loans, in a private database with every guard on.

``python -m tests.benchmarks.closing 100000 1000000`` measures other numbers of loans.
"""

import hashlib
import sys
from datetime import date, datetime, timedelta

from tests.benchmarks.measuring import Line, measured, show
from tests.benchmarks.private import prepare, private_database

DATABASE = "closing"
DAY = timedelta(days=1)
ASSET, AMOUNT = "USDC", "10000"
# Tables that hold the like of what the limit writes: the same columns and indexes, no guard and no
# key of another table. It writes the same rows as we do, the balances too; the loan itself is a
# narrow row there.
BARE = """
DROP TABLE IF EXISTS bare_entry, bare_line, bare_record, bare_loan, bare_account;
CREATE TABLE bare_entry (LIKE ledger_entry INCLUDING ALL);
CREATE TABLE bare_line (LIKE ledger_line INCLUDING ALL);
CREATE TABLE bare_record (LIKE controls_auditrecord INCLUDING ALL);
CREATE TABLE bare_account (LIKE ledger_account INCLUDING ALL) WITH (fillfactor = 50);
CREATE TABLE bare_loan (id bigint PRIMARY KEY, number text, business_date date, account bigint)
    WITH (fillfactor = 50);
INSERT INTO bare_loan SELECT id, number, business_date, id FROM loans_loan;
INSERT INTO bare_account (id, code, subject, asset, side, may_overdraw, balance)
SELECT id, 'loan.interest', number, 'USDC', 1, true, 0 FROM loans_loan
 UNION ALL SELECT -1, 'income.interest', 'loans', 'USDC', -1, true, 0;
"""
LIMIT = """
WITH day AS (UPDATE bare_loan SET business_date = business_date + 1
             RETURNING number, business_date AS on, account),
entry AS (INSERT INTO bare_entry
                 (key, kind, happened_on, booked_on, written_at, narrative, digest)
          SELECT format('loan:%s:closed:%s', number, day.on), 'LOAN_INTEREST', day.on, day.on,
                 now(), '', sha256(number::bytea) FROM day RETURNING id, key),
line AS (INSERT INTO bare_line (entry_id, account_id, asset, amount)
         SELECT e.id, CASE side WHEN 1 THEN day.account ELSE -1 END, 'USDC', side * 3330000
           FROM day JOIN entry e ON e.key = format('loan:%s:closed:%s', number, day.on)
          CROSS JOIN (VALUES (1), (-1)) AS sides(side)),
balance AS (UPDATE bare_account a SET balance = balance + moved.by
              FROM (SELECT account, 3330000 AS by FROM day UNION ALL
                    SELECT -1, -3330000 * count(*) FROM day) AS moved WHERE a.id = moved.account)
INSERT INTO bare_record (what, subject, at, details)
SELECT 'loan.day_closed', number, now(),
       jsonb_build_object('from', day.on - 1, 'to', day.on, 'accrued', 3330000) FROM day
"""
# The drawdowns of some loans, as sets of one statement.
DRAWN = """
WITH drawn AS (
    SELECT number::text AS number, pool_id::text AS pool, (row_number() OVER ())::int AS n
      FROM loans_loan WHERE id = ANY(%(loans)s)),
entries AS (
    SELECT n, 'loan:' || number || ':event:1' AS key, 'LOAN_DRAWN'::text AS kind,
           %(day)s::date AS day, ''::text AS narrative, ''::text AS reverses FROM drawn),
lines AS (
    SELECT n, code, CASE whose WHEN 'loan' THEN number ELSE pool END AS subject,
           %(asset)s::text AS asset, amount
      FROM drawn CROSS JOIN unnest(%(codes)s::text[], %(subjects)s::text[], %(amounts)s::bigint[])
                            AS leg(code, whose, amount))
{batch}
"""
# Copies of the first loan: who it is stays, what is unique is counted on.
COPIES = {
    "loans_application": "jsonb_build_object('id', t.id + n, 'number', 'A-' || (100000 + n))",
    "loans_loan": "jsonb_build_object('id', t.id + n, 'number', 'L-' || (100000 + n),"
    " 'application_id', t.application_id + n, 'disbursement_id', NULL)",
    "loans_event": "jsonb_build_object('id', t.id + n, 'loan_id', t.loan_id + n)",
    "loans_projection": "jsonb_build_object('loan_id', t.loan_id + n)",
}


def fill(since: int, count: int) -> None:
    """Make the loans from one number to another; the first by the operations, others as copies."""
    from django.db import connections

    from loans.models import Loan

    if not since:
        _make_first()
    first = Loan.objects.earliest("pk")
    with connections["owner"].cursor() as owner:
        for table, unique in COPIES.items():
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            owner.execute(
                f"INSERT INTO {table} SELECT r.* FROM {table} t, generate_series(%s, %s) AS n,"
                f" LATERAL jsonb_populate_record(t, {unique}) AS r"
                f" WHERE t.{'loan_id' if 'loan_id' in unique else 'id'} = %s",
                [max(since, 1), count - 1, first.application_id if "app" in table else first.pk],
            )
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER; ANALYZE {table}")
    _book_drawdowns(first.amount)
    with connections["owner"].cursor() as owner:
        owner.execute(BARE)
        owner.execute("VACUUM ANALYZE")
    connections.close_all()


def _make_first() -> None:
    from tests.loans import factories
    from tests.loans.conftest import CALM
    from together.treasury.operations import payouts
    from together.treasury.operations.rails import rail

    prepare()
    rail().set_conditions(CALM)

    def pay(batch: str) -> None:
        payouts.work(batch=batch, worker="w1", rail=rail(), seconds=20)

    factories.active_loan(factories.loans_pool(), pay, amount=AMOUNT)


def _book_drawdowns(amount: int) -> None:
    """Book the drawdown of each loan whose principal is not in the books yet."""
    from django.db import transaction

    from loans import postings
    from loans.models import Loan
    from loans.postings import Bringing
    from loans.rules.target import Target
    from tests.factories import TODAY
    from together.ledger.models import Account
    from together.ledger.operations import posting

    step = Bringing(key="", kind="LOAN_DRAWN", on=TODAY, loan="loan", pool="pool", asset=ASSET)
    entry = postings.brought(step, Target(), Target(principal=amount, drawn=amount))
    assert entry is not None
    statement = DRAWN.format(batch=posting.batch_of(entries="entries", lines="lines"))
    booked = Account.objects.filter(chart_id="loan.principal").values("subject")
    loans = list(Loan.objects.exclude(number__in=booked).values_list("pk", flat=True))
    for n in range(0, len(loans), 1_000):
        given = {
            "loans": loans[n : n + 1_000],
            "day": TODAY,
            "asset": ASSET,
            "codes": [one.code for one in entry.movements],
            "subjects": [one.subject for one in entry.movements],
            "amounts": [one.amount for one in entry.movements],
        }
        with transaction.atomic():
            posting.run(statement, given)


def next_day() -> tuple[date, datetime]:
    """Give the day after the last one that was closed, and its noon."""
    from django.db.models import Max

    from loans.models import Loan
    from tests.loans.factories import at

    day = Loan.objects.aggregate(last=Max("business_date"))["last"] + DAY
    return day, at(day)


def ours() -> None:
    """Close a day of all loans."""
    from loans.operations import closing

    day, at = next_day()
    closed = closing.close_day(on=day, at=at)
    assert not closed.failed, closed


def by_replay(count: int) -> None:
    """Close the day of some loans by their replays, one transaction each."""
    from loans.models import Loan
    from loans.operations import closing

    behind = Loan.objects.order_by("business_date", "number")[:count]
    for loan in behind:
        closing.close_loan(loan=loan, on=loan.business_date + DAY, at=next_day()[1])


def by_orm(count: int) -> None:
    """Write the same rows by bulk_create and bulk_update; the interest is given, not computed."""
    from django.db import transaction

    from loans.models import Loan
    from together.controls.models import AuditRecord
    from together.ledger.models import Account, Entry
    from together.ledger.models import Line as BookLine

    day, at = next_day()
    with transaction.atomic(using="owner"):
        loans = list(Loan.objects.using("owner").order_by("number")[:count])
        accounts = Account.objects.using("owner").filter(
            chart_id="loan.interest", subject__in=[loan.number for loan in loans]
        )
        by_loan = {account.subject: account for account in accounts}
        income = Account.objects.using("owner").get(chart_id="income.interest")
        entries = Entry.objects.using("owner").bulk_create(
            [
                Entry(
                    key=f"loan:{loan.number}:orm:{day}",
                    kind="LOAN_INTEREST",
                    happened_on=day,
                    booked_on=day,
                    written_at=at,
                    digest=hashlib.sha256(loan.number.encode()).digest(),
                )
                for loan in loans
            ],
            batch_size=1_000,
        )
        lines = []
        for loan, entry in zip(loans, entries, strict=True):
            account = by_loan[loan.number]
            account.balance += 3_330_000
            income.balance -= 3_330_000
            loan.business_date = day
            for one, amount in ((account, 3_330_000), (income, -3_330_000)):
                lines.append(BookLine(entry=entry, account=one, asset=ASSET, amount=amount))
        BookLine.objects.using("owner").bulk_create(lines, batch_size=1_000)
        changed = [*by_loan.values(), income]
        Account.objects.using("owner").bulk_update(changed, ["balance"], batch_size=1_000)
        Loan.objects.using("owner").bulk_update(loans, ["business_date"], batch_size=1_000)
        AuditRecord.objects.using("owner").bulk_create(
            [
                AuditRecord(
                    what="loan.day_closed",
                    subject=loan.number,
                    at=at,
                    details={"from": str(day - DAY), "to": str(day), "accrued": 3_330_000},
                )
                for loan in loans
            ],
            batch_size=1_000,
        )


def by_insert() -> None:
    """Write the same rows by one statement into tables without a guard."""
    from django.db import connections

    with connections["owner"].cursor() as owner:
        owner.execute(LIMIT)


def unguarded() -> None:
    """
    Take the guards of the books away for the ORM.

    It writes entries and their lines in two statements, which the books refuse.
    """
    from django.db import connections

    with connections["owner"].cursor() as owner:
        for table in ("ledger_entry", "ledger_line", "ledger_account", "loans_loan"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def lines(*, is_small: bool) -> list[Line]:
    """Measure days of some loans and of ten times as many: ours, by replay, by ORM, by INSERT."""
    return compared(*((20, 200) if is_small else (10_000, 100_000)), repeats=1 if is_small else 3)


def compared(few: int, many: int, *, repeats: int = 3) -> list[Line]:
    """Measure two numbers of loans; the peers on the smaller one, and replays on a sample of it."""
    from django.db import connections

    sample = min(few, 200)
    with private_database(DATABASE):
        fill(0, few)
        ours()  # the first day opens the accounts of interest
        connections.close_all()
        less = measured(ours, repeats=repeats)
        replayed = measured(lambda: by_replay(sample), repeats=1, units=sample)
        less_limit = measured(by_insert, repeats=repeats)
        # Those that were replayed stand a day ahead: the others go up to it.
        ours()
        fill(few, many)
        ours()
        connections.close_all()
        more = measured(ours, repeats=repeats)
        limit = measured(by_insert, repeats=repeats)
        unguarded()
        connections.close_all()
        bulk = measured(lambda: by_orm(few), repeats=repeats)
    each = replayed.of(few)
    return [
        Line("P4 end of day", f"{few:,} loans", less, ("replay one by one", each), less_limit),
        Line("P4 end of day", f"{few:,} loans", less, ("ORM bulk, no guard", bulk), less_limit),
        Line("P4 end of day", f"{many:,} loans", more, (f"{few:,} loans", less), limit),
    ]


if __name__ == "__main__":
    show(compared(*map(int, sys.argv[1:3])))
