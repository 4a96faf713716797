"""`manage.py prove_award`: write one person's proof from the decisions of a run."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Make a proof: exit 0, 4 when the decisions are not those of the summary, 2 bad usage."""

    help = "Write the proof of one person's award"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the files and the person."""
        for name in ("policy", "decisions", "summary", "out"):
            parser.add_argument(f"--{name}", required=True, type=Path)
        parser.add_argument("--person", required=True)

    def handle(self, **options: Any) -> None:
        """Read the files, prove, write."""
        from retail_claims.operations.adjudication import proving
        from retail_claims.rules import policy
        from retail_claims.rules.policy import BadPolicy

        if not options["decisions"].is_file():
            self._refuse(FileNotFoundError(f"{options['decisions']} is no file"), 2)
        try:
            proof = proving.prove(
                policy=policy.parse(options["policy"].read_bytes()),
                decisions=options["decisions"],
                summary=proving.read_summary(options["summary"].read_bytes()),
                person_id=options["person"],
            )
            options["out"].write_text(json.dumps(proof, indent=1))
        except (BadPolicy, OSError, proving.NoSuchPerson, proving.NotASummary) as error:
            self._refuse(error, 2)
        except proving.NotTheseDecisions as error:
            self._refuse(error, 4)

    def _refuse(self, error: Exception, code: int) -> None:
        self.stderr.write(f"no proof: {error}")
        sys.exit(code)
