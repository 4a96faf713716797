"""Acceptances on paper: recorded by an officer with the signed document, approved by a second."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from loans.models import Loan, PaperAcceptance
from loans.operations import books, paper_ways
from loans.operations.allowed import demand_any
from loans.operations.paper_ways import Offer, way_of
from loans.rules.institution_states import PAPER_MOVES, LetterState, PaperState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, documents, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import in_cents

# What a signature can be seen on.
SCANS = ("application/pdf", "image/png", "image/jpeg")


class BadPaper(Refused):
    """Raised when a signature on paper cannot be so; says which field, its value and the rule."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed for the institution, in which function, on which day."""

    by: str
    function: str
    on: date


@dataclass(frozen=True, slots=True)
class Scan:
    """The signed document as it came in."""

    name: str
    data: bytes


@transaction.atomic(durable=True)
def propose(
    *, offer: Offer, signature: Signature, scan: Scan, by: Person, at: datetime
) -> Approval:
    """
    Record that a term sheet or letter was signed on paper, file it, and ask a second officer.

    The approval is bound to the digests of the document and of just this version of the offer.

    :raises NotAllowed: if it is no loan officer who records it
    :raises BadPaper: if who signed is not said, the day is not between the issue and today, the
        document is no scan, is the paper as it was sent, or was recorded before
    :raises NotADocument: if the file is of no kind that is filed
    :raises NotAcceptable: if a sheet lapsed, is of other terms, or its PDF was withdrawn
    :raises NotAnswerable: if a letter lapsed, its PDF was withdrawn, or the loan has changed since
    :raises NotPossibleNow: if it was answered or superseded, or another paper of it waits
    """
    people.demand(by, "loans.write")
    loan = books.locked(offer.loan)
    paper_ways.demand_shown(offer, by)
    offer = paper_ways.locked(offer)
    # Of both kinds of offer the first state has one name.
    if offer.state != LetterState.ISSUED:
        raise lifecycle.NotPossibleNow(f"{way_of(offer).words} {offer.number} is {offer.state}")
    waiting = offer.paper_acceptances.filter(state=PaperState.PROPOSED).first()
    if waiting:
        raise lifecycle.NotPossibleNow(f"{waiting.number} of {offer.number} waits already")
    way_of(offer).demand_open(offer, loan, at.date())
    sha256 = hashlib.sha256(scan.data).hexdigest()
    found = [*_unsigned(signature, offer, at.date()), *_unfit(offer, sha256)]
    if found:
        raise BadPaper(f"{offer.number}: {'; '.join(found)}")
    return _recorded(offer, loan, signature, scan, by=by, at=at)


def _recorded(
    offer: Offer, loan: Loan, signature: Signature, scan: Scan, *, by: Person, at: datetime
) -> Approval:
    way = way_of(offer)
    document = documents.keep(
        area="loans",
        subject=loan.number,
        kind=way.document,
        title=f"{way.words} {offer.number} of loan {loan.number}, signed",
        name=scan.name,
        data=scan.data,
        by=by,
        at=at,
        issued_on=signature.on,
    )
    if document.media_type not in SCANS:
        raise BadPaper(f"document: {document.name!r} must be a PDF, PNG or JPEG: a scan")
    paper = PaperAcceptance(
        number=next_number(PaperAcceptance, "PA"),
        **{way.name: offer},
        document=document,
        document_digest=document.content_id,
        sheet_digest=offer.digest,
        signed_by=signature.by.strip(),
        signed_as=signature.function.strip(),
        signed_on=signature.on,
        proposed_by=by,
        proposed_at=at,
    )
    asked = effect(paper)
    paper.effect_digest = approvals.digest(asked)
    paper.save(force_insert=True)
    _record(paper, "proposed", by, at)
    return approvals.request(
        kind=way.approval,
        subject=paper.number,
        effect=asked,
        amount_cents=in_cents(loan.amount, loan.pool.asset),
        by=by,
        at=at,
    )


