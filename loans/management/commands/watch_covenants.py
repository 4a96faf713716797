"""`manage.py watch_covenants`: opens the tests of covenants, and lets them run out by the date."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loans.operations import covenant_tests


class Command(BaseCommand):
    """Look at the covenants of every drawn loan."""

    help = "Open covenant tests and let overdue ones run out by the date; safe to run again."

    def handle(self, *_: Any, **__: Any) -> None:
        """Look, and say what was done; what failed is named, and makes the command fail."""
        found = covenant_tests.watch(at=timezone.now())
        for word in ("opened", "overdue", "defaulted", "unexamined"):
            numbers = getattr(found, word)
            self.stdout.write(f"{word}: {', '.join(numbers) or 'none'}")
        if found.parked:
            told = "; ".join(f"{number}: {why}" for number, why in found.parked.items())
            raise CommandError(f"parked: {told}")
