"""The underwriting of the demo: accounts of the borrowers, and what documents show of them."""

from datetime import datetime, timedelta

from loans.models import Application, Institution, Worksheet
from loans.operations import conditions, covenants, spreads, underwriting
from loans.queries import underwriting as queries
from loans.queries.underwriting import newest_worksheet, spreads_of
from loans.rules.credit.scorecard import APPROVE, DECLINE, REFER
from loans.rules.credit.spreads import SECTIONS
from loans.rules.states import ConditionState
from together.console.operations.demo import funds
from together.console.operations.demo.borrowers import Borrower
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Document, Person
from together.controls.operations import documents
from together.ledger.rules.money import parse

# Accounts end so many days before they are looked at; those before them a year earlier.
AGES = (40, 405)
# Of a borrower of a million that asks for a tenth of its assets, in cents for each.
SHARES = {
    "cash": 260,
    "own_custody": 470,
    "held_on_exchanges": 60,
    "receivables": 140,
    "other_assets": 70,
    "short_term_debt": 110,
    "long_term_debt": 300,
    "other_liabilities": 170,
    "equity": 420,
    "revenue": 520,
    "operating_costs": 200,
    "depreciation": 12,
    "interest_expense": 30,
    "crash_losses": 45,
    "tax": 41,
    "opening_cash": 210,
    "operating_cash_flow": 160,
    "investing_cash_flow": -60,
    "financing_cash_flow": -50,
    "claims_on_exchanges": 30,
    "largest_exchange": 55,
}
THOUSANDTHS = 1000
CONDITION = "The board of the borrower has agreed to the loan"
COVENANTS = (
    {
        "kind": "financial",
        "ratio": "equity_ratio",
        "is_least": True,
        "bound": "0.25",
        "every_months": 3,
        "due_days": 45,
        "cure_days": 30,
    },
    {
        "kind": "information",
        "text": "Accounts of the quarter, with letters of the custodians",
        "every_months": 3,
        "due_days": 45,
        "cure_days": 15,
    },
)
RATIONALES = {
    APPROVE: (
        "It lost collateral in the crash and says how much. Its positions are hedged by day. It"
        " repays from trading income; cash covers costs for more than a year."
    ),
    REFER: "What it holds on exchanges is not shown by any document.",
    DECLINE: "Hardly any equity or cash is left, and its profit does not cover its interest.",
}


def underwrite(
    borrower: Borrower, application: Application, *, cast: People, at: datetime, tell: Tell
) -> Worksheet:
    """Enter a borrower's accounts and prepare its worksheet; run again, it goes on."""
    known = newest_worksheet(application)
    if known is not None:
        return known
    officer = cast["loan_officer"]
    _accounts(borrower, application.institution, by=officer, at=at)
    _agreed(application, by=officer, at=at)
    found = queries.underwrite(application, at).assessment
    name = application.institution.legal_name
    tell(f"{application.number}: {name} is scored: {found.recommendation} ({found.score} of 100)")
    return underwriting.prepare(
        application=application,
        recommendation=found.recommendation,
        rationale=RATIONALES[found.recommendation],
        by=officer,
        at=at,
    )


def _accounts(borrower: Borrower, of: Institution, *, by: Person, at: datetime) -> None:
    """Enter the accounts of two years, each section with what shows it."""
    if spreads_of(of):
        return
    shown = {section: _paper(of, section, by, at) for section, _ in SECTIONS}
    if not borrower.exposure_is_evidenced:
        del shown["exposure"]
    for age in reversed(AGES):
        spreads.enter(
            institution=of,
            ends_on=at.date() - timedelta(days=age),
            months=12,
            basis="audited",
            amounts=amounts_of(borrower.amount, **borrower.shares),
            evidence={section: paper.number for section, paper in shown.items()},
            by=by,
            at=at,
        )


def amounts_of(asked: str, **changed: int) -> dict[str, int]:
    """Give accounts of a borrower that asks for an amount, in cents; named shares are changed."""
    assets = parse(asked, "USD").minor_units * 10
    return {name: share * assets // THOUSANDTHS for name, share in {**SHARES, **changed}.items()}


def _paper(of: Institution, section: str, by: Person, at: datetime) -> Document:
    """File the accounts once, and the custodians' letters beside them."""
    kind = "exposure" if section == "exposure" else "financials"
    titles = {"financials": "Audited accounts", "exposure": "Letters of the custodians"}
    found = Document.objects.filter(subject=of.number, kind=kind).first()
    return found or documents.file(
        area="loans",
        subject=of.number,
        kind=kind,
        title=titles[kind],
        name=f"{kind}.txt",
        data=f"{titles[kind]} of {of.legal_name}, {of.lei}\n".encode(),
        by=by,
        at=at,
    )


def _agreed(application: Application, *, by: Person, at: datetime) -> None:
    """Agree what the borrower keeps, and what must be so before money goes out."""
    if not application.covenants.exists():
        for said in COVENANTS:
            covenants.agree(application=application, said=dict(said), by=by, at=at)
    if not application.conditions.exists():
        conditions.agree(application=application, text=CONDITION, by=by, at=at)


def satisfy(application: Application, *, cast: People, at: datetime) -> None:
    """File what shows the conditions of an application and have them agreed by a second person."""
    officer = cast["loan_officer"]
    for condition in application.conditions.filter(state=ConditionState.OPEN):
        shown = documents.file(
            area="loans",
            subject=application.number,
            kind="legal",
            title="Resolution of the board",
            name="resolution.txt",
            data=f"{condition.text}: {application.institution.legal_name}\n".encode(),
            by=officer,
            at=at,
        )
        asked = conditions.propose(
            condition=condition,
            outcome=ConditionState.SATISFIED,
            document=shown.number,
            by=officer,
            at=at,
        )
        funds.agree(asked, cast, at=at)
        conditions.settle(condition=condition, approval=asked, by=officer, at=at)
