"""`manage.py close_day`: end of day for every loan that needs it."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loans.operations.closing import close_day


class Command(BaseCommand):
    """Close a business date; without one, today."""

    help = "End of day for every loan that needs it; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the business date."""
        parser.add_argument("--date", type=date.fromisoformat, help="YYYY-MM-DD; default: today")

    def handle(self, *_: Any, **options: Any) -> None:
        """Close the day, name the loans that failed, and exit with 1 if there are some."""
        now = timezone.now()
        on = options["date"] or now.date()
        if on > now.date():
            raise CommandError(f"--date {on}: a day that is not over cannot be closed")
        closed = close_day(on=on, at=now)
        self.stdout.write(f"{on}: {closed.loans} loans closed")
        if closed.failed:
            raise CommandError("\n".join(f"{loan}: {why}" for loan, why in closed.failed.items()))
