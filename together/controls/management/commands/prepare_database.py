"""Gives the application's role its rights and runs every migration, as the owner."""

from django.core.management.base import BaseCommand, CommandError

from together import Refused
from together.controls.operations import database, startup


class Command(BaseCommand):
    """Prepare the database; again changes nothing."""

    help = "Give the application's role its rights and run every migration, as the owner."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        """Prepare, then check that the system may start."""
        try:
            database.prepare(verbosity=0)
            startup.demand_safe_database()
        except Refused as reason:
            raise CommandError(str(reason)) from reason
