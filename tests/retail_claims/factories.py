"""Small evidence, policies and runs of the retail programme; a test names only what matters."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retail_claims.models import Evidence, Policy, Programme, Run
from retail_claims.operations import evidence as evidence_operations
from retail_claims.operations import policies, runs
from tests import factories
from tests.factories import NOW
from together.controls.models import Approval, Person

ANNOUNCED_AT = datetime(2025, 10, 14, 8, tzinfo=UTC)
SALT = "only-for-tests-0123456789"
AT = "2025-10-10T21:15:00Z"
HEADERS = {
    "fills": "fill_id,account_id,event,product,instrument,liquidated_at,loss",
    "snapshot": "account_id,wallet,asset,as_of,value",
    "accounts": "account_id,person_id",
    "incidents": "incident_id,instrument,starts_at,ends_at,class",
    "exclusions": "subject_kind,subject,code,expires_at",
    "holds": "subject_kind,subject,code,expires_at",
    "prior": "ref,subject_kind,subject,amount",
    "paid": "ref,subject_kind,subject,amount",
}


def policy_text(**changes: Any) -> str:
    """Give a policy of the preset ``announced`` with a pool of 1,000 and some changes."""
    document = {
        "preset": "announced",
        "contract": "retail-claims-adjudication/1",
        "name": "small",
        "decided_at": "2025-10-14T12:00:00Z",
        "salt": SALT,
        "pool": {"amount": "1000"},
    }
    return json.dumps({**document, **changes})


def write(folder: Path, **rows: list[str]) -> dict[str, Path]:
    """Write rows of CSV, one file a role, under the headers of the contract."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {role: folder / f"{role}.csv" for role in rows}
    for role, lines in rows.items():
        files[role].write_text("\n".join([HEADERS[role], *lines]) + "\n")
    return files


def losses(**by_account: str) -> list[str]:
    """Give one liquidation an account, of these losses, at the height of the crash."""
    return [
        f"f-{account},{account},liquidation,futures,BTCUSDT,{AT},{loss}"
        for account, loss in by_account.items()
    ]


def assets(**by_account: str) -> list[str]:
    """Give one balance an account, of the evening before."""
    return [
        f"{account},spot,USDT,2025-10-09T23:59:00Z,{value}" for account, value in by_account.items()
    ]


def three_persons(folder: Path) -> dict[str, Path]:
    """Write evidence of ann (awarded 100), bob (awarded 200 on two accounts) and cat (on hold)."""
    return write(
        folder,
        fills=losses(ann="100", bob1="150", bob2="50", cat="300"),
        snapshot=assets(ann="100", bob1="400", bob2="100"),
        accounts=["bob1,bob", "bob2,bob"],
    )


def programme(*, amount: str = "1000", officer: Person | None = None) -> Programme:
    """Open a programme on a pool that holds some money."""
    pool = factories.funded_pool("retail", amount=amount)
    return policies.open_programme(
        code="october",
        name="October crash",
        pool=pool,
        announced_at=ANNOUNCED_AT,
        by=officer or factories.person("claims_officer"),
        at=NOW,
    )


def decided(folder: Path, *, by: Person, **changes: Any) -> Run:
    """Give a run that decided on the three persons."""
    opened = programme(officer=by)
    return computed(opened, three_persons(folder / "evidence"), folder, by=by, **changes)


def computed(
    opened: Programme, files: dict[str, Path], folder: Path, *, by: Person, **changes: Any
) -> Run:
    """Register files, enter a policy and compute a run of both."""
    return runs.compute(
        policy=entered(opened, by=by, **changes),
        evidence=registered(opened, files, by=by),
        folder=folder / "runs",
        by=by,
        at=NOW,
    )


def entered(opened: Programme, *, by: Person, **changes: Any) -> Policy:
    """Enter a policy with some changes."""
    return policies.enter(programme=opened, text=policy_text(**changes), by=by, at=NOW)


def registered(opened: Programme, files: dict[str, Path], *, by: Person) -> Evidence:
    """Register files."""
    return evidence_operations.register(programme=opened, files=files, by=by, at=NOW)


def published(folder: Path, *, by: Person, **changes: Any) -> Run:
    """Give a published run of the three persons."""
    run = decided(folder, by=by, **changes)
    runs.ask(run=run, by=by, at=NOW)
    factories.approve(Approval.objects.get(kind=runs.KIND, subject=run.number))
    runs.approve(run=run, by=by, at=NOW)
    return runs.publish(run=run, on=factories.TODAY, by=by, at=NOW)
