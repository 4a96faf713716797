"""Contacts: what cannot be so of somebody who speaks for an institution."""

from datetime import date

import pytest

from loans.rules.contacts import Details, digits, faults

TODAY = date(2025, 10, 14)


def contact(**named) -> Details:
    given = {
        "name": "Ines Falk",
        "capacity": "finance",
        "email": "ines@example.test",
        "phone": "+44 20 7946 0018",
    }
    return Details(**{**given, **named})


def test_a_whole_contact_has_no_fault():
    assert faults(contact(), TODAY, TODAY) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "name: ' ' must be stated"),
        ({"name": "123"}, "name: '123' must be stated"),
        ({"name": "x" * 121}, "in up to 120 letters"),
        ({"capacity": "owner"}, "capacity: 'owner' is none of authorised_signatory"),
        ({"email": "ines"}, "email: 'ines' is no address"),
        ({"email": "a@b.test\nBcc: c@d.test"}, "is no address"),
        ({"email": "ines@example"}, "is no address"),
        ({"email": "a" * 120 + "@example.test"}, "is no address"),
        ({"phone": "020 7946 0018"}, "phone: '020 7946 0018' is no number"),
        ({"phone": "+0442079460018"}, "is no number"),
        ({"phone": "+44"}, "is no number"),
        ({"phone": "+44 20 7946 0018 ext 3"}, "is no number"),
        ({"phone": "+٤٤٢٠٧٩٤٦٠٠١٨"}, "is no number"),
    ],
)
def test_what_cannot_be_so_is_told(wrong, said):
    assert any(said in fault for fault in faults(contact(**wrong), TODAY, TODAY))


def test_nobody_speaks_from_a_day_to_come():
    assert faults(contact(), date(2025, 10, 15), TODAY) == [
        "starts_on: 2025-10-15 is in the future"
    ]


def test_numbers_are_kept_without_signs_between():
    assert digits("+44 (20) 7946-0018") == "+442079460018"
