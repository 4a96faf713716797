"""From the end of a period to a covenant that was kept: certified, breached, cured, drawn again."""

from datetime import timedelta

import pytest

from loans.models import CovenantTest
from loans.operations import covenant_certificates, covenant_tests
from loans.operations.covenant_certificates import Signed, Upload
from loans.operations.covenant_tests import CovenantsBroken
from tests.factories import person
from tests.loans import covenants as making
from tests.loans.conftest import pay, pool  # noqa: F401 - the fixtures of a loan that is drawn
from tests.loans.factories import at
from together.controls.models import AuditRecord


def test_from_the_end_of_a_period_to_a_covenant_that_was_kept(pool, pay):  # noqa: F811
    # A loan of a million is drawn in October; its borrower keeps equity of a quarter.
    loan = making.drawn(pool, pay)
    borrower = loan.institution

    # The year ends: the monitor opens the test, with 45 days for the certificate.
    assert covenant_tests.watch(at=at(making.QUARTER)).opened == ["CVT-0001"]
    test = CovenantTest.objects.get()
    assert (test.state, test.due_on) == ("due", making.DUE)

    # In February its Admin signs and files, and sends the accounts with it.
    admin = person("institution_admin", scope=borrower.number)
    february = making.DUE - timedelta(days=4)
    covenant_certificates.file(
        tests=[test],
        signed=Signed(admin, february),
        certificate=Upload("certificate.pdf", b"%PDF-1.7 We keep it"),
        accounts=Upload("q4.pdf", b"%PDF-1.7 Accounts"),
        by=admin,
        at=at(february),
    )

    # An officer enters them; a second one lets them decide. Equity is a tenth: a breach.
    thin = making.accounts(test, making.DUE, amounts=making.THIN)
    found = making.examined(test, thin, making.DUE)
    assert (found.figure, found.outcome, test.state) == ("1/10", "breached", "breached")

    # Thirty days to cure it; meanwhile the borrower draws nothing more.
    assert test.cure_until == making.DUE + timedelta(days=30)
    with pytest.raises(CovenantsBroken, match="CVT-0001 of L-0001 is breached"):
        covenant_tests.demand(borrower, making.DUE)

    # Its shareholders pay in. New accounts take the place of the thin ones, a new certificate too.
    march = making.DUE + timedelta(days=20)
    sound = making.accounts(test, march, replaces=thin, note="Equity was paid in")
    making.filed(test, march)
    assert making.examined(test, sound, march).outcome == "kept"
    assert test.state == "cured"
    covenant_tests.demand(borrower, march)

    # The trail tells all of it, and the next quarter is tested like this one.
    told = AuditRecord.objects.filter(subject=test.number).order_by("id")
    assert list(told.values_list("what", flat=True)) == [
        "covenant_test.opened",
        "certificate.filed",
        "certificate.examined",
        "covenant_test.breached",
        "certificate.filed",
        "certificate.examined",
        "covenant_test.cured",
    ]
    assert covenant_tests.watch(at=at(making.DUE + timedelta(days=60))).opened == ["CVT-0002"]
