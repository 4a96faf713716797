"""Who an institution is: which documents are needed, and how long a verification holds."""

from datetime import date, timedelta

import pytest

from loans.rules.verifications import MOST_DAYS, REQUIRED, faults

pytestmark = pytest.mark.fast
ON = date(2025, 10, 14)
ALL = [(f"D-000{n}", kind, None) for n, kind in enumerate(REQUIRED)]


def test_all_that_is_needed_holds_until_the_day():
    assert faults(ALL, ON, ON + timedelta(days=1)) == []
    assert faults(ALL, ON, ON + timedelta(days=MOST_DAYS)) == []


def test_each_kind_that_is_missing_is_named():
    assert faults(ALL[:1], ON, date(2026, 1, 1)) == [
        "documents: none is of kind kyb.owners (beneficial owners)",
        "documents: none is of kind kyb.authority (who signs for it)",
    ]


@pytest.mark.parametrize(
    ("until", "fault"),
    [
        (ON, "expires_on: 2025-10-14 is not after 2025-10-14"),
        (ON + timedelta(days=732), "expires_on: 2027-10-16 is more than 731 days after 2025-10-14"),
    ],
)
def test_a_day_too_soon_or_too_far_is_refused(until, fault):
    assert faults(ALL, ON, until) == [fault]


def test_it_holds_no_longer_than_any_of_its_documents():
    licence = ("D-0009", "kyb.licence", date(2026, 3, 1))
    assert faults([*ALL, licence], ON, date(2026, 3, 1)) == []
    assert faults([*ALL, licence], ON, date(2026, 3, 2)) == [
        "expires_on: 2026-03-02 is after 2026-03-01, when D-0009 expires"
    ]
