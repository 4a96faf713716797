"""Released batches that are paid by files; a test names only what matters to it."""

import hashlib
from itertools import count

from eth_utils.address import to_checksum_address

from tests import factories
from tests.factories import NOW, TODAY, approve, funded_pool, person
from together.controls.models import Approval
from together.ledger.models import Account
from together.ledger.rules.money import parse
from together.treasury.models import Batch, PaymentFile, Pool
from together.treasury.operations import files, pools
from together.treasury.operations.disbursements import Payment
from together.treasury.rules.destinations import Details
from together.treasury.rules.programmes import PoolProgramme

_number = count(1)


def dollar_pool(amount: str = "5000000") -> Pool:
    """Open and fund a pool whose main account is at the exchange in dollars."""
    officer = person("treasury_officer")
    opened = pools.open_pool(
        code="dollars",
        name="Dollar pool",
        wallet="wallet-dollars",
        given_for=PoolProgramme.RETAIL,
        promised=parse(amount, "USD"),
        by=officer,
        at=NOW,
    )
    asked = pools.propose_funding(
        pool=opened, reference="FUND-USD", money=parse(amount, "USD"), on=TODAY, by=officer, at=NOW
    )
    approve(asked)
    pools.fund(reference="FUND-USD", by=officer, at=NOW)
    return opened


def american(n: int = 0) -> Details:
    """Give a bank account in the United States."""
    return Details(
        "bank", "USD", f"{12340000 + n}", "", "026009593", f"Perihel Trading {n} Ltd", "US"
    )


def address() -> str:
    """Give an address with its checksum."""
    return to_checksum_address(hashlib.sha256(f"{next(_number)}".encode()).digest()[:20])


def payments(amounts: list[str], kind: str) -> list[Payment]:
    """Give payments to as many confirmed destinations."""
    found = []
    for n, amount in enumerate(amounts):
        details = american(n) if kind == "bank" else Details("chain", "USDC", address(), "1")
        to = factories.destination(f"OWNER-{n}", kind="claimant", details=details)
        money = parse(amount, details.asset)
        found.append(Payment(f"F:{n}", f"F-{n:04d}", to.payee, money.minor_units, to))
    return found


def bank_batch(amounts: list[str]) -> Batch:
    """Release a batch that is paid by bank."""
    pool = dollar_pool()
    order = factories.released(
        pool, payments(amounts, "bank"), account=factories.account(pool, "bank")
    )
    return order.batches.get()


def chain_batch(amounts: list[str]) -> Batch:
    """Release a batch that is paid on a chain."""
    pool = funded_pool()
    order = factories.released(
        pool, payments(amounts, "chain"), account=factories.account(pool, "chain")
    )
    return order.batches.get()


def prepared(batch: Batch, **changes) -> PaymentFile:
    """Prepare a file of what waits."""
    given = {"execute_on": TODAY, "by": person("treasury_officer"), "at": NOW}
    return files.prepare(batch=batch, **{**given, **changes})


def approved(file: PaymentFile) -> PaymentFile:
    """Approve a file by its digest."""
    approve(Approval.objects.get(kind="payment.file", subject=file.number))
    return file


def handed_over(batch: Batch, **changes) -> PaymentFile:
    """Prepare a file, approve it and hand it over to a third person."""
    file = approved(prepared(batch, **changes))
    files.hand_over(file=file, by=person("treasury_officer"), at=NOW)
    file.refresh_from_db()
    return file


def balance(code: str, subject: str) -> int:
    """Give what an account of the books holds, on its normal side, in minor units."""
    found = Account.objects.filter(chart=code, subject=subject).first()
    return abs(found.balance) if found else 0
