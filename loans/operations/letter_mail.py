"""The mail of a letter: to whom of an institution it goes, and in which words."""

from datetime import datetime

from loans.queries.recipients import contacts_for
from loans.queries.sayings import Known
from together.controls.formats.papers import Paper
from together.notices.models import Notice
from together.notices.operations import archive
from together.notices.operations.archive import Letter
from together.notices.rules.kinds import WORDS
from together.notices.rules.messages import MOST_ADDRESSES


def keep(known: Known, *, kind: str, key: str, title: str, paper: Paper, at: datetime) -> Notice:
    """Archive a letter about a loan, and put its mail into the outbox."""
    loan = known.loan
    # Mail goes to who is a contact when it is made, whatever day it is of.
    contacts = contacts_for(loan.institution, kind, at.date())
    addresses = list(dict.fromkeys(contact.email for contact in contacts))[:MOST_ADDRESSES]
    letter = Letter(
        key=key,
        owner=loan.institution.number,
        area="loans",
        about=loan.number,
        kind=kind,
        title=title,
        body=_body(known, kind, title),
        addresses=addresses,
        on=known.day,
        paper=paper,
    )
    return archive.keep(letter, at=at)


def _body(known: Known, kind: str, title: str) -> str:
    return (
        f"To {known.loan.institution.legal_name}\n\n"
        f"{title}.\n\n"
        f"The {WORDS[kind]} is enclosed as PDF. It says what was known at the end of"
        f" {known.day:%d %B %Y}. You find it in the portal too, under Notices.\n\n"
        "This mail is sent by a machine. Your loan officer answers questions.\n"
    )
