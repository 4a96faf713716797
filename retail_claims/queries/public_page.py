"""The public page of a programme: what was promised, awarded and paid, and how to check it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retail_claims.models import Programme, Run
from retail_claims.rules.states import RunState
from together.ledger.models import Account
from together.ledger.rules.money import Money


@dataclass(frozen=True, slots=True)
class PublicPage:
    """
    What everybody may know.

    ``policy`` is the published policy without its salt; its digest, the root and the run digest
    are what a claimant's proof and an auditor's file lead to.
    """

    programme: str
    announced_at: datetime
    promised: Money
    run: str
    published_at: datetime
    persons: int
    decisions: dict[str, int]
    awarded: Money
    escrowed: Money
    reserved: Money
    paid: Money
    merkle_root: str
    run_digest: str
    results_digest: str
    policy_digest: str
    policy: dict[str, Any]


def page_of(programme: Programme) -> PublicPage | None:
    """Give the public page of a programme; nothing before its run is published."""
    runs = Run.objects.filter(programme=programme, state=RunState.PUBLISHED)
    run = runs.select_related("policy", "programme__pool").first()
    if run is None or run.published_at is None:
        return None
    pool = run.programme.pool
    return PublicPage(
        programme=programme.name,
        announced_at=programme.announced_at,
        promised=Money(pool.promised, pool.asset),
        run=run.number,
        published_at=run.published_at,
        persons=run.persons,
        decisions=dict(run.summary["decisions"]),
        awarded=Money(run.award_total, pool.asset),
        escrowed=Money(run.escrow_total, pool.asset),
        reserved=balance("fund.reserved", pool.code, pool.asset),
        paid=balance("fund.paid", pool.code, pool.asset),
        merkle_root=run.merkle_root,
        run_digest=run.run_digest,
        results_digest=run.summary["results_digest"],
        policy_digest=run.policy.digest,
        policy=run.policy.document,
    )


def balance(code: str, subject: str, asset: str) -> Money:
    """Give what an account of the fund holds, which the books keep on the credit side."""
    account = Account.objects.filter(chart_id=code, subject=subject, asset=asset).first()
    return Money(-account.balance if account else 0, asset)
