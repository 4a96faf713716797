"""Term sheets: the one of a loan that counts, and what it waits for on a day."""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from loans.models import Loan, TermSheet
from loans.rules.institution_states import PaperState
from loans.rules.states import TermSheetState
from loans.rules.term_sheets import LAPSED, state_on


def newest(loan: Loan) -> TermSheet | None:
    """Give the newest version of a loan's term sheet: the only one that is not superseded."""
    return TermSheet.objects.filter(loan=loan).order_by("-version").first()


def accepted(loan: Loan) -> TermSheet | None:
    """Give the term sheet that a loan's institution accepted on just the terms that it has."""
    found = TermSheet.objects.filter(loan=loan, state=TermSheetState.ACCEPTED)
    return found.filter(terms_digest=loan.terms_digest).first()


def why_not(loan: Loan, on: date) -> str:
    """Say which term sheet a loan waits for, and what that one waits for."""
    sheet = newest(loan)
    if sheet is None:
        return "no term sheet was issued: a loan officer issues one"
    if sheet.terms_digest != loan.terms_digest:
        return f"{sheet.number} is of other terms: a loan officer issues another one"
    if state_on(sheet.state, sheet.lapses_on, on) == LAPSED:
        return f"{sheet.number} lapsed on {sheet.lapses_on}: a loan officer issues another one"
    paper = sheet.paper_acceptances.filter(state=PaperState.PROPOSED).first()
    if paper is not None:
        return f"{sheet.number} was signed on paper: {paper.number} waits to be put into effect"
    return f"{sheet.number} waits for {loan.institution.legal_name} to accept it in the portal"


def in_state_on(found: QuerySet[Any], state: str, on: date) -> QuerySet[Any]:
    """Keep the sheets or letters that are in a state on a day; all of them if none is named."""
    if not state:
        return found
    if state == LAPSED:
        return found.filter(state=TermSheetState.ISSUED, lapses_on__lte=on)
    if state == TermSheetState.ISSUED:
        found = found.filter(lapses_on__gt=on)
    return found.filter(state=state)
