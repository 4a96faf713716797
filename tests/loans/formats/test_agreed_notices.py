"""Agreed terms say when invoices go out and how long arrears may be cured, or nothing of it."""

import pytest

from loans.formats.agreed import timing_of
from loans.rules.faults import Fault
from loans.rules.notices import Timing


def test_terms_that_say_nothing_mean_what_is_usual():
    assert timing_of({}) == Timing(10, 30)
    assert timing_of({"notices": {"cure_days": 45}}) == Timing(10, 45)
    assert timing_of({"notices": {"invoice_days": 20, "cure_days": 1}}) == Timing(20, 1)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"invoice_days": 0}, "terms.notices.invoice_days"),
        ({"invoice_days": "10"}, "terms.notices.invoice_days"),
        ({"cure_days": 91}, "terms.notices.cure_days"),
        ({"days": 5}, "terms.notices"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(said, path):
    with pytest.raises(Fault) as fault:
        timing_of({"notices": said})
    assert path in str(fault.value) or path in fault.value.path
