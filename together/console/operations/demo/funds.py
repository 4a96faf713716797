"""The pools of the demo, the statements of their wallets, and the proofs of their accounts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from together.controls.models import Approval, Decision, Person
from together.controls.operations import approvals
from together.ledger.rules.money import Money, parse
from together.treasury.models import CashAccount, Pool, Statement
from together.treasury.operations import pools, statements, three_way
from together.treasury.operations.rails.simulated import SimulatedRail
from together.treasury.queries.three_way import standing
from together.treasury.rules.programmes import PoolProgramme
from together.treasury.rules.states import StatementFileState

Tell = Callable[[str], None]
People = dict[str, Person]
# Statements of a day of the demo end at noon; what goes out on it goes out so long after.
AFTERNOON = timedelta(hours=1)


def world() -> SimulatedRail:
    """Give the simulated outside world, from whose side money comes in."""
    return SimulatedRail(Path(settings.SIMULATED_RAIL_FILE))


def agree(approval: Approval, cast: People, *, at: datetime) -> None:
    """Let each stage that is open be decided by who holds its role; a quorum by several."""
    roles, done = approval.roles, approval.decisions.count()
    for n, role in enumerate(roles[done:], start=done):
        person = cast[f"second_{role}" if role in roles[:n] else role]
        approvals.decide(approval=approval, verdict=Decision.Verdict.APPROVED, by=person, at=at)


def pool(code: str, name: str, amount: str, *, cast: People, at: datetime, tell: Tell) -> Pool:
    """Open a pool and fund it under four eyes, unless that was done; the money really comes in."""
    money, reference = parse(amount, "USDC"), f"FUND-{code.upper()}-1"
    found = Pool.objects.filter(code=code).first() or pools.open_pool(
        code=code,
        name=name,
        wallet=f"together-{code}",
        given_for=PoolProgramme(code),
        promised=money,
        by=cast["treasury_officer"],
        at=at,
    )
    asked = pools.propose_funding(
        pool=found,
        reference=reference,
        money=money,
        on=at.date(),
        by=cast["treasury_officer"],
        at=at,
    )
    agree(asked, cast, at=at)
    if pools.fund(reference=reference, by=cast["treasury_officer"], at=at):
        tell(f"{name}: funded with {money}, asked for by one person and approved by another")
    # The money comes in on the day of the story, not on the day on which it is told.
    world().set_clock(wallet=found.main_account.identifier, at=at)
    world().receive(
        wallet=found.main_account.identifier,
        reference=reference,
        counterparty="Exchange treasury",
        amount=money.minor_units,
        asset=money.asset,
        origin=reference,
    )
    return found


def bring_statements(pool: Pool, *, by: Person | None, at: datetime) -> list[Statement]:
    """Fetch and import every statement of a pool's wallet that is not here yet."""
    found: list[Statement] = []
    while True:
        last = Statement.objects.filter(account=pool.main_account).order_by("-number").first()
        text = world().statement(
            wallet=pool.main_account.identifier, after=last.number if last else 0
        )
        if text is None:
            return found
        file = statements.import_file(account=pool.main_account, data=text.encode(), by=by, at=at)
        found += file.statements.order_by("number")


def bring_again(pool: Pool, *, at: datetime) -> bool:
    """Import the newest statement a second time, and say whether that changed anything."""
    last = Statement.objects.filter(account=pool.main_account).order_by("-number").first()
    if last is None:
        return False
    text = world().statement(wallet=pool.main_account.identifier, after=last.number - 1) or ""
    file = statements.import_file(account=pool.main_account, data=text.encode(), by=None, at=at)
    return file.state != StatementFileState.KNOWN


def proved(*, at: datetime, tell: Tell) -> None:
    """Keep the three-way proof of every account, and tell where each stands."""
    three_way.prove_all(at=at)
    for account in CashAccount.objects.order_by("code"):
        found = standing(account, at)
        unexplained = Money(found.now.unexplained, account.asset)
        named = f"; {', '.join(found.reasons)}" if found.reasons else ""
        tell(f"{account.code}: books, instructions and statements differ by {unexplained}{named}")


def usdc(minor_units: int) -> str:
    """Write an amount of USDC for people."""
    return str(Money(minor_units, "USDC"))
