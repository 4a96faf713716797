"""Fields of the loan tape: the name, meaning and unit of each, and where it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from loans.queries.lent import Lent
from loans.rules.exact import Fraction
from loans.rules.states import LoanState
from together.console.queries.reports.late import overdue
from together.console.queries.reports.portfolio import bucket, grade, share
from together.controls.formats.reports import Column, Kind, Value
from together.ledger.rules.money import Money

MINOR = "asset of the loan"
YEAR = "fraction of one a year"
FRACTION = "fraction of one"
DAY = "ISO 8601 day"
YES_NO = "yes or no"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its short code, its name, its kind and unit, what it means, how it is read."""

    code: str
    name: str
    kind: Kind
    unit: str
    meaning: str
    of: Callable[[Lent], Value]

    @property
    def column(self) -> Column:
        """Give the column that it is."""
        return Column(self.name, self.kind)


def _term(name: str) -> Callable[[Lent], Value]:
    """Read a field of the agreed terms that the engine of fixed rates does not need."""

    def of(one: Lent) -> Value:
        said = one.loan.terms.get(name)
        return "" if said is None else str(said)

    return of


def _assessed(name: str) -> Callable[[Lent], Value]:
    """Read an amount of the last assessment of the loss allowance, if there is one."""

    def of(one: Lent) -> Value:
        return one.money(getattr(one.impairment, name)) if one.impairment else None

    return of


def _floating(name: str) -> Callable[[Lent], Value]:
    """Read a part of a floating rate, where the terms agree one."""

    def of(one: Lent) -> Value:
        said: Any = one.loan.terms.get("floating") or {}
        return str(said.get(name, "")) if isinstance(said, dict) else ""

    return of


def _loss(name: str) -> Callable[[Lent], Value]:
    """Read a figure of the expected loss of the newest worksheet."""

    def of(one: Lent) -> Value:
        said = one.worksheet.loss.get(name) if one.worksheet else None
        return None if said is None else Decimal(str(said))

    return of


def _owed(name: str) -> Callable[[Lent], Value]:
    return lambda one: one.money(getattr(one.owed, name))


def _yes(said: object) -> str:
    return "yes" if said else "no"


def _rate_kind(one: Lent) -> str:
    if one.loan.terms.get("floating"):
        return "floating"
    return "step" if any(event.type == "rate_change" for event in one.events) else "fixed"


def _drawn(one: Lent) -> Money:
    return one.amount(sum((amount for _, amount in one.drawn), Fraction(0)))


def _undrawn(one: Lent) -> Money:
    return one.undrawn


def _due(one: Lent) -> tuple[date | None, Money]:
    """Give the next due day with what is due on it; nothing once it is closed or lost."""
    coming = one.expected.next_after(one.as_of) if one.expected else None
    return (coming.due_on, coming.total) if coming else (None, one.money(0))


def _past_due(one: Lent) -> Money:
    return one.money(sum(part.minor_units for part in overdue(one)))


def _period(one: Lent) -> str:
    step = one.terms.period
    return f"every {step.every} {step.unit}" + ("s" if step.every > 1 else "")


def _lost(one: Lent) -> Money:
    return one.money(one.owed.lost + one.recovered.minor_units if _is_lost(one) else 0)


def _is_lost(one: Lent) -> bool:
    return one.state == LoanState.WRITTEN_OFF


def _ltv(one: Lent) -> Value:
    return None if one.loan_to_value is None else share(one.loan_to_value)


def _collateral(one: Lent) -> Value:
    """Give the market value of what is pledged in dollars, where every price is fresh."""
    if one.covering is None or one.covering.why_not:
        return None
    return Money(int(one.covering.market * 100), "USD")


