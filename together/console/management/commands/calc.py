"""`manage.py calc`: answers calculation requests line by line, without a database."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from loans.formats.requests import OPERATIONS, answer


class Command(BaseCommand):
    """Answer each JSON line of standard input with one JSON line."""

    help = "Pure calculation rules over JSON Lines: one request per line, one answer per line."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        """Read until the stream ends; a faulty line is answered and never ends it."""
        out = sys.stdout
        for line in sys.stdin.buffer:
            found = answer(line, OPERATIONS)
            if found is not None:
                out.write(found + "\n")
                out.flush()
