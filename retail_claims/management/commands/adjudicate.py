"""`manage.py adjudicate`: decide a crash from files, without any database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from retail_claims.rules.columns import FILES

ENGINES = ("duckdb", "spark")


class Command(BaseCommand):
    """Adjudicate evidence under a policy; the summary goes to stdout as one JSON object."""

    help = "Adjudicate evidence under a policy (contract: ADJUDICATE.md)"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the files."""
        parser.add_argument("--policy", required=True, type=Path)
        for role in FILES:
            parser.add_argument(f"--{role}", required=role in ("fills", "snapshot"))
        parser.add_argument("--out", required=True, type=Path, help="ends in .parquet")
        parser.add_argument("--rejects", type=Path)
        parser.add_argument("--engine", choices=ENGINES, default="duckdb")

    def handle(self, **options: Any) -> None:
        """Check the names, run, print the summary and end with its exit code."""
        from retail_claims.formats.inputs import NoSuchInput
        from retail_claims.operations.adjudication import adjudicate, summary
        from retail_claims.rules import policy
        from retail_claims.rules.policy import BadPolicy

        try:
            self._demand_usable(options)
            outcome = adjudicate(
                policy=policy.parse(options["policy"].read_bytes()),
                given={role: options[role] for role in FILES if options[role] is not None},
                out=options["out"],
                rejects=options["rejects"],
                progress=_show if sys.stderr.isatty() else None,
            )
            found = outcome.summary
        except BadPolicy as error:
            found = summary.bad_policy(error.path, error.message)
        except (NoSuchInput, BadUsage) as error:
            found = summary.bad_policy("", str(error))
        if sys.stderr.isatty():
            _show("")
        self.stdout.write(json.dumps(found, indent=1))
        sys.exit(found["exit_code"])

    def _demand_usable(self, options: dict[str, Any]) -> None:
        """Check what the parser cannot."""
        out, rejects = options["out"], options["rejects"]
        if options["engine"] == "spark":
            raise BadUsage("--engine spark: this build has the duckdb engine only")
        if not options["policy"].is_file():
            raise BadUsage(f"--policy: {options['policy']} is no file")
        if out.suffix != ".parquet" or not out.parent.is_dir() or out.is_dir():
            raise BadUsage(f"--out: {out} must end in .parquet, in a folder that exists")
        if rejects is not None and not rejects.parent.is_dir():
            raise BadUsage(f"--rejects: the folder of {rejects} does not exist")


class BadUsage(Exception):
    """Raised when the command was called with names that cannot be meant."""


def _show(message: str) -> None:
    """Show the progress on one line of a terminal."""
    sys.stderr.write(f"\r\x1b[K{message}")
    sys.stderr.flush()
