"""Prints every proof, one line each; ends with 1 if one of them fails."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand

from together.console.queries import proof


class Command(BaseCommand):
    """Prove the books, the payments, the awards, the loans and the controls."""

    help = "Print every proof, one line each; exit 1 if one fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: object, **options: object) -> None:
        """Compute and print."""
        found = proof.all_checks()
        failed = [check for _, check in found if not check.holds]
        if options["json"]:
            lines = [{"area": area, **asdict(check)} for area, check in found]
            self.stdout.write(json.dumps({"holds": not failed, "checks": lines}, indent=1))
        else:
            for area, check in found:
                word = "holds" if check.holds else "FAILS"
                values = check.found
                if not check.holds:
                    values = f"expected {check.expected}, found {check.found}"
                self.stdout.write(f"{word}  {area:<9} {check.name}: {values}")
            self.stdout.write(
                f"{len(found) - len(failed)} of {len(found)} proofs hold"
                + (f"; {len(failed)} FAIL" if failed else "")
            )
        if failed:
            sys.exit(1)
