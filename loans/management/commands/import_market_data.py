"""`manage.py import_market_data`: brings a file of prices and fixings in, whole or not at all."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loans.formats.observations import COLUMNS, LARGEST
from loans.operations import market_files
from loans.operations.observations import NotTaken


class Command(BaseCommand):
    """Import one file of market data."""

    help = (
        f"Import prices and fixings from a CSV file with the columns {','.join(COLUMNS)};"
        " refused whole with every fault named. The same file again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: object, file: Path, **options: object) -> None:
        """Import, and say what was found; exit with 1 if it is refused."""
        try:
            if file.stat().st_size > LARGEST:
                raise CommandError(f"{file}: larger than {LARGEST} bytes, nothing stored")
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        try:
            found, is_new = market_files.bring(
                data=data, name=file.name, by=None, at=timezone.now()
            )
        except NotTaken as refused:
            listed = "\n".join(f"  {file.name}, {fault}" for fault in refused.faults)
            raise CommandError(f"{file.name} is refused, nothing stored:\n{listed}") from refused
        if not is_new:
            self.stdout.write(f"{found}: the same file was taken before, nothing changed")
            return
        self.stdout.write(
            f"{found}: {found.stored} stored, {found.known} known, {found.held} held for a person"
        )
