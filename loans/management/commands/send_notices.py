"""`manage.py send_notices`: invoices, reminders, advices and statements of every loan, to a day."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loans.operations.letters import send_notices


class Command(BaseCommand):
    """Make the notices up to a day; without one, yesterday."""

    help = "Makes the notices of every loan up to a day; safe to run again. Beat mails them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the day."""
        parser.add_argument(
            "--date", type=date.fromisoformat, help="YYYY-MM-DD; default: yesterday"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Make them, name the loans that failed, and exit with 1 if there are some."""
        now = timezone.now()
        on = options["date"] or now.date() - timedelta(days=1)
        if on >= now.date():
            raise CommandError(f"--date {on}: notices say what was known at the end of a day")
        said = send_notices(on=on, at=now)
        self.stdout.write(f"{on}: {said.notices} notices made")
        if said.failed:
            raise CommandError("\n".join(f"{loan}: {why}" for loan, why in said.failed.items()))
