"""Credit memos: a worksheet as a paper for the people who decide."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from loans.formats import plan_papers
from loans.formats.agreed import read_agreed
from loans.formats.floating import in_pairs
from loans.models import Application, Spread, Worksheet
from loans.operations.hidden import demand_seen
from loans.queries.underwriting import planned
from loans.rules.credit.ratios import RATIOS, in_words
from loans.rules.credit.spreads import LINES, SECTIONS, cents
from loans.rules.rounding import text
from loans.rules.terms import Terms
from together.controls.formats import paper_pdf
from together.controls.formats.papers import Grid, Paper, Section
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.ledger.rules.money import Money

MARK = "Confidential: for the people who decide on this application"
# A plan longer than this is told by its first and last instalments.
MOST_ROWS = 40


@transaction.atomic(durable=True)
def credit_memo(*, worksheet: Worksheet, by: Person, at: datetime) -> bytes:
    """Print the credit memo of a worksheet as PDF/A, and write down who took it."""
    people.demand(by, "loans.read")
    worksheet = Worksheet.objects.select_related(
        "application__institution", "application__pool", "policy", "prepared_by"
    ).get(pk=worksheet.pk)
    demand_seen(worksheet.application, by)
    printed = paper_pdf.content(paper(worksheet), at)
    record(
        what="credit_memo.taken",
        subject=worksheet.number,
        by=by,
        at=at,
        details={"application": worksheet.application.number, "digest": worksheet.digest},
    )
    return printed


def paper(worksheet: Worksheet) -> Paper:
    """Write the credit memo: what is asked for, who asks, what was found, what is recommended."""
    application = worksheet.application
    institution = application.institution
    money = Money(application.amount, application.pool.asset)
    scored, loss = worksheet.assessment, worksheet.loss
    return Paper(
        kind="Credit memo",
        title=f"{institution.legal_name}: {money}",
        pairs=(
            ("Application", f"{application.number}, {application.purpose}"),
            ("Institution", f"{institution.number}, LEI {institution.lei}"),
            ("Worksheet", f"{worksheet.number}, version {worksheet.version}"),
            ("Prepared", f"{worksheet.prepared_at:%d %b %Y, %H:%M} UTC by {worksheet.prepared_by}"),
            ("Digest of the worksheet", worksheet.digest),
        ),
        sections=(
            Section(
                "Recommendation",
                (worksheet.rationale,),
                (
                    ("Recommended", worksheet.recommendation),
                    ("The scorecard says", scored["recommendation"]),
                    ("Score", f"{scored['score']} of {scored['most']}, grade {scored['grade']}"),
                    ("Expected loss a year", f"{cents(loss['expected_loss_cents'])} USD"),
                ),
            ),
            _terms(application, worksheet.prepared_at.date()),
            _scorecard(worksheet),
            _figures(worksheet),
            _accounts(worksheet),
            _limits(worksheet.headrooms),
        ),
        mark=MARK,
    )


def _terms(application: Application, on: date) -> Section:
    terms = application.terms
    engine = read_agreed(terms)
    _, plan = planned(application, on)
    rows, left_out = plan_papers.rows(plan, engine.decimals, MOST_ROWS)
    return Section(
        "Proposed terms and cash flow",
        (left_out,) if left_out else (),
        (
            ("Product", str(terms.get("product", "-"))),
            *_rate(engine),
            *_availability(engine),
            ("Day count", str(terms.get("day_count", "-"))),
            ("Instalments", str(len(plan))),
            ("Interest in all", plan_papers.interest(plan, engine.decimals)),
        ),
        (
            Grid(
                ("Due, if drawn today", "Principal", "Interest", "Due", "Balance"),
                rows,
                plan_papers.RIGHT,
            ),
        ),
    )


def _rate(engine: Terms) -> tuple[tuple[str, str], ...]:
    planned_at = f"{text(engine.rate * 100, 4)} %"
    if engine.floating is None:
        return (("Rate a year", planned_at),)
    return (*in_pairs(engine.floating), ("Planned at", planned_at))


def _availability(engine: Terms) -> tuple[tuple[str, str], ...]:
    if engine.availability is None:
        return ()
    fee = f"{text(engine.availability.fee_rate * 100, 4)} % a year"
    return (("Available for", f"{engine.availability.days} days"), ("Commitment fee", fee))


def _scorecard(worksheet: Worksheet) -> Section:
    scored = worksheet.assessment
    rows = [
        (
            one["title"],
            in_words(one["factor"], one["figure"]) or "-",
            "yes" if one["evidenced"] else "NO",
            f"{one['points']} of {one['most']}",
        )
        for one in scored["contributions"]
    ]
    return Section(
        f"Scorecard of {worksheet.policy.number}",
        ("; ".join(scored["reasons"]) + ".",),
        (),
        (Grid(("Factor", "Figure", "Evidenced", "Points"), rows, frozenset({1, 3})),),
    )


def _figures(worksheet: Worksheet) -> Section:
    rows = [
        (ratio.title, in_words(ratio.name, one["value"]) or "-", one["why"] or "evidenced")
        for ratio in RATIOS
        if (one := worksheet.figures.get(ratio.name))
    ]
    return Section(
        "Ratios, with the loan asked for",
        grids=(Grid(("Ratio", "Value", "Evidence"), rows, frozenset({1})),),
    )


def _accounts(worksheet: Worksheet) -> Section:
    known = list(Spread.objects.filter(number__in=worksheet.spreads).order_by("-ends_on", "-id"))[
        :3
    ]
    rows = [(line.title, *(cents(one.amounts[line.name]) for one in known)) for line in LINES]
    rows += [
        (f"{title}: shown by", *(one.evidence.get(section, "NOTHING") for one in known))
        for section, title in SECTIONS
    ]
    heads = ("USD", *(f"{one.ends_on:%d %b %Y}, {one.months} months" for one in known))
    return Section(
        "Accounts",
        grids=(
            Grid(heads, rows if known else [], frozenset(range(1, len(heads))), "No accounts."),
        ),
    )


def _limits(headrooms: Sequence[dict[str, Any]]) -> Section:
    rows = []
    for one in headrooms:
        free = one["limit"] - one["used"]
        amounts = (one["limit"], free, free - one["asked"])
        rows.append((one["name"], *(str(Money(units, one["asset"])) for units in amounts)))
    return Section(
        "Limits",
        grids=(Grid(("Limit", "In all", "Free before", "Free after"), rows, frozenset({1, 2, 3})),),
    )
