"""`manage.py generate_crash`: write the evidence of a made-up crash, for rehearsals."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Generate a crash; the files go to stdout by role, as one JSON object."""

    help = "Write seeded, realistic evidence of a crash into a folder"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the folder, the size and the seed."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--accounts", type=int, default=20_000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, **options: Any) -> None:
        """Generate and name the files."""
        from retail_claims.operations import crash

        files = crash.generate(
            folder=options["folder"], accounts=options["accounts"], seed=options["seed"]
        )
        self.stdout.write(json.dumps({role: str(path) for role, path in files.items()}, indent=1))