BORROWER: tuple[Field, ...] = (
    Field("number", "Loan", "text", "identifier", "Number of the loan, for ever its own.",
          lambda one: one.loan.number),
    Field("application", "Application", "text", "identifier", "The application it came of.",
          lambda one: one.loan.application.number),
    Field("pool", "Pool", "text", "code", "The pool that lends.", lambda one: one.loan.pool_id),
    Field("institution", "Borrower", "text", "identifier", "Number of the borrowing institution.",
          lambda one: one.loan.institution.number),
    Field("legal_name", "Legal name", "text", "text", "Its name in the register.",
          lambda one: one.loan.institution.legal_name),
    Field("lei", "LEI", "text", "ISO 17442", "Its legal entity identifier.",
          lambda one: one.loan.institution.lei),
    Field("sector", "Sector", "text", "fixed list", "What it does.",
          lambda one: one.loan.institution.get_sector_display()),
    Field("country", "Country", "text", "ISO 3166-1 alpha-2", "Its jurisdiction.",
          lambda one: one.loan.institution.jurisdiction),
    Field("group", "Group", "text", "text", "Connected clients that it is one risk with.",
          lambda one: one.loan.institution.group.name if one.loan.institution.group else ""),
    Field("exchange", "Exchange", "text", "text", "The exchange that it is affiliated with.",
          lambda one: one.loan.institution.exchange),
)  # fmt: skip
TERMS: tuple[Field, ...] = (
    Field("state", "State", "text", "committed, active, closed, written off",
          "State on the day: committed and not drawn, owing, repaid, or given up.",
          lambda one: one.state.replace("_", " ")),
    Field("committed_on", "Committed on", "date", DAY, "When the amount was committed.",
          lambda one: one.loan.approved_at.date()),
    Field("originated_on", "Originated on", "date", DAY, "When the money was first drawn.",
          lambda one: one.drawn[0][0] if one.drawn else None),
    Field("matures_on", "Matures on", "date", DAY,
          "Due day of the last instalment of the plan as of the day.",
          lambda one: one.expected.matures_on if one.expected else None),
    Field("asset", "Currency", "text", "code", "What it is lent, owed and paid in.",
          lambda one: one.asset),
    Field("method", "Schedule", "text", "fixed list", "How principal comes back.",
          lambda one: one.terms.method.replace("_", " ")),
    Field("period", "Period", "text", "text", "How often an instalment is due.", _period),
    Field("instalments", "Instalments", "number", "count",
          "Instalments of the terms as they were agreed.", lambda one: one.terms.count),
    Field("rate_kind", "Rate kind", "text", "fixed, step, floating",
          "Whether the rate stays, was changed by agreement, or follows an index.", _rate_kind),
    Field("rate", "Rate", "percent", YEAR, "The rate of the day.", lambda one: share(one.rate)),
    Field("index", "Index", "text", "code", "What a floating rate follows.", _floating("index")),
    Field("spread", "Spread", "text", YEAR, "What is added to the index.", _floating("spread")),
    Field("day_count", "Day count", "text", "contract's name", "How days are counted.",
          lambda one: one.terms.day_count),
    Field("convention", "Business days", "text", "fixed list",
          "Where a due day goes that is no business day.",
          lambda one: one.terms.business_day_convention.replace("_", " ")),
    Field("calendar", "Calendar", "text", "code", "Whose business days they are.",
          _term("calendar")),
    Field("default_rate", "Default rate", "percent", YEAR,
          "What overdue principal earns after the last due day, if agreed.",
          lambda one: None if one.terms.default_rate is None else share(one.terms.default_rate)),
    Field("product", "Product", "text", "code", "The product that the terms began from.",
          _term("product")),
)  # fmt: skip
AMOUNTS: tuple[Field, ...] = (
    Field("amount", "Commitment", "money", MINOR, "The amount that was approved.",
          lambda one: one.money(one.loan.amount)),
    Field("undrawn", "Undrawn", "money", MINOR, "Committed and not drawn.", _undrawn),
    Field("drawn", "Drawn", "money", MINOR, "All that was ever drawn.", _drawn),
    Field("principal", "Outstanding principal", "money", MINOR,
          "Principal that is out; ties to the control account loan.principal.",
          _owed("principal")),
    Field("interest", "Accrued interest", "money", MINOR,
          "Interest earned to the day and not paid; ties to loan.interest.", _owed("interest")),
    Field("charges", "Charges", "money", MINOR,
          "Fees and penalties not paid; ties to loan.charges.", _owed("charges")),
    Field("owed", "Owed", "money", MINOR, "Principal, accrued interest and charges.",
          lambda one: one.owes),
    Field("overpaid", "Overpaid", "money", MINOR, "What came in beyond what was owed.",
          _owed("overpaid")),
    Field("earned", "Interest earned", "money", MINOR,
          "All interest that was ever accrued and not given up.", _owed("earned")),
    Field("received", "Received", "money", MINOR,
          "All money that came in and did not leave again.", _owed("received")),
)  # fmt: skip
RISK: tuple[Field, ...] = (
    Field("next_due_on", "Next due on", "date", DAY,
          "Due day of the next open instalment after the day.", lambda one: _due(one)[0]),
    Field("next_due", "Next due", "money", MINOR, "What is open of it.", lambda one: _due(one)[1]),
    Field("days_past_due", "Days past due", "number", "days",
          "Days since the due day of the oldest open instalment.",
          lambda one: one.expected.days_past_due if one.expected else 0),
    Field("bucket", "Bucket", "text", "bucket of arrears",
          "The bucket of the terms that holds them; nothing unless it is active.", bucket),
    Field("past_due", "Past due", "money", MINOR, "What was due before the day and is open.",
          _past_due),
    Field("last_paid_on", "Last receipt on", "date", DAY, "When money came in last.",
          lambda one: one.last_receipt[0] if one.last_receipt else None),
    Field("rating", "Grade", "text", "grade of the credit policy",
          "The grade of the newest worksheet by the day.", grade),
    Field("pd", "PD", "percent", FRACTION, "Its probability of default in a year.", _loss("pd")),
    Field("lgd", "LGD", "percent", FRACTION, "Its loss given default.", _loss("lgd")),
    Field("stage", "Stage", "number", "1, 2 or 3 (IFRS 9)",
          "By the last assessment of the loss allowance that was booked by the day.",
          lambda one: one.impairment.stage if one.impairment else None),
    Field("allowance", "Loss allowance", "money", MINOR, "What it expects to be lost.",
          _assessed("allowance")),
    Field("suspended", "In suspense", "money", MINOR,
          "Interest and charges that are owed and not counted as income.", _assessed("suspended")),
    Field("is_secured", "Secured", "text", YES_NO, "Whether the terms ask for collateral.",
          lambda one: _yes(one.loan.terms.get("secured"))),
    Field("collateral", "Collateral", "money", "USD",
          "Market value of what is pledged now at the prices of the day, rounded down; nothing"
          " where a price is missing or stale.", _collateral),
    Field("ltv", "LTV", "percent", FRACTION,
          "Owed over the market value of what is pledged, a unit of the asset as one USD.", _ltv),
    Field("covenants", "Covenants", "number", "count", "Covenants that are agreed with it.",
          lambda one: one.covenants),
    Field("is_restructured", "Restructured", "text", YES_NO,
          "Whether its plan was changed after it was agreed: re-aged, extended, another rate or"
          " due day.", lambda one: _yes(one.is_restructured)),
    Field("is_charged_off", "Charged off", "text", YES_NO,
          "Marked as doubtful; it owes and is paid as before.",
          lambda one: _yes(one.life and one.life.is_charged_off)),
    Field("written_off", "Principal written off", "money", MINOR,
          "Principal that was given up, before recoveries.", _lost),
    Field("recovered", "Recoveries", "money", MINOR, "What came in after that.",
          lambda one: one.recovered),
    Field("closed_through", "Books closed through", "date", DAY,
          "The last day whose interest is in the books now.", lambda one: one.loan.business_date),
    Field("terms_digest", "Digest of the terms", "text", "SHA-256",
          "What the approval, the term sheet and the loan agree in.",
          lambda one: one.loan.terms_digest),
)  # fmt: skip
FIELDS: tuple[Field, ...] = (*BORROWER, *TERMS, *AMOUNTS, *RISK)
PLACES = {field.code: n for n, field in enumerate(FIELDS)}
