"""Ways of signing on paper: what a term sheet and an amendment letter each need for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from loans.models import AmendmentLetter, Loan, PaperAcceptance, TermSheet
from loans.operations import amendment_letters, term_sheets
from loans.operations.hidden import demand_seen
from together.controls.models import Person

Offer = TermSheet | AmendmentLetter


@dataclass(frozen=True, slots=True)
class Way:
    """
    How one kind of offer is signed.

    ``name`` is the field that points at it and ``words`` what it is called; ``approval`` is the
    kind of the request and ``document`` that of what was signed. ``demand_open`` lets only an offer
    pass that could be accepted on a day, ``take`` lets a locked one count as accepted.
    """

    name: str
    words: str
    approval: str
    document: str
    demand_open: Callable[[Any, Loan, date], None]
    take: Callable[[Any, Loan, Person, datetime, str], None]


SHEET = Way(
    "sheet",
    "Term sheet",
    "term_sheet.paper",
    "term_sheet.signed",
    term_sheets.demand_open,
    term_sheets.take_on_paper,
)
LETTER = Way(
    "letter",
    "Amendment letter",
    "amendment.paper",
    "amendment_letter.signed",
    amendment_letters.demand_open,
    amendment_letters.take_on_paper,
)


def way_of(offer: Offer) -> Way:
    """Say how an offer is signed on paper."""
    return SHEET if isinstance(offer, TermSheet) else LETTER


def demand_shown(offer: Offer, by: Person) -> None:
    """
    Let only somebody act on an offer who may open it.

    A term sheet is part of its application, which may be confidential. A letter is about a loan
    that is drawn: whoever serves that sees it.

    :raises Hidden: otherwise
    """
    if isinstance(offer, TermSheet):
        demand_seen(offer.loan.application, by)


def locked(offer: Offer) -> Offer:
    """Lock an offer, as part of an operation that has locked its loan."""
    if isinstance(offer, TermSheet):
        sheets = TermSheet.objects.select_for_update(of=("self",))
        return sheets.select_related("document").get(pk=offer.pk)
    letters = AmendmentLetter.objects.select_for_update(of=("self",))
    related = ("document", "adjustment__loan", "adjustment__approval")
    return letters.select_related(*related).get(pk=offer.pk)


def bound(paper: PaperAcceptance) -> dict[str, Any]:
    """Give what the approval of a paper binds of the offer: which version it is, and of what."""
    offer = paper.offer
    said = {
        "loan": offer.loan.number,
        "institution": offer.loan.institution.number,
        "version": offer.version,
    }
    if isinstance(offer, TermSheet):
        return {
            **said,
            "sheet": offer.number,
            "sheet_digest": paper.sheet_digest,
            "terms_digest": offer.terms_digest,
        }
    return {
        **said,
        "letter": offer.number,
        "letter_digest": paper.sheet_digest,
        "adjustment": offer.adjustment.number,
        "effect_digest": offer.effect_digest,
    }
