"""The story of the demo from an empty database to the last proof; each step may be run again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction

from retail_claims.operations import crash
from together.console.operations.demo import (
    allowances,
    claims,
    costs,
    dollars,
    funds,
    letters,
    loans,
    markets,
    months,
)
from together.console.operations.demo import cast as casting
from together.console.operations.demo.borrowers import BORROWERS
from together.console.operations.demo.funds import Tell
from together.controls.models import AuditRecord
from together.controls.operations import database
from together.controls.operations.records import record
from together.treasury.operations.rails.tables import Conditions

FINISHED = "demo.finished"
# The loans' story begins so many days before today: fourteen months.
DAYS_BACK = 425


@dataclass(frozen=True, slots=True)
class Options:
    """Where files go, how large the crash is, or which files to take instead."""

    folder: Path
    accounts: int
    seed: int
    given: Mapping[str, Path]


def is_finished() -> bool:
    """Say whether the story was told to its end in this database."""
    return AuditRecord.objects.filter(what=FINISHED).exists()


def run(*, options: Options, at: datetime, tell: Tell) -> None:
    """
    Tell the whole story, or go on where it was stopped.

    :raises NotADemo: if the database is not marked as a demo
    """
    # Asked again where the data is written: the command is not the only caller.
    database.demand_demo()
    # Whoever decides holds the role by then: the loans' story begins months ago.
    cast = casting.officers(at=_start(at) - loans.COOLING_OFF - timedelta(days=1))
    funds.world().set_conditions(Conditions(seed=options.seed))
    _claims(options, cast=cast, at=at, tell=tell)
    _loans(options.seed, cast=cast, at=at, tell=tell)
    funds.proved(at=at, tell=tell)
    with transaction.atomic(durable=True):
        record(what=FINISHED, subject="demo", by=None, at=at)


def _claims(options: Options, *, cast: funds.People, at: datetime, tell: Tell) -> None:
    pool = funds.pool("retail", "Retail pool", "300000000", cast=cast, at=at, tell=tell)
    opened = claims.programme(pool, cast=cast, at=at)
    run = claims.decided(
        opened,
        lambda: options.given or _evidence(options, tell),
        folder=options.folder / "runs",
        cast=cast,
        at=at,
        tell=tell,
    )
    run = claims.published(run, cast=cast, at=at, tell=tell)
    order = claims.agreed(run, cast=cast, at=at)
    claims.paid_in_waves(run, order, cast=cast, at=at, tell=tell)
    claims.brought_again(run, at=at, tell=tell)


def _evidence(options: Options, tell: Tell) -> Mapping[str, Path]:
    """Generate the crash; the same size and seed give the same files."""
    folder = options.folder / "evidence" / f"{options.accounts}-{options.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    files: Mapping[str, Path] = crash.generate(
        folder=folder, accounts=options.accounts, seed=options.seed
    )
    tell(f"evidence: a crash of {options.accounts:,} accounts, seed {options.seed}")
    return files


def _start(at: datetime) -> datetime:
    """Give the moment at which the loans' story begins."""
    today = datetime.combine(at.date(), datetime.min.time(), UTC)
    return today - timedelta(days=DAYS_BACK) + months.NOON


def _loans(seed: int, *, cast: funds.People, at: datetime, tell: Tell) -> None:
    """Live the loans of fourteen months up to yesterday, and the last days of the banks beside."""
    start = _start(at)
    begun, yesterday = start.date(), at.date() - timedelta(days=1)
    pool = funds.pool("loans", "Institutional pool", "100000000", cast=cast, at=start, tell=tell)
    markets.begin(cast=cast, at=start, tell=tell)
    for joins in sorted({one.joins for one in BORROWERS}):
        joined = start + timedelta(days=joins)
        months.service(pool, begun=begun, until=joined.date(), cast=cast, tell=tell)
        those = [one for one in BORROWERS if one.joins == joins]
        made = loans.originate(pool, those, cast=cast, at=joined, tell=tell)
        loans.draw(made, pool, cast=cast, at=joined, tell=tell)
    begins = yesterday - timedelta(days=dollars.BEFORE)
    months.service(pool, begun=begun, until=begins, cast=cast, tell=tell)
    dollars.convert(pool, on=begins, cast=cast, tell=tell)
    months.service(pool, begun=begun, until=yesterday, cast=cast, tell=tell)
    allowances.watch(pool, cast=cast, at=at, tell=tell)
    letters.told(tell)
    markets.end(start=start, at=at, cast=cast, tell=tell)
    dollars.live(seed=seed, cast=cast, tell=tell)
    costs.live(begins=begins, cast=cast, tell=tell)
