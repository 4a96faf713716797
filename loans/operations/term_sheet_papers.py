"""Term sheets as papers: what a committed loan is offered on, written for its institution."""

from datetime import date, timedelta

from loans.formats import plan_papers
from loans.formats.agreed import read_agreed, secured_of
from loans.formats.floating import in_pairs
from loans.formats.offers import heading
from loans.models import Condition, Covenant, Guarantee, Loan, Pledge
from loans.queries.underwriting import planned
from loans.rules import covenants as covenant_rules
from loans.rules.exact import Fraction
from loans.rules.market_data import written
from loans.rules.rounding import text
from loans.rules.states import ConditionState, PledgeState, TermState
from loans.rules.term_sheets import GOODWILL
from loans.rules.terms import Terms
from together.controls.formats.papers import Grid, Paper, Section
from together.ledger.rules.money import Money

MARK = "An offer for the institution that it names; it binds once it is accepted"
# Longer plans than the console lets anybody ask for are told by their first and last instalments.
MOST_ROWS = 400
PREPAID = {
    "instalments": "pays the next instalments",
    "shorten": "leaves fewer instalments",
    "lower": "leaves lower instalments",
}


def paper(loan: Loan, *, number: str, version: int, on: date, lapses_on: date) -> Paper:
    """Write the term sheet of a loan that is issued on a day and lapses on another."""
    institution, engine = loan.institution, read_agreed(loan.terms)
    return Paper(
        kind="Term sheet",
        title=f"{institution.legal_name}: {Money(loan.amount, loan.pool.asset)}",
        pairs=(
            ("Term sheet", f"{number}, version {version}"),
            ("Loan", loan.number),
            ("Issued", f"{on:%d %b %Y}"),
            ("To be accepted by", f"{lapses_on - timedelta(days=1):%d %b %Y}"),
            ("Digest of the terms", loan.terms_digest),
        ),
        sections=(
            _parties(loan),
            _terms(loan, engine),
            _schedule(loan, engine, on),
            _security(loan),
            _guarantees(loan),
            _covenants(loan),
            _conditions(loan),
            Section("Without acceptance of liability", (GOODWILL,)),
        ),
        mark=MARK,
    )


def _parties(loan: Loan) -> Section:
    borrower = loan.institution
    return Section(
        "Parties",
        pairs=(
            ("Borrower", f"{borrower.legal_name}, {borrower.jurisdiction}"),
            ("LEI", borrower.lei),
            ("Lender", f"{loan.pool.name}, a pool of this initiative"),
            ("Purpose", loan.application.purpose),
        ),
    )


def _terms(loan: Loan, engine: Terms) -> Section:
    return Section(
        "Terms",
        pairs=(
            ("Amount", str(Money(loan.amount, loan.pool.asset))),
            *_rate(engine),
            ("Day count", engine.day_count),
            ("Repayment", engine.method.replace("_", " ")),
            *_availability(engine),
            ("Default interest", _default(engine)),
            ("Paid before it is due", PREPAID[engine.prepayment]),
        ),
    )


def _rate(engine: Terms) -> tuple[tuple[str, str], ...]:
    if engine.floating is None:
        return (("Rate a year", f"{_share(engine.rate)} %"),)
    planned_at = ("Rate that the schedule counts with", f"{_share(engine.rate)} %")
    return (*in_pairs(engine.floating), planned_at)


def _availability(engine: Terms) -> tuple[tuple[str, str], ...]:
    agreed = engine.availability
    if agreed is None:
        return ()
    fee = f"{_share(agreed.fee_rate)} % a year of what is not drawn, due with the first instalment"
    return (
        ("Available for", f"{agreed.days} days after acceptance"),
        ("Commitment fee", fee if agreed.fee_rate else "none"),
    )


def _default(engine: Terms) -> str:
    """Say what is earned on what is overdue after the last due date."""
    if engine.default_rate is None:
        return "none"
    on = "principal and interest" if engine.default_on_interest else "principal"
    return f"{_share(engine.default_rate)} % a year on overdue {on}"


def _share(fraction: Fraction) -> str:
    """Write a fraction as a share of a hundred, without noughts at its end."""
    return text(fraction * 100, 6).rstrip("0").rstrip(".")


def _schedule(loan: Loan, engine: Terms, on: date) -> Section:
    drawn_on, plan = planned(loan.application, on)
    rows, left_out = plan_papers.rows(plan, engine.decimals, MOST_ROWS)
    said: tuple[str, ...] = (
        "The days and amounts follow from the day on which the loan is drawn."
        f" All amounts are in {loan.pool.asset}.",
    )
    interest = plan_papers.interest(plan, engine.decimals)
    if engine.floating is not None:
        said = (*said, "Interest follows the fixings: what is shown is an example at one rate.")
    return Section(
        heading(drawn_on),
        (*said, left_out) if left_out else said,
        (("Instalments", str(len(plan))), ("Interest in all", interest)),
        (
            Grid(
                ("Due", "Principal", "Interest", "To pay", "Balance"),
                rows,
                plan_papers.RIGHT,
            ),
        ),
    )


def _security(loan: Loan) -> Section:
    most = secured_of(loan.terms)
    held = Pledge.objects.filter(application=loan.application_id, state=PledgeState.IN_FORCE)
    rows = [
        (one.number, f"{_quantity(one)} {one.instrument_id}", one.custodian, one.reference)
        for one in held.select_related("instrument").order_by("id")
    ]
    said = "The loan is unsecured." if most is None else _secured(text(most * 100, 2))
    grid = Grid(("Pledge", "Collateral", "Kept by", "Under"), rows, empty="Nothing is pledged.")
    return Section("Security", (said,), (), (grid,) if rows or most is not None else ())


def _secured(percent: str) -> str:
    return (
        f"The loan is secured: it is lent at a loan to value of at most {percent} %, or less where"
        " the collateral policy says so. Above its bands more collateral is called for."
    )


def _quantity(pledge: Pledge) -> str:
    return written(pledge.quantity, pledge.instrument.quantity_scale)


def _guarantees(loan: Loan) -> Section:
    kept = Guarantee.objects.filter(application=loan.application_id, state=TermState.AGREED)
    rows = [
        (
            one.guarantor,
            one.number,
            one.lei or "-",
            str(Money(one.amount, loan.pool.asset)) if one.amount else "all that is owed",
        )
        for one in kept
    ]
    heads = ("Guarantor", "Guarantee", "LEI", "Up to")
    return Section(
        "Guarantees", grids=(Grid(heads, rows, frozenset({3}), "Nobody guarantees the loan."),)
    )


def _covenants(loan: Loan) -> Section:
    kept = Covenant.objects.filter(application=loan.application_id, state=TermState.AGREED)
    rows = [
        (
            covenant_rules.words(one.kind, one.ratio, one.bound, one.text, is_least=one.is_least),
            one.number,
            f"every {one.every_months} months",
            f"{one.due_days} days",
            f"{one.cure_days} days",
        )
        for one in kept
    ]
    heads = ("What is kept", "Covenant", "Tested", "Shown within", "Cured within")
    return Section("Covenants", grids=(Grid(heads, rows, empty="None is agreed."),))


def _conditions(loan: Loan) -> Section:
    kept = Condition.objects.filter(application=loan.application_id)
    rows = [(one.text, one.number, one.state) for one in kept.exclude(state=ConditionState.REMOVED)]
    heads = ("What must be so", "Condition", "On the day of issue")
    said = ("The money goes out once each of them is satisfied or waived.",) if rows else ()
    return Section("Conditions precedent", said, (), (Grid(heads, rows, empty="None is agreed."),))
