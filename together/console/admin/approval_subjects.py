"""What approvals are about: kinds in words, the record of each, and the asset of its amounts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from loans.models import (
    Adjustment,
    Application,
    Cancellation,
    CollateralPolicy,
    Condition,
    CovenantTest,
    CreditPolicy,
    Impairment,
    Instrument,
    MarginCall,
    MarketEntry,
    PaperAcceptance,
    Pledge,
    ProfileChange,
    Verification,
)
from retail_claims.models import Finding, Run
from together.console.queries.approvals import name_of
from together.controls.admin.showing import link
from together.controls.models import Approval, Hit
from together.treasury.models import (
    CashAccount,
    Conversion,
    Destination,
    Disbursement,
    Funding,
    PaymentFile,
    Pool,
    Remedy,
    Resolution,
    StatementLine,
)

Find = Callable[[Approval], Model | None]


@dataclass(frozen=True, slots=True)
class About:
    """A kind of request: who may read it, how it is called, and how its record is found."""

    reads: str
    words: str
    find: Find


def _by(model: Any, name: str) -> Find:
    def find(approval: Approval) -> Model | None:
        found: Model | None = model.objects.filter(**{name: approval.subject}).first()
        return found

    return find


def _resolution(approval: Approval) -> Model | None:
    found = Resolution.objects.filter(line=int(approval.subject))
    return found.filter(effect_digest=approval.effect_digest).order_by("id").last()


def _nothing(approval: Approval) -> Model | None:
    return None


def _last_policy(approval: Approval) -> Model | None:
    return CollateralPolicy.objects.filter(effect_digest=approval.effect_digest).first()


ABOUT: dict[str, About] = {
    "pool.funding": About("treasury.read", "Funding", _by(Funding, "reference")),
    "pool.conversion": About("treasury.read", "Conversion", _by(Conversion, "number")),
    "pool.programme": About("treasury.read", "Programme of a pool", _by(Pool, "code")),
    "pool.winddown": About(
        "treasury.read", "Payment back to the funder", _by(Disbursement, "number")
    ),
    "period.closing": About("books.read", "Closing of the books", _nothing),
    "period.reopening": About("books.read", "Reopening of the books", _nothing),
    "matching.policy": About("treasury.read", "Matching policy", _by(CashAccount, "code")),
    "match.undo": About("treasury.read", "Undoing of a match", _by(StatementLine, "pk")),
    "break.resolution": About("treasury.read", "Resolution of a break", _resolution),
    "destination.confirmation": About(
        "treasury.read", "Confirmation of a destination", _by(Destination, "number")
    ),
    "payment.file": About("treasury.read", "Payment file", _by(PaymentFile, "number")),
    "payment.rejection": About("treasury.read", "Rejected payments", _by(PaymentFile, "number")),
    "claims.finding": About("claims.read", "Finding about claims", _by(Finding, "number")),
    "payment.remedy": About("treasury.read", "Remedy of a failed payment", _by(Remedy, "number")),
    "payment.again": About("treasury.read", "Payment made again", _by(Disbursement, "number")),
    "retail.run": About("claims.read", "Run of claims", _by(Run, "number")),
    "retail.payout": About("claims.read", "Payout of awards", _by(Disbursement, "number")),
    "institution.kyb": About(
        "loans.read", "Verification of an institution", _by(Verification, "number")
    ),
    "institution.profile": About(
        "loans.read", "Change of an institution's profile", _by(ProfileChange, "number")
    ),
    "screening.clearing": About("loans.read", "Clearing of a hit", _by(Hit, "number")),
    "screening.policy": About("loans.read", "Policy of screening", _nothing),
    "credit.policy": About("loans.read", "Credit policy", _by(CreditPolicy, "number")),
    "market.policy": About("loans.read", "Policy of an instrument", _by(Instrument, "code")),
    "market.entry": About("loans.read", "Entry of market data", _by(MarketEntry, "number")),
    "collateral.policy": About("loans.read", "Collateral policy", _last_policy),
    "collateral.pledge": About("loans.read", "Pledge of collateral", _by(Pledge, "number")),
    "collateral.release": About("loans.read", "Release of collateral", _by(Pledge, "number")),
    "margin.extension": About(
        "loans.read", "More time for a margin call", _by(MarginCall, "number")
    ),
    "covenant.waiver": About("loans.read", "Waiver of a covenant", _by(CovenantTest, "number")),
    "loan.approval": About("loans.read", "Loan", _by(Application, "number")),
    "loan.condition": About("loans.read", "Condition of a loan", _by(Condition, "number")),
    "loan.adjustment": About("loans.read", "Adjustment of a loan", _by(Adjustment, "number")),
    "loan.cancellation": About(
        "loans.read", "Cancellation of a commitment", _by(Cancellation, "number")
    ),
    "loan.impairment": About(
        "loans.read", "Assessment of the loss allowance", _by(Impairment, "number")
    ),
    "term_sheet.paper": About(
        "loans.read", "Term sheet signed on paper", _by(PaperAcceptance, "number")
    ),
    "amendment.paper": About(
        "loans.read", "Amendment letter signed on paper", _by(PaperAcceptance, "number")
    ),
    "loan.drawdown": About("loans.read", "Drawdown of a loan", _by(Disbursement, "number")),
}


def words_of(kind: str) -> str:
    """Give the kind of a request in words."""
    return ABOUT[kind].words if kind in ABOUT else kind


def subject_link(approval: Approval) -> Any:
    """Give a link to the record that a request is about, or its name where there is none."""
    about = ABOUT.get(approval.kind)
    found = about.find(approval) if about else None
    return link(found, name_of(approval)) if found else name_of(approval)


def asset_of(approval: Approval, name: str = "") -> str:
    """Give the asset that an amount of a request is of; those of a conversion are of two."""
    effect = approval.effect
    if effect.get("asset"):
        return str(effect["asset"])
    account = effect.get({"sold": "sold_from", "bought": "bought_on"}.get(name, "account"))
    account = account or effect.get("sold_from")
    found: Any = Pool.objects.filter(code=effect.get("pool")).values_list("asset", flat=True)
    if effect.get("line"):
        lines = StatementLine.objects.filter(pk=effect["line"])
        found = lines.values_list("account__asset", flat=True)
    elif account:
        found = CashAccount.objects.filter(pk=account).values_list("asset", flat=True)
    return str(found.first() or "USDC")
