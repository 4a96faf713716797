"""Begins a production system: rights, migrations, guards, the first security administrator."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from together import Refused
from together.controls.operations import bootstrap, database, startup
from together.controls.operations.bootstrap import AlreadyBegun
from together.controls.queries import links


class Command(BaseCommand):
    """Begin the system; run again it changes nothing and makes nobody."""

    help = (
        "Prepare the database as its owner and make the first security administrator, with a"
        " one-time link to set a password. No demo data is written."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument("--username", required=True)
        parser.add_argument("--full-name", required=True)
        parser.add_argument("--email", required=True)
        parser.add_argument("--origin", default="", help="such as https://together.example")

    def handle(self, *args: object, **options: str) -> None:
        """Prepare, check, begin."""
        try:
            database.prepare(verbosity=0)
            startup.demand_safe_database()
            person = bootstrap.first_administrator(
                username=options["username"],
                full_name=options["full_name"],
                email=options["email"],
                at=timezone.now(),
            )
        except AlreadyBegun as reason:
            self.stdout.write(f"The database is prepared. {str(reason).capitalize()}.")
            return
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except Refused as reason:
            raise CommandError(str(reason)) from reason
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        self.stdout.write(
            f"{person.full_name} is the first security administrator. The link below lets them set"
            f" a password once, within {hours} hours:\n"
            f"{options['origin']}{links.password_path(person)}"
        )
