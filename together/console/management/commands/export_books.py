"""Writes the books to a file that other programs of accountants read."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from together.ledger.formats import beancount
from together.ledger.queries import export


class Command(BaseCommand):
    """Export the books."""

    help = "Export the books; the file is complete or not there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument("--format", choices=["beancount"], required=True)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def handle(self, *args: object, out: Path, **options: object) -> None:
        """Write beside the file, then rename."""
        if not out.parent.is_dir():
            raise CommandError(f"--out {out}: the folder {out.parent} does not exist")
        fresh = out.with_name(f".{out.name}.part")
        count = 0
        with export.snapshot(), fresh.open("w", encoding="utf-8") as file:
            for line in beancount.lines(export.accounts(), export.entries()):
                file.write(f"{line}\n")
                count += 1
        fresh.replace(out)
        self.stdout.write(f"{out}: {count} lines")
