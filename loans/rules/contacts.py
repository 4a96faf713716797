"""Contacts of institutions: in which capacity somebody speaks for one, and how they are reached."""

import re
from dataclasses import dataclass
from datetime import date

CAPACITIES: tuple[tuple[str, str], ...] = (
    ("authorised_signatory", "authorised signatory"),
    ("finance", "finance"),
    ("operations", "operations"),
    ("legal", "legal"),
)
LONGEST_NAME = 120
LONGEST_EMAIL = 120
# One address with a domain; nothing that a header of a mail could be broken with.
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
# E.164: a plus, the country's code, fifteen digits at most.
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
BETWEEN = re.compile(r"[ ()./-]")


@dataclass(frozen=True, slots=True)
class Details:
    """Who somebody is, in which capacity, and how they are reached."""

    name: str
    capacity: str
    email: str
    phone: str


def digits(phone: str) -> str:
    """
    Give a phone number as it is kept: without blanks and signs between its digits.

    >>> digits("+44 (20) 7946-0018")
    '+442079460018'
    """
    return BETWEEN.sub("", phone)


def faults(details: Details, starts_on: date, today: date) -> list[str]:
    """Say what of a contact cannot be so: field, value and rule."""
    found = []
    name, email, phone = details.name, details.email, details.phone
    if not any(map(str.isalpha, name)) or len(name) > LONGEST_NAME:
        found.append(f"name: {name[:40]!r} must be stated, in up to {LONGEST_NAME} letters")
    if details.capacity not in dict(CAPACITIES):
        known = ", ".join(code for code, _ in CAPACITIES)
        found.append(f"capacity: {details.capacity!r} is none of {known}")
    if not EMAIL.fullmatch(email) or len(email) > LONGEST_EMAIL:
        found.append(f"email: {email[:60]!r} is no address such as name@example.com")
    if not PHONE.fullmatch(digits(phone)):
        found.append(f"phone: {phone[:30]!r} is no number such as +44 20 7946 0018")
    if starts_on > today:
        found.append(f"starts_on: {starts_on} is in the future")
    return found
