"""Term sheets signed on paper; a test names what matters."""

from itertools import count

from loans.models import AmendmentLetter, PaperAcceptance, TermSheet
from loans.operations import paper_acceptances
from loans.operations.paper_acceptances import Scan, Signature
from loans.operations.paper_ways import way_of
from tests.factories import NOW, TODAY, approve, person
from together.controls.models import Approval, Person

_number = count(1)


def recorded(
    offer: TermSheet | AmendmentLetter,
    *,
    scan: Scan | None = None,
    by: Person | None = None,
    at=NOW,
    **signed,
) -> PaperAcceptance:
    """Record that a term sheet or letter was signed on paper."""
    given: dict = {
        "name": "Ines Harbour",
        "function": "chief financial officer",
        "on": TODAY,
        **signed,
    }
    asked = paper_acceptances.propose(
        offer=offer,
        signature=Signature(given["name"], given["function"], given["on"]),
        scan=scan or Scan("signed.pdf", f"%PDF-1.7 signed {next(_number)}".encode()),
        by=by or person("loan_officer"),
        at=at,
    )
    return PaperAcceptance.objects.get(number=asked.subject)


def request_of(paper: PaperAcceptance) -> Approval:
    """Give the request for the approval of a paper."""
    return Approval.objects.get(kind=way_of(paper.offer).approval, subject=paper.number)


def approved(paper: PaperAcceptance, *, at=NOW) -> PaperAcceptance:
    """Let a second officer approve a paper."""
    approve(request_of(paper), at=at)
    return paper


def taken(paper: PaperAcceptance, *, at=NOW, by: Person | None = None) -> PaperAcceptance:
    """Put a paper into effect."""
    paper_acceptances.accept(paper=paper, by=by or person("loan_officer"), at=at)
    paper.refresh_from_db()
    return paper
