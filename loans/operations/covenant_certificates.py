"""Compliance certificates: filed for an institution, examined by an officer who did not file it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from loans.models import Certificate, Contact, CovenantTest, Examination, Spread
from loans.operations import covenant_tests
from loans.operations.allowed import demand as demand_either
from loans.operations.allowed import demand_any, demand_own
from loans.queries import covenant_tests as queries
from loans.rules.covenant_tests import after, exactly
from loans.rules.covenants import KEPT, UNKNOWN, outcome
from loans.rules.credit.figures import Figure
from loans.rules.states import CovenantTestState
from together import Refused
from together.controls.models import Document, Person
from together.controls.operations import access, documents
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle

KIND = "certificate"
LONGEST = 800


class BadCertificate(Refused):
    """Raised when a certificate cannot be filed so; says which field, its value and the rule."""


class NotExaminable(Refused):
    """Raised when a certificate cannot be examined so; says which field, its value and the rule."""


class OwnCertificate(Refused):
    """Raised when somebody examines a certificate that they filed themselves."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed for the institution: a contact or one of its people; and on which day."""

    by: Contact | Person
    on: date


@transaction.atomic(durable=True)
def file(
    *,
    tests: Sequence[CovenantTest],
    signed: Signed,
    certificate: Upload,
    accounts: Upload | None = None,
    by: Person,
    at: datetime,
) -> list[Certificate]:
    """
    File a compliance certificate for tests of one loan and period, by an officer or by its own.

    The document is kept once; each test gets a certificate of its own, and the newest of a test is
    the one that counts. ``accounts`` are filed about the institution, for an officer to enter.

    :raises NotAllowed: if they neither lend nor act for the institution
    :raises BadCertificate: if the tests are of several loans or periods, who signed does not sign
        for it, or the day is not after the period
    :raises NotADocument: if a file is of no kind that is filed
    :raises NotPossibleNow: if a test is waived, or the loan is not active
    """
    if not tests:
        raise BadCertificate("tests: must name at least one")
    chosen = [covenant_tests.locked(one) for one in sorted(set(tests), key=lambda one: one.pk)]
    loan, ends_on = chosen[0].loan, chosen[0].period_ends_on
    demand_either(by, "loans.write", loan.institution)
    if {(one.loan_id, one.period_ends_on) for one in chosen} != {(loan.pk, ends_on)}:
        raise BadCertificate("tests: must be of one loan and one period")
    for test in chosen:
        _demand_open(test)
        covenant_tests.catch_up(test, at)
    _demand_signed(chosen[0], signed, at)
    title = f"Compliance certificate of {loan.number} to {ends_on}"
    document = _kept(certificate, subject=loan.number, kind=KIND, title=title, by=by, at=at)
    if accounts is not None:
        _kept(
            accounts,
            subject=loan.institution.number,
            kind="financials",
            title=f"Accounts of {loan.institution.legal_name}"[:100] + f" to {ends_on}",
            by=by,
            at=at,
        )
    return [_made(test, document, signed, by, at) for test in chosen]


def _demand_open(test: CovenantTest) -> None:
    if test.state == CovenantTestState.WAIVED or test.loan.state not in queries.LIVING:
        told = f"test {test.number} is {test.state}, its loan {test.loan.state}"
        raise lifecycle.NotPossibleNow(f"{told}: no certificate is waited for")


def _demand_signed(test: CovenantTest, signed: Signed, at: datetime) -> None:
    institution = test.loan.institution
    if isinstance(signed.by, Contact):
        may = queries.signing_contacts(institution, signed.on).filter(pk=signed.by.pk).exists()
    else:
        may = queries.signing_people(institution).filter(pk=signed.by.pk).exists()
    found = []
    if not may:
        found.append(f"signed_by: {signed.by} does not sign for {institution.legal_name}")
    if not test.period_ends_on <= signed.on <= at.date():
        found.append(
            f"signed_on: {signed.on} is not between {test.period_ends_on}, when the period ended,"
            " and today"
        )
    if found:
        raise BadCertificate(f"{test.number}: {'; '.join(found)}")


def _kept(
    upload: Upload, *, subject: str, kind: str, title: str, by: Person, at: datetime
) -> Document:
    return documents.take_in(
        area="loans",
        subject=subject,
        kind=kind,
        title=title,
        name=upload.name,
        data=upload.data,
        by=by,
        at=at,
    )


def _made(
    test: CovenantTest, document: Document, signed: Signed, by: Person, at: datetime
) -> Certificate:
    signer = signed.by
    made = Certificate.objects.create(
        number=next_number(Certificate, "CC"),
        test=test,
        document=document,
        signed_by_contact=signer if isinstance(signer, Contact) else None,
        signed_by_person=signer if isinstance(signer, Person) else None,
        signed_on=signed.on,
        filed_by=by,
        filed_at=at,
    )
    said = {
        "certificate": made.number,
        "document": document.number,
        "signed_by": made.signatory,
        "signed_on": signed.on.isoformat(),
    }
    record(what="certificate.filed", subject=test.number, by=by, at=at, details=said)
    return made


