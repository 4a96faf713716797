"""Concentration: what hangs on one borrower, group, sector, country, exchange or grade."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

from loans.formats.credit_policy import read_policy
from loans.queries.lent import Lent, lent
from loans.queries.policies import policy_in_force
from loans.rules.concentration import herfindahl
from loans.rules.credit.policy import Limits
from loans.rules.exact import Fraction
from loans.rules.profiles import NOT_AFFILIATED
from loans.rules.rounding import text
from together.console.queries.reports.asked import DIMENSIONS, Asked
from together.console.queries.reports.lending import PRINCIPAL, TIES, in_books
from together.console.queries.reports.portfolio import SOURCE, grade, share
from together.console.queries.reports.shared import by_asset, ledger
from together.controls.formats.reports import Column, Lead, Report, Row
from together.ledger.rules.money import ASSETS, Money

PARAMETERS = ("through", "pool", "by")
CENTS = 100
NONE = "none"
COLUMNS = (
    *(Column("Asset"), Column("By"), Column("Of"), Column("Loans", "number")),
    *(Column("Outstanding", "money"), Column("Promised", "money"), Column("Exposure", "money")),
    *(Column("Share", "percent"), Column("Limit", "money"), Column("Headroom", "money")),
    Column("Used", "percent"),
)
NOTES = (
    "Exposure is the principal that is out, and the commitment of what is not drawn yet: what the"
    " limits count. Limits are those of now; a limit of several pools is of all of them together.",
    "HHI (Herfindahl-Hirschman) is the sum of the squared shares times 10,000: 10,000 where all"
    " hangs on one, below 1,500 where nothing dominates. Source: US Horizontal Merger Guidelines"
    " of 2010, section 5.3, as banks borrow it for portfolios.",
)
Key = Callable[[Lent], tuple[str, str]]
KEYS: dict[str, Key] = {
    "institution": lambda one: (one.loan.institution.number, one.loan.institution.legal_name),
    # Who belongs to no group is a risk of its own.
    "group": lambda one: (
        (f"group {one.loan.institution.group_id}", one.loan.institution.group.name)
        if one.loan.institution.group
        else (one.loan.institution.number, f"{one.loan.institution.legal_name} (alone)")
    ),
    "sector": lambda one: (
        one.loan.institution.sector,
        one.loan.institution.get_sector_display(),
    ),
    "jurisdiction": lambda one: (one.loan.institution.jurisdiction,) * 2,
    "exchange": lambda one: (
        (one.loan.institution.exchange,) * 2
        if one.loan.institution.affiliation != NOT_AFFILIATED
        else ("", NONE)
    ),
    "grade": lambda one: (grade(one), grade(one) or NONE),
}


def concentration(asked: Asked) -> Report:
    """Give the exposure by each dimension, or by one, the largest first, with limits and HHI."""
    loans = [one for one in lent(asked.through, asked.pool) if one.exposure.minor_units]
    wanted = [pair for pair in DIMENSIONS if asked.by in ("", pair[0])]
    limits = read_policy(policy_in_force().document).limits
    rows = []
    for asset in by_asset(one.exposure for one in loans):
        mine = [one for one in loans if one.asset == asset]
        for by, words in wanted:
            rows += _of(asset, (by, words), mine, limits)
    return Report(
        name="concentration",
        title="Concentration",
        question="How much depends on one borrower, group, sector, country, exchange or grade?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=COLUMNS,
        rows=rows,
        totals=_totals(asked, loans),
        notes=(*NOTES, TIES),
        source=SOURCE,
        empty="Nothing was lent or promised on this day.",
    )


def _of(asset: str, dimension: tuple[str, str], loans: Sequence[Lent], by: Limits) -> list[Row]:
    """Give one dimension: its parts from the largest down, and their sum with the index."""
    name, words = dimension
    parts: dict[tuple[str, str], list[Lent]] = defaultdict(list)
    for one in loans:
        parts[KEYS[name](one)].append(one)
    exposures = {key: sum(one.exposure.minor_units for one in ones) for key, ones in parts.items()}
    whole = sum(exposures.values())
    rows = []
    for key in sorted(parts, key=lambda key: (-exposures[key], key)):
        ones = parts[key]
        limit = _limit(name, key[0], ones[0], by)
        amounts = _amounts(ones, asset)
        used = Fraction(exposures[key], limit.minor_units) if limit else None
        cells = (
            *(asset, words, key[1], len(ones), *amounts),
            share(Fraction(exposures[key], whole)),
            limit,
            limit - amounts[-1] if limit else None,
            None if used is None else share(used),
        )
        rows.append(Row(cells, leads=_leads(name, ones[0])))
    index = herfindahl([units for (code, _), units in exposures.items() if code], whole)
    said = f"HHI {text(index, 0)}" + (", of the affiliated alone" if name == "exchange" else "")
    sums = (asset, words, said, len(loans), *_amounts(loans, asset), Decimal(1), None, None, None)
    return [*rows, Row(sums, "subtotal")]


def _leads(name: str, one: Lent) -> dict[int, Lead]:
    """Lead to the page of an institution, or of its group."""
    institution = one.loan.institution
    if name == "institution" or (name == "group" and institution.group_id is None):
        return {2: Lead("loans_institution", (("pk", str(institution.pk)),))}
    if name == "group":
        return {2: Lead("loans_group", (("pk", str(institution.group_id)),))}
    return {}


def _amounts(ones: Sequence[Lent], asset: str) -> tuple[Money, Money, Money]:
    out = sum(one.owed.principal for one in ones if one.life)
    promised = sum(one.undrawn.minor_units for one in ones)
    return Money(out, asset), Money(promised, asset), Money(out + promised, asset)


def _limit(name: str, code: str, one: Lent, by: Limits) -> Money | None:
    """Give the limit of a part, by its institution or by the credit policy in force."""
    if name == "institution":
        return Money(one.loan.institution.limit, one.asset)
    shared = {
        "group": by.group if one.loan.institution.group_id else None,
        "sector": by.sector,
        "exchange": by.affiliation if code else None,
    }
    cents = shared.get(name)
    return None if cents is None else Money(cents * 10 ** ASSETS[one.asset] // CENTS, one.asset)


def _totals(asked: Asked, loans: Sequence[Lent]) -> list[Row]:
    known = in_books(asked, PRINCIPAL)
    rows = []
    for asset in by_asset([*(one.exposure for one in loans), *known.values()]):
        mine = [one for one in loans if one.asset == asset]
        amounts = _amounts(mine, asset)
        booked = known.get(asset, Money(0, asset))
        control = (asset, "Control account", PRINCIPAL, None, booked, *([None] * 6))
        check = ("Check", asset, "Principal less the books", None, amounts[0] - booked)
        rows += [
            Row((asset, "Sum", "", len(mine), *amounts, *([None] * 4))),
            Row(control, leads={4: ledger(asked, PRINCIPAL, asset, asked.pool)}),
            Row((*check, *([None] * 6)), "check"),
        ]
    return rows
