"""What an institution did by itself, in the small world that tests attack."""

from datetime import timedelta

from loans.models import Application, Institution, Pledge, TermSheet
from loans.operations import drafts
from tests import factories
from tests.factories import NOW
from tests.loans import institution_side as making
from tests.loans import papers


def build() -> None:
    """
    Write drafts, a question and requests about collateral down.

    DA-0001 is open with a file; DA-0002 was submitted as A-0006, of which IR-0001 asks. CR-0001
    is what it offered; CR-0002 asks for PL-0001 of A-0004 back. PA-0001 says that TS-0001 was
    signed on paper, which nobody approved yet.
    """
    mine = Institution.objects.get(number="I-0001")
    manager = factories.person("institution_manager", scope=mine.number, name="manager")
    making.with_file(making.draft(mine, by=manager, pool="retail"))
    second = making.draft(mine, by=manager, **{**making.SECURED, "pool": "retail"})
    asked = drafts.submit(draft=second, version=1, by=manager, at=NOW)
    making.asked(asked)
    secured = Application.objects.get(number="A-0004")
    pledge = Pledge.objects.get(number="PL-0001")
    later = NOW + timedelta(hours=1)
    making.requested(secured, by=manager, kind="release", pledge=pledge, at=later)
    papers.recorded(TermSheet.objects.get(number="TS-0001"))
