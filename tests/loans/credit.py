"""Accounts of a sound borrower, and worksheets that rest on them."""

from datetime import date, timedelta

from django.utils import timezone

from loans.models import Application, Institution, Spread, Worksheet
from loans.operations import spreads, underwriting
from loans.rules.credit.spreads import SECTIONS
from tests.factories import NOW, person
from together.controls.models import Document
from together.controls.operations import documents

M = 1_000_000_00
# A market maker of 200m: equity ratio 0.50, runway of 21 months, exposure of 7.5 %.
SOUND = {
    "cash": 60 * M,
    "own_custody": 100 * M,
    "held_on_exchanges": 10 * M,
    "receivables": 20 * M,
    "other_assets": 10 * M,
    "short_term_debt": 20 * M,
    "long_term_debt": 60 * M,
    "other_liabilities": 20 * M,
    "equity": 100 * M,
    "revenue": 80 * M,
    "operating_costs": 30 * M,
    "depreciation": 2 * M,
    "interest_expense": 4 * M,
    "crash_losses": 5 * M,
    "tax": 6 * M,
    "opening_cash": 40 * M,
    "operating_cash_flow": 35 * M,
    "investing_cash_flow": -10 * M,
    "financing_cash_flow": -5 * M,
    "claims_on_exchanges": 5 * M,
    "largest_exchange": 8 * M,
}
LAST_YEAR, LAST_QUARTER = date(2024, 12, 31), date(2025, 9, 30)


def shown(of: Institution, kind: str = "financials", **named) -> Document:
    """File a document that shows an institution's accounts."""
    given = {
        "area": "loans",
        "subject": of.number,
        "kind": kind,
        "title": f"Paper {kind}",
        "name": f"{kind}.pdf",
        "data": f"%PDF-1.7 {of.lei} {kind}".encode(),
        "by": person("loan_officer"),
        "at": NOW - timedelta(days=2),
    }
    return documents.file(**{**given, **named})


def spread(of: Institution, *, ends_on: date = LAST_QUARTER, lacks=(), **named) -> Spread:
    """Enter accounts that are good, evidenced in every section but those that it ``lacks``."""
    if "evidence" not in named:
        sections = [section for section, _ in SECTIONS if section not in lacks]
        known = Document.objects.filter(subject=of.number, kind="financials").first()
        paper = known or shown(of)
        named["evidence"] = dict.fromkeys(sections, paper.number)
    given = {
        "institution": of,
        "ends_on": ends_on,
        "months": 12,
        "basis": "audited",
        "amounts": SOUND,
        "by": person("loan_officer"),
        "at": NOW - timedelta(days=1),
    }
    return spreads.enter(**{**given, **named})


def spread_twice(of: Institution, **named) -> list[Spread]:
    """Enter the accounts of two periods, as the first policy asks for."""
    return [spread(of, ends_on=LAST_YEAR, **named), spread(of, **named)]


def recent(of: Institution) -> list[Spread]:
    """Enter accounts of two periods that are recent by the clock, which entrances ask."""
    now = timezone.now()
    ends = [(now - timedelta(days=days)).date() for days in (395, 30)]
    return [spread(of, ends_on=day, at=now) for day in ends]


def worksheet(of: Application, *, recommendation: str = "approve", **named) -> Worksheet:
    """Prepare the worksheet of an application whose accounts are there."""
    given = {
        "application": of,
        "recommendation": recommendation,
        "rationale": "Sound, and open about what it lost",
        "by": person("loan_officer"),
        "at": NOW,
    }
    return underwriting.prepare(**{**given, **named})


def underwritten(of: Application, **named) -> Application:
    """Underwrite an application with accounts that are good."""
    if not Spread.objects.filter(institution=of.institution).exists():
        spread_twice(of.institution)
    worksheet(of, **named)
    return of
