"""`manage.py watch_margins`: values every secured loan, and opens, meets or defaults its calls."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from loans.operations import margin_calls


class Command(BaseCommand):
    """Look at the collateral of every secured loan that is active."""

    help = "Value every secured loan and act on its margin calls; safe to run again."

    def handle(self, *_: Any, **__: Any) -> None:
        """Look, and say what was found; loans without a fresh price are named."""
        found = margin_calls.watch(at=timezone.now())
        self.stdout.write(f"{found.looked_at} secured loans looked at")
        for word in ("opened", "met", "defaulted"):
            for number in getattr(found, word):
                self.stdout.write(f"{number} {word}")
        for loan, why in found.unvalued.items():
            self.stdout.write(f"{loan} not valued: {why}")
