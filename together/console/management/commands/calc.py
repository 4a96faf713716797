"""`manage.py calc`: answers calculation requests line by line, without a database."""

import json
import sys
import traceback
from typing import Any

from django.core.management.base import BaseCommand

from loans.formats.requests import OPERATIONS, answer
from together.console.formats.allocations import shares


class Command(BaseCommand):
    """Answer each JSON line of standard input with one JSON line."""

    help = "Pure calculation rules over JSON Lines: one request per line, one answer per line."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        """Read until the stream ends; a faulty line is answered and never ends it."""
        operations = {**OPERATIONS, "allocate": shares}
        for line in sys.stdin.buffer:
            try:
                found = answer(line, operations)
            except Exception:  # noqa: BLE001  a bug is logged and costs one answer, not the stream
                traceback.print_exc()
                found = json.dumps({"id": None, "ok": False, "error": BUG})
            if found is not None:
                sys.stdout.write(found + "\n")
                sys.stdout.flush()


BUG = {
    "code": "invalid_value",
    "field": None,
    "message": "the request could not be worked out; the log says where it stopped",
}