@transaction.atomic(durable=True)
def examine(*, certificate: Certificate, spread: Spread, by: Person, at: datetime) -> Examination:
    """
    Compute the figure of a financial covenant from accounts, and let it decide the test.

    A figure that is not evidenced is not known: it is written down with what it lacks, and
    changes nothing. What is missing is brought, and the certificate examined again.

    :raises OwnCertificate: if the examiner filed it
    :raises NotExaminable: if the accounts are not the institution's to the end of the period, were
        replaced, or the certificate's document was withdrawn
    :raises NotPossibleNow: if a newer certificate counts, or the test is waived
    """
    test = _demand_examinable(certificate, "financial", by, at)
    if not queries.spreads_for(test).filter(pk=spread.pk).exists():
        raise NotExaminable(
            f"spread: {spread.number} is not of {test.loan.institution.legal_name} to"
            f" {test.period_ends_on}, or was replaced"
        )
    figure = queries.figure_of(test, spread, at.date())
    covenant = test.covenant
    word = outcome(figure, covenant.bound, is_least=covenant.is_least)
    return _decide(test, certificate, word, figure, spread=spread, by=by, at=at)


@transaction.atomic(durable=True)
def judge(
    *, certificate: Certificate, is_delivered: bool, note: str = "", by: Person, at: datetime
) -> Examination:
    """
    Say whether what an information covenant asks for was delivered by a certificate's document.

    If not, it is written down what is wanting, and the test goes on waiting.

    :raises OwnCertificate: if the examiner filed it
    :raises NotExaminable: if it is not said what is wanting, or the document was withdrawn
    :raises NotPossibleNow: if a newer certificate counts, or the test is waived
    """
    test = _demand_examinable(certificate, "information", by, at)
    if not is_delivered and not note.strip():
        raise NotExaminable("note: must say what is wanting")
    if len(note) > LONGEST:
        raise NotExaminable(f"note: must have up to {LONGEST} letters")
    figure = Figure(None, "" if is_delivered else note.strip())
    word = KEPT if is_delivered else UNKNOWN
    return _decide(test, certificate, word, figure, spread=None, by=by, at=at)


def _demand_examinable(
    certificate: Certificate, kind: str, by: Person, at: datetime
) -> CovenantTest:
    """Lock the test of a certificate and bring it up to date, if the certificate may count."""
    demand_any(by, "loans.write", "loans.approve")
    test = covenant_tests.locked(certificate.test)
    if test.covenant.kind != kind:
        raise NotExaminable(f"certificate: {certificate.number} is for no {kind} covenant")
    _demand_open(test)
    newest = test.certificates.order_by("-id").select_related("document")[0]
    if newest.pk != certificate.pk:
        raise lifecycle.NotPossibleNow(f"{newest.number} took the place of {certificate.number}")
    if newest.document.withdrawn_at:
        raise NotExaminable(f"document: {newest.document.number} was withdrawn; ask for another")
    if newest.filed_by_id == by.pk:
        raise OwnCertificate(f"{certificate.number}: somebody else than who filed it examines it")
    covenant_tests.catch_up(test, at)
    return test


def _decide(
    test: CovenantTest,
    certificate: Certificate,
    word: str,
    figure: Figure,
    *,
    spread: Spread | None,
    by: Person,
    at: datetime,
) -> Examination:
    made = Examination.objects.create(
        certificate=certificate,
        spread=spread,
        figure=exactly(figure),
        outcome=word,
        why=figure.why[:LONGEST] if word == UNKNOWN else "",
        examined_by=by,
        examined_at=at,
    )
    said = {
        "certificate": certificate.number,
        "spread": spread.number if spread else None,
        "figure": figure.written,
        "outcome": word,
        "why": made.why,
    }
    record(what="certificate.examined", subject=test.number, by=by, at=at, details=said)
    state = after(CovenantTestState(test.state), word)
    if state != test.state:
        covenant_tests.move(test, state, at, by, certificate=certificate.number)
    return made


@transaction.atomic(durable=True)
def take_out(*, certificate: Certificate, by: Person, at: datetime) -> bytes:
    """
    Give the document of a certificate to its institution's people, and write down who took it.

    :raises NotAllowed: if it is another institution's
    """
    loan = certificate.test.loan
    demand_own(by, "portal.read", loan.institution)
    number = certificate.document.number
    access.seen(subject=loan.number, what=f"document {number}", by=by, at=at)
    return bytes(certificate.document.content.data)
