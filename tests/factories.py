"""Valid people, pools and payments; a test names only what matters to it."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from django.db import connections

from together.controls.models import Approval, Decision, Person
from together.controls.operations import approvals, people
from together.ledger.rules.money import Money, parse
from together.treasury.models import CashAccount, Destination, Disbursement, Pool
from together.treasury.operations import accounts, destinations, disbursements, pools
from together.treasury.operations.destinations import Owner
from together.treasury.operations.disbursements import Order, Payment
from together.treasury.rules.destinations import Details
from together.treasury.rules.programmes import PoolProgramme

NOW = datetime(2025, 10, 14, 12, tzinfo=UTC)
TODAY = date(2025, 10, 14)
# An example of EIP-55.
CHAIN_SENDER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
_number = count(1)


def administrator() -> Person:
    """Give the first security administrator, who is in every database."""
    return Person.objects.get(username="security")


def person(*roles: str, scope: str = "", name: str = "") -> Person:
    """Enter somebody who holds these roles."""
    username = name or f"{roles[0] if roles else 'person'}-{next(_number)}"
    entered = people.enter(
        username=username,
        full_name=username.replace("_", " ").replace("-", " ").title(),
        email=f"{username}@example.test",
        by=administrator(),
        at=NOW,
    )
    for role in roles:
        people.grant(person=entered, role=role, scope=scope, by=administrator(), at=NOW)
    return entered


def usdc(text: str) -> Money:
    """Give an amount of USDC."""
    return parse(text, "USDC")


def pool(
    code: str = "retail",
    *,
    promised: str = "300000000",
    officer: Person | None = None,
    given_for: PoolProgramme | None = None,
) -> Pool:
    """Open a pool that holds nothing; any but the retail one lends."""
    return pools.open_pool(
        code=code,
        name=f"{code.title()} pool",
        wallet=f"wallet-{code}",
        given_for=given_for or (PoolProgramme.RETAIL if code == "retail" else PoolProgramme.LOANS),
        promised=usdc(promised),
        by=officer or person("treasury_officer"),
        at=NOW,
    )


def approve(approval: Approval, *, at: datetime = NOW) -> None:
    """Pass every stage of a request, each by another person who may."""
    for role in approval.roles[approval.decisions.count() :]:
        approvals.decide(
            approval=approval, verdict=Decision.Verdict.APPROVED, by=person(role), at=at
        )


def funded_pool(
    code: str = "retail",
    *,
    amount: str = "1000000",
    asset: str = "USDC",
    given_for: PoolProgramme | None = None,
) -> Pool:
    """Open a pool and put money into it, under four eyes."""
    officer = person("treasury_officer")
    opened = pool(code, officer=officer, given_for=given_for)
    reference = f"FUND-{code}-{next(_number)}"
    asked = pools.propose_funding(
        pool=opened, reference=reference, money=parse(amount, asset), on=TODAY, by=officer, at=NOW
    )
    approve(asked)
    pools.fund(reference=reference, by=officer, at=NOW)
    return opened


def payments(amounts: list[str], *, prefix: str = "PAY") -> list[Payment]:
    """Give payments of these amounts to as many payees."""
    return [
        Payment(f"{prefix}:{n}", f"{prefix}-{n:06d}", f"payee-{n}", usdc(amount).minor_units)
        for n, amount in enumerate(amounts, start=1)
    ]


def released(
    pool: Pool,
    rows: list[Payment],
    *,
    subject: str = "RUN-1",
    account: CashAccount | None = None,
) -> Disbursement:
    """Prepare a disbursement from what the pool has available, approve and release it."""
    officer = person("treasury_officer")
    prepared = disbursements.prepare(
        pool=pool,
        order=Order("award", subject, "retail.payout", ("fund.available", pool.code)),
        payments=rows,
        account=account,
        by=officer,
        at=NOW,
    )
    approve(Approval.objects.get(kind="retail.payout", subject=prepared.number))
    disbursements.release(disbursement=prepared, on=TODAY, by=officer, at=NOW)
    prepared.refresh_from_db()
    return prepared


def destination(
    owner: str = "5493001KJTIIGC8Y1R12",
    *,
    kind: str = "institution",
    details: Details | None = None,
    at: datetime = NOW - timedelta(days=3),
) -> Destination:
    """Register a destination, confirm it under four eyes and let its cooling-off pass."""
    return confirmed(registered(owner, kind=kind, details=details, at=at), at=at)


def registered(
    owner: str = "5493001KJTIIGC8Y1R12",
    *,
    kind: str = "institution",
    details: Details | None = None,
    at: datetime = NOW - timedelta(days=3),
) -> Destination:
    """Register a destination that nobody confirmed."""
    return destinations.register(
        owner=Owner(kind, owner),
        details=details or Details("exchange", "USDC", f"wallet-{next(_number)}"),
        label="Theirs",
        by=person("treasury_officer"),
        at=at,
    )


def confirmed(found: Destination, *, at: datetime = NOW - timedelta(days=3)) -> Destination:
    """Confirm a registered destination under four eyes."""
    officer = person("treasury_officer")
    asked = destinations.propose_confirmation(
        destination=found, evidence="Called back the number on file", by=officer, at=at
    )
    approve(asked, at=at)
    return destinations.confirm(destination=found, by=officer, at=at)


def account(pool: Pool, kind: str, **changes: str) -> CashAccount:
    """Open an account of a pool by file: at a bank, or on a chain."""
    values = {
        "bank": {
            "identifier": f"00055{next(_number):07d}",
            "servicer": "CHASUS33",
            "holder": "Together Initiative",
        },
        "chain": {"identifier": CHAIN_SENDER, "servicer": "1", "holder": ""},
    }[kind]
    named = {"code": f"{pool.code}-{kind}", "asset": pool.asset}
    return accounts.open_account(
        pool=pool,
        kind=kind,
        **{**named, **values, **changes},
        by=person("treasury_officer"),
        at=NOW,
    )


def in_one_wave() -> None:
    """Let the owner of the database allow any order to leave in one wave, statement or not."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE treasury_railpolicy SET canary_payees = 1000000, wave_shares = '{10000}',"
            " awaits_statement = false"
        )
