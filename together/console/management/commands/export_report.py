"""Writes one report to a file, so that a timetable can file them."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from together.console.operations import reports as operations
from together.console.queries.reports.asked import NAMES, BadParameters
from together.console.queries.reports.catalogue import BY_NAME, build
from together.controls.formats.report_files import KINDS
from together.controls.formats.reports import TooLong


class Command(BaseCommand):
    """Export one report."""

    help = "Write one report to a file; the file is complete or not there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument(
            "name", choices=sorted(BY_NAME), metavar="NAME", help=", ".join(BY_NAME)
        )
        parser.add_argument("--format", choices=sorted(KINDS), required=True)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument(
            "--at",
            type=_moment,
            metavar="MOMENT",
            help="the moment that the file says it was written at, ISO 8601, the present if none is"
            " given: the same report with the same moment is the same bytes",
        )
        for name in NAMES:
            parser.add_argument(f"--{name}", default="", help="as on the report's page")

    def handle(self, *args: object, name: str, out: Path, **options: str | None) -> None:
        """Build, write beside the file, then rename; and write down that it was exported."""
        if not out.parent.is_dir():
            raise CommandError(f"--out {out}: the folder {out.parent} does not exist")
        now = timezone.now()
        at, ending = options["at"] or now, str(options["format"])
        assert isinstance(at, datetime), "the parser makes it one"
        try:
            if ending not in BY_NAME[name].endings:
                kinds = ", ".join(BY_NAME[name].endings)
                raise CommandError(f"--format {ending}: {name} is written as {kinds}")
            asked = BY_NAME[name].read({n: str(options[n]) for n in NAMES}, now.date())
            report = build(name, asked)
            content = KINDS[ending].content(report, at)
        except BadParameters as bad:
            said = "; ".join(f"--{field} {fault}" for field, fault in bad.faults.items())
            raise CommandError(said) from None
        except TooLong as refusal:
            raise CommandError(str(refusal)) from None
        fresh = out.with_name(f".{out.name}.part")
        fresh.write_bytes(content)
        operations.exported(report=report, ending=ending, by=None, at=now)
        fresh.replace(out)
        self.stdout.write(f"{out}: {len(report.rows)} rows through {report.through}")
        self.stdout.write(f"sha256 of the content {report.digest}")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
