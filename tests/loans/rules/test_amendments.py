"""Which events their borrower must agree to."""

import pytest

from loans.rules.adjustments import KINDS
from loans.rules.amendments import AGREED_KINDS, AGREED_WITH_BORROWER, is_agreed
from loans.rules.replay.events import CHANGES, MARGIN

pytestmark = pytest.mark.fast


def test_every_kind_that_a_person_may_propose_has_its_row():
    assert set(AGREED_WITH_BORROWER) == set(KINDS)
    assert set(AGREED_KINDS) == {*CHANGES, MARGIN, "re_age"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_reversal_needs_whom_the_event_needed_that_it_takes_back(kind):
    assert is_agreed("reversal", kind) == is_agreed(kind)
    assert not is_agreed("reversal")
