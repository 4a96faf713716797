"""People who can sign in, and books with something in them for pages to show."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.test import Client

from tests import factories
from tests.factories import NOW, TODAY
from together.console.operations.demo import cast as casting
from together.controls.models import Person
from together.treasury.models import Disbursement, Instruction, Pool
from together.treasury.operations import disbursements, payouts, pools
from together.treasury.operations.disbursements import Order
from together.treasury.operations.payouts import Answer, Claimed

PASSWORD = "correct horse battery staple"
OFFICERS = (
    "loan_officer",
    "credit_checker",
    "committee",
    "claims_officer",
    "claims_approver",
    "treasury_officer",
    "treasury_approver",
    "compliance",
    "security_administrator",
    "auditor",
)


def signing_in(*roles: str, scope: str = "", name: str = "") -> Person:
    """Enter somebody with these roles and a password."""
    person = factories.person(*roles, scope=scope, name=name)
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    return person


def signed_in(person: Person) -> Client:
    """Give a client with this person's session."""
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def treasury_at_work(count: int = 3) -> tuple[Pool, Disbursement]:
    """Give a funded pool with a released disbursement, some of it settled and on a statement."""
    pool = factories.funded_pool(amount="5000000")
    rows = factories.payments([f"{1000 + n}.50" for n in range(count)])
    disbursement = factories.released(pool, rows)
    settle(disbursement, count - 1)
    return pool, disbursement


def settle(disbursement: Disbursement, count: int, at: datetime = NOW) -> None:
    """Let the rail take the first instructions of a disbursement."""
    found = Instruction.objects.filter(batch__disbursement=disbursement).order_by("id")
    batch = disbursement.batches.order_by("id").first()
    payouts.claim(batch=batch.number, worker="test", lease=60, limit=count)
    payouts.settle(
        answers=[
            Answer(
                Claimed(
                    i.pk, i.reference, i.payee, i.amount, i.asset, "wallet", batch.number, True
                ),
                (("send", f"rail-{i.reference}"),),
                "settled",
                f"rail-{i.reference}",
                at,
            )
            for i in found.filter(state="sending")
        ],
        worker="test",
    )


def waiting_funding(pool: Pool, officer: Person, reference: str = "FUND-WAITS") -> None:
    """Ask for a funding that nobody has approved."""
    pools.propose_funding(
        pool=pool,
        reference=reference,
        money=factories.usdc("250000"),
        on=TODAY,
        by=officer,
        at=NOW + timedelta(hours=1),
    )


def prepared(pool: Pool, officer: Person, subject: str = "RUN-2") -> Disbursement:
    """Prepare a disbursement that waits for approval."""
    return disbursements.prepare(
        pool=pool,
        order=Order("award", subject, "retail.payout", ("fund.available", pool.code)),
        payments=factories.payments(["10.00", "20.00"], prefix=subject),
        by=officer,
        at=NOW,
    )


def statement_csv(
    pool: Pool, lines: list[tuple[str, str, str]], *, number: int = 1, on: date = TODAY
) -> bytes:
    """Write a statement of a day of (entry, amount, reference) lines that opens with nothing."""
    total = sum((Decimal(amount) for _, amount, _ in lines), Decimal(0))
    ends = f"{{}},{number},{{}},,{{}},{pool.asset},{pool.main_account.identifier},"
    rows = [
        "record,entry_id,booked_at,type,amount,asset,reference,counterparty",
        ends.format("opening", f"{on}T00:00:00Z", "0.00"),
    ]
    for entry, amount, reference in lines:
        kind = "payment" if amount.startswith("-") else "receipt"
        rows.append(
            f"entry,{entry},{on}T10:00:00Z,{kind},{amount},{pool.asset},{reference},somebody"
        )
    rows.append(ends.format("closing", f"{on + timedelta(days=1)}T00:00:00Z", total))
    return ("\n".join(rows) + "\n").encode()


def demo_cast() -> dict[str, Person]:
    """Enter the people of the demo; the tests' own administrator enters them."""
    first = factories.administrator()
    found = {"security_administrator": first}
    for names, seats in ((casting.OFFICERS, "{}"), (casting.SECONDS, "second_{}")):
        for username, full_name, role in names:
            made = casting.ensure(username, full_name, role, scope="", by=first, at=NOW)
            found[seats.format(role)] = made
    return found
