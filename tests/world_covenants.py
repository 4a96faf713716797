"""The covenant tests of the small world: one breached, one certified, one with a waiver asked."""

from loans.models import Contact, Covenant, CovenantTest, Loan
from loans.operations import covenant_certificates, covenant_tests
from loans.operations.covenant_certificates import Signed, Upload
from tests import factories
from tests.loans import covenants as making
from tests.loans.factories import at
from together.controls.models import Person


def build(loan: Loan, by: Person) -> None:
    """Breach the first covenant, certify the second one, and ask for a waiver of the breach."""
    assert Covenant.objects.filter(application=loan.application).count() == 2
    covenant_tests.watch(at=at(making.QUARTER))
    broken, told = CovenantTest.objects.order_by("id")
    covenant_certificates.file(
        tests=[broken, told],
        signed=Signed(Contact.objects.get(name="Ines"), making.DUE),
        certificate=Upload("certificate.pdf", b"%PDF-1.7 all is well"),
        by=by,
        at=at(making.DUE),
    )
    making.examined(broken, making.accounts(broken, amounts=making.THIN))
    assert broken.state == "breached"
    for reason in ("For once", "For ever"):
        asked = covenant_tests.propose_waiver(test=broken, reason=reason, by=by, at=at(making.DUE))
        if reason == "For once":
            factories.approve(asked, at=at(making.DUE))
    covenant_tests.watch(at=at(making.QUARTER.replace(year=2026, month=3)))
