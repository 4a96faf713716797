"""Term sheets: issued by an officer, accepted by the institution; nothing is drawn before."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from loans.models import Loan, TermSheet
from loans.operations import books, offer_changes, offers, term_sheet_papers
from loans.operations.allowed import demand_own
from loans.queries import term_sheets as sheets
from loans.rules import term_sheets as rules
from loans.rules.states import TERM_SHEET_MOVES, LoanState, TermSheetState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import access, approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle

KIND = "term_sheet"


class BadTermSheet(Refused):
    """Raised when a term sheet cannot be issued so; says which field, its value and the rule."""


class NotAcceptable(Refused):
    """Raised when a term sheet cannot be accepted as asked; says why."""


class NotAccepted(Refused):
    """Raised when a loan has no accepted term sheet of its terms; says which one waits for what."""


@transaction.atomic(durable=True)
def issue(*, loan: Loan, lapses_on: date, by: Person, at: datetime) -> TermSheet:
    """
    Write the term sheet of a committed loan, file its PDF, and let its institution accept it.

    It may be accepted up to the day before ``lapses_on``. A version before it is superseded.

    :raises NotAllowed: if it is no loan officer who asks
    A later version tells what it changes against the one before, and what that is worth.

    :raises BadTermSheet: if the day is not after today, or too far off
    :raises NotApproved: if the terms or the amount are other ones than were approved
    :raises NotPossibleNow: if the loan is not committed, or a version was accepted already
    """
    people.demand(by, "loans.write")
    loan = books.locked(loan)
    found = rules.faults(at.date(), lapses_on)
    if found:
        raise BadTermSheet(f"{loan.number}: {'; '.join(found)}")
    if loan.state != LoanState.COMMITTED:
        raise lifecycle.NotPossibleNow(f"loan {loan.number} is {loan.state}, not committed")
    _demand_approved(loan)
    before = sheets.newest(loan)
    if before is not None:
        _supersede(before, by, at)
    number, version = next_number(TermSheet, "TS"), before.version + 1 if before else 1
    paper = term_sheet_papers.paper(
        loan, number=number, version=version, on=at.date(), lapses_on=lapses_on
    )
    paper = offer_changes.told(paper, loan, before)
    made = TermSheet.objects.create(
        number=number,
        loan=loan,
        version=version,
        content=offers.content(paper),
        digest=paper.digest,
        terms_digest=loan.terms_digest,
        document=offers.filed(loan, number, paper, kind=KIND, by=by, at=at),
        lapses_on=lapses_on,
        issued_by=by,
        issued_at=at,
    )
    _record(made, "issued", by, at, version=version, lapses_on=lapses_on.isoformat())
    return made


def _demand_approved(loan: Loan) -> None:
    """
    Let only what was approved be offered; other terms, or more money, are decided upon anew.

    :raises NotApproved: otherwise
    """
    asked = Approval.objects.filter(kind="loan.approval", subject=loan.application.number).last()
    effect = asked.effect if asked else {}
    is_same = effect.get("terms_digest") == loan.terms_digest == approvals.digest(loan.terms)
    if not is_same or loan.amount > effect["amount"]:
        raise approvals.NotApproved(
            f"loan {loan.number}: these terms, or this amount, were not approved; what is offered"
            " beyond an approval is an application of its own"
        )


def _supersede(sheet: TermSheet, by: Person, at: datetime) -> None:
    sheet.state = _moved(sheet, TermSheetState.SUPERSEDED)
    sheet.save(update_fields=["state"])
    _record(sheet, "superseded", by, at)


@transaction.atomic(durable=True)
def accept(
    *, sheet: TermSheet, digest: str, wording: str, may_sign: bool, by: Person, at: datetime
) -> None:
    """
    Accept a term sheet for its institution, by one of its own people who may act for it.

    ``digest`` is that of the sheet as the person saw it, ``wording`` the version of the words that
    they agreed to, and ``may_sign`` that they said so.

    :raises NotAllowed: if they are not its Admin or Manager
    :raises NotAcceptable: if they did not say that they may sign, saw something else, or the sheet
        lapsed or its PDF was withdrawn
    :raises NotPossibleNow: if it was accepted or superseded, or its loan is not committed
    """
    loan = books.locked(sheet.loan)
    demand_own(by, "portal.act", loan.institution)
    sheet = TermSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    to = _moved(sheet, TermSheetState.ACCEPTED)
    if loan.state != LoanState.COMMITTED:
        raise lifecycle.NotPossibleNow(f"loan {loan.number} is {loan.state}, not committed")
    found = offers.unsaid(rules.WORDING, wording, may_sign=may_sign)
    found += offers.unseen(sheet.digest, digest, "sheet")
    found += _faults(sheet, loan, at.date())
    if found:
        raise NotAcceptable(f"{sheet.number}: {'; '.join(found)}")
    sheet.state, sheet.accepted_by, sheet.accepted_at, sheet.wording = to, by, at, wording
    sheet.save(update_fields=["state", "accepted_by", "accepted_at", "wording"])
    _record(sheet, "accepted", by, at, wording=wording)


def take_on_paper(sheet: TermSheet, loan: Loan, by: Person, at: datetime, paper: str) -> None:
    """
    Let a locked sheet count as accepted by an approved paper, in the operation that has asked.

    :raises NotAcceptable: if the sheet lapsed, is of other terms, or its PDF was withdrawn
    :raises NotPossibleNow: if it was accepted or superseded, or its loan is not committed
    """
    to = _moved(sheet, TermSheetState.ACCEPTED)
    demand_open(sheet, loan, at.date())
    sheet.state, sheet.accepted_at, sheet.wording = to, at, rules.ON_PAPER
    sheet.save(update_fields=["state", "accepted_at", "wording"])
    _record(sheet, "accepted", by, at, wording=rules.ON_PAPER, paper=paper)


def demand_open(sheet: TermSheet, loan: Loan, on: date) -> None:
    """
    Let only a sheet pass that its institution could accept on a day.

    :raises NotAcceptable: otherwise, with everything that stands against it
    :raises NotPossibleNow: if its loan is not committed
    """
    if loan.state != LoanState.COMMITTED:
        raise lifecycle.NotPossibleNow(f"loan {loan.number} is {loan.state}, not committed")
    found = _faults(sheet, loan, on)
    if found:
        raise NotAcceptable(f"{sheet.number}: {'; '.join(found)}")


def _faults(sheet: TermSheet, loan: Loan, on: date) -> list[str]:
    """Say why a sheet that is issued cannot be accepted on a day."""
    found = []
    if sheet.lapses_on <= on:
        found.append(f"it lapsed on {sheet.lapses_on}; ask your loan officer for another one")
    if sheet.terms_digest != loan.terms_digest:
        found.append("it is not of the terms that the loan has")
    if sheet.document.withdrawn_at:
        found.append("its document was withdrawn; ask your loan officer for another one")
    return found


@transaction.atomic(durable=True)
def take_out(*, sheet: TermSheet, by: Person, at: datetime) -> bytes:
    """
    Give the PDF of a term sheet to its institution's people, and write down who took it.

    :raises NotAllowed: if the sheet is another institution's
    """
    demand_own(by, "portal.read", sheet.loan.institution)
    access.seen(subject=sheet.loan.number, what=f"document {sheet.document.number}", by=by, at=at)
    return bytes(sheet.document.content.data)


def demand(loan: Loan, on: date) -> None:
    """
    Let a loan be drawn only if its institution accepted a term sheet of just its terms.

    :raises NotAccepted: otherwise, with the sheet and what it waits for
    """
    if sheets.accepted(loan) is None:
        raise NotAccepted(f"loan {loan.number} cannot be drawn: {sheets.why_not(loan, on)}")


def _moved(sheet: TermSheet, to: TermSheetState) -> TermSheetState:
    what = f"term sheet {sheet.number}"
    return lifecycle.move(TERM_SHEET_MOVES, TermSheetState(sheet.state), to, what=what)


def _record(sheet: TermSheet, what: str, by: Person, at: datetime, **details: Any) -> None:
    said = {"loan": sheet.loan.number, "digest": sheet.digest, **details}
    record(what=f"term_sheet.{what}", subject=sheet.number, by=by, at=at, details=said)
