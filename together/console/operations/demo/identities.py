"""Who the borrowers of the demo are: documents filed, a verification approved by compliance."""

from datetime import datetime, timedelta

from loans.models import Institution, Verification
from loans.operations import verifications
from loans.queries.verifications import in_force
from loans.rules.verifications import KINDS, REQUIRED
from together.console.operations.demo import funds
from together.console.operations.demo.funds import People
from together.controls.models import Approval, Document
from together.controls.operations import documents

HOLDS = timedelta(days=730)


def verify(institution: Institution, *, cast: People, at: datetime) -> None:
    """File what shows who an institution is and verify it; run again, it goes on."""
    if in_force(institution, at.date()):
        return
    officer = cast["loan_officer"]
    waiting = Verification.objects.filter(institution=institution, state="proposed").first()
    if waiting is None:
        asked = verifications.propose(
            institution=institution,
            documents=[_filed(institution, kind, cast, at) for kind in REQUIRED],
            expires_on=at.date() + HOLDS,
            finding="Register, owners and signatories agree; the signatories were called back.",
            by=officer,
            at=at,
        )
        waiting = Verification.objects.get(number=asked.subject)
    asked = Approval.objects.get(kind=verifications.KIND, subject=waiting.number)
    funds.agree(asked, cast, at=at)
    verifications.put_in_force(verification=waiting, by=officer, at=at)


def _filed(institution: Institution, kind: str, cast: People, at: datetime) -> Document:
    found = Document.objects.filter(subject=institution.number, kind=kind).first()
    title = dict(KINDS)[kind]
    return found or documents.file(
        area="loans",
        subject=institution.number,
        kind=kind,
        title=title.capitalize(),
        name=f"{kind.removeprefix('kyb.')}.txt",
        data=f"{title.capitalize()} of {institution.legal_name}, {institution.lei}\n".encode(),
        by=cast["loan_officer"],
        at=at,
        issued_on=at.date(),
    )
