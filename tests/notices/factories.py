"""Letters that are valid; a test names what matters."""

from django.db import transaction

from tests.factories import NOW, TODAY
from together.controls.formats.papers import Paper, Section
from together.notices.models import Notice
from together.notices.operations import archive
from together.notices.operations.archive import Letter


def letter(key: str = "invoice:L-0001:1:1", **changed) -> Letter:
    """Write a letter."""
    said = changed.pop("said", "Please pay 100.00 USDC.")
    given = {
        "key": key,
        "owner": "I-0001",
        "area": "loans",
        "about": "L-0001",
        "kind": "invoice",
        "title": "Invoice INV-0001 of loan L-0001",
        "body": "Dear Ines,\n\nthe invoice is enclosed.",
        "addresses": ["ines@example.test"],
        "on": TODAY,
        "paper": Paper("Invoice", "INV-0001", (), [Section("To pay", (said,))]),
    }
    return Letter(**{**given, **changed})


def kept(key: str = "invoice:L-0001:1:1", **changed) -> Notice:
    """Keep a letter in the archive."""
    with transaction.atomic():
        return archive.keep(letter(key, **changed), at=NOW)
