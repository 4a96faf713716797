"""`manage.py load_screening_list`: loads a file as the next version of a list of sanctions."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from together import Refused
from together.controls.models import Person
from together.controls.operations import screening_lists
from together.controls.rules.screening import SOURCES


class Command(BaseCommand):
    """Loads a file as the next version of a list of sanctions."""

    help = "Loads a file as the next version of a list; the same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, its source and who loads it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, choices=[code for code, _ in SOURCES])
        parser.add_argument("--by", required=True, help="User name of somebody of compliance.")
        parser.add_argument("--issued-on", type=date.fromisoformat, help="For our own list only.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it, and say what became of it."""
        file: Path = options["file"]
        by = Person.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError(f"by: there is no {options['by']!r}")
        try:
            loaded = screening_lists.load(
                source=options["source"],
                name=file.name,
                data=file.read_bytes(),
                issued_on=options["issued_on"],
                by=by,
                at=timezone.now(),
            )
        except (OSError, Refused) as refused:
            raise CommandError(str(refused)) from refused
        one = loaded.list
        known = "was here already" if loaded.is_known else "is loaded"
        self.stdout.write(
            f"{one} {known}: version {one.version} of {one.issued_on}, {one.entry_count:,} entries,"
            f" {one.added:,} new, {one.dropped:,} gone"
        )