def _unsigned(signature: Signature, offer: Offer, today: date) -> list[str]:
    found = []
    for field, text, most in (
        ("signed_by", signature.by.strip(), 120),
        ("signed_as", signature.function.strip(), 80),
    ):
        if not 0 < len(text) <= most:
            found.append(f"{field}: {text[:40]!r} must be stated, in up to {most} letters")
    issued_on = offer.issued_at.date()
    if not issued_on <= signature.on <= today:
        found.append(f"signed_on: {signature.on} is not between {issued_on}, its issue, and today")
    return found


def _unfit(offer: Offer, sha256: str) -> list[str]:
    if sha256 == offer.document.content_id:
        return ["document: it is the paper as it was sent, with no signature"]
    known = PaperAcceptance.objects.filter(document_digest=sha256)
    used = known.exclude(state=PaperState.WITHDRAWN).first()
    return [f"document: it was recorded before, as {used.number}"] if used else []


def effect(paper: PaperAcceptance) -> dict[str, Any]:
    """Give what the approval binds: which bytes were signed, of which version, by whom, when."""
    return {
        "number": paper.number,
        **paper_ways.bound(paper),
        "document": paper.document.number,
        "document_digest": paper.document_digest,
        "signed_by": paper.signed_by,
        "signed_as": paper.signed_as,
        "signed_on": paper.signed_on.isoformat(),
    }


@transaction.atomic(durable=True)
def accept(*, paper: PaperAcceptance, by: Person, at: datetime) -> None:
    """
    Let an offer count as accepted by an approved paper, exactly as if it were in the portal.

    :raises NotApproved: if exactly this was not approved
    :raises BadPaper: if the document was withdrawn since
    :raises NotAcceptable: if a sheet lapsed, is of other terms, or its PDF was withdrawn
    :raises NotAnswerable: if a letter lapsed, its PDF was withdrawn, or the loan has changed since
    :raises NotPossibleNow: if the offer was answered or superseded, or the paper is over
    """
    people.demand(by, "loans.write")
    loan = books.locked(paper.offer.loan)
    paper_ways.demand_shown(paper.offer, by)
    offer = paper_ways.locked(paper.offer)
    paper = _row(paper)
    to, way = _moved(paper, PaperState.ACCEPTED), way_of(offer)
    approvals.demand(kind=way.approval, subject=paper.number, effect=effect(paper))
    if paper.document.withdrawn_at:
        raise BadPaper(f"document: {paper.document.number} was withdrawn")
    way.take(offer, loan, by, at, paper.number)
    _end(paper, to, by, at)


@transaction.atomic(durable=True)
def withdraw(*, paper: PaperAcceptance, by: Person, at: datetime) -> None:
    """
    Give up what was recorded and did not take effect.

    :raises NotPossibleNow: if it did, or was given up already
    """
    demand_any(by, "loans.write")
    paper = _row(paper)
    paper_ways.demand_shown(paper.offer, by)
    _end(paper, _moved(paper, PaperState.WITHDRAWN), by, at)


def _row(paper: PaperAcceptance) -> PaperAcceptance:
    found = PaperAcceptance.objects.select_for_update(of=("self",))
    related = ("sheet__loan__institution", "letter__adjustment__loan__institution", "document")
    return found.select_related(*related).get(pk=paper.pk)


def _moved(paper: PaperAcceptance, to: PaperState) -> PaperState:
    what = f"acceptance on paper {paper.number}"
    return lifecycle.move(PAPER_MOVES, PaperState(paper.state), to, what=what)


def _end(paper: PaperAcceptance, to: PaperState, by: Person, at: datetime) -> None:
    paper.state = to
    paper.save(update_fields=["state"])
    _record(paper, to.value, by, at)


def _record(paper: PaperAcceptance, what: str, by: Person, at: datetime) -> None:
    record(
        what=f"paper_acceptance.{what}",
        subject=paper.number,
        by=by,
        at=at,
        details={
            way_of(paper.offer).name: paper.offer.number,
            "sheet_digest": paper.sheet_digest,
            "document": paper.document.number,
            "document_digest": paper.document_digest,
        },
    )
