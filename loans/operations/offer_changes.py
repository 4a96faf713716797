"""Offers compared: what a version of a term sheet says of the one before, in words and in worth."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from loans.formats.agreed import read_agreed
from loans.formats.floating import percent
from loans.formats.offers import read_plan
from loans.formats.plan_papers import grouped
from loans.models import Loan, TermSheet
from loans.operations import offers
from loans.rules.exact import Fraction
from loans.rules.faults import Fault
from loans.rules.offers import CHANGED, WORTH, Change, Worth, changes, worth
from loans.rules.rounding import text
from loans.rules.terms import Terms
from together.controls.formats.papers import Grid, Paper, Section

HEADS = ("What", "Before", "After")
COMPARED = (
    "Nothing is drawn, so two offers are compared and not a debt: what would be paid back under"
    " each, discounted to the day on which it would be drawn, at the effective rate of the offer"
    " before. The ten per cent test of IFRS 9 (B3.3.6) is about a debt that exists; it is not made."
)
AN_EXAMPLE = " The rate floats: both schedules are examples, each at the rate that it counts with."


def told(paper: Paper, loan: Loan, before: TermSheet | None) -> Paper:
    """Write into a version what it changes against the one before; a first one changes nothing."""
    if before is None:
        return paper
    found, compared = compare(loan, before, paper)
    return replace(paper, sections=(_changed(found, before), compared, *paper.sections))


def compare(loan: Loan, before: TermSheet, paper: Paper) -> tuple[list[Change], Section]:
    """Give what a paper changes against a version, and the section of what that is worth."""
    now, engine = offers.content(paper), read_agreed(loan.terms)
    found = changes(before.content, now)
    valued = value(engine, before.content, now)
    if isinstance(valued, str):
        return found, Section(WORTH, (f"Not known: {valued}.",))
    return found, _worth(valued, engine)


def value(engine: Terms, was: Mapping[str, Any], now: Mapping[str, Any]) -> Worth | str:
    """Give what two versions are worth as they are kept, or why that cannot be said."""
    plans = read_plan(was), read_plan(now)
    if plans[0] is None or plans[1] is None:
        return "a schedule is longer than its sheet tells"
    try:
        return worth(plans[0], plans[1], engine.unit)
    except Fault as fault:
        return fault.message


def _changed(found: Sequence[Change], before: TermSheet) -> Section:
    rows = [(one.what, one.before, one.after) for one in found]
    said = f"Compared with {before.number}, issued {before.issued_at:%d %b %Y}, term by term."
    grid = Grid(HEADS, rows, empty="Nothing: the same is offered again.")
    return Section(f"{CHANGED} {before.version}", (said,), (), (grid,))


def _worth(found: Worth, engine: Terms) -> Section:
    def row(name: str, both: tuple[Fraction, Fraction]) -> tuple[str, str, str]:
        before, after = (grouped(one, engine.decimals) for one in both)
        return name, before, after

    rates = [percent(Fraction(one), most=4) for one in (found.rate, found.new_rate)]
    rows = [
        row("Lent", found.lent),
        row("Paid back, in present value", found.paid_back),
        row("Above what is lent", found.above),
        ("Effective rate a year", rates[0], rates[1]),
    ]
    said = COMPARED + (AN_EXAMPLE if engine.floating is not None else "")
    return Section(
        WORTH,
        (said,),
        (("Difference", difference(found, engine)),),
        (Grid(HEADS, rows, frozenset({1, 2})),),
    )


def difference(found: Worth, engine: Terms) -> str:
    """Write what the second offer is worth more or less, with its share of what is lent."""
    share = text(found.share * 100, 4)
    return f"{grouped(found.gain, engine.decimals)} ({share} % of what is lent)"
