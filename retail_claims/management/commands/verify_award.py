"""`manage.py verify_award`: check a proof against a published root, with nothing else."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Verify a proof: exit 0 valid, 1 not valid, 2 no proof or no root at all."""

    help = "Verify the proof of an award against the published root"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the proof and the root."""
        parser.add_argument("--proof", required=True, type=Path)
        parser.add_argument("--root", required=True, help="64 hex digits, as published")

    def handle(self, **options: Any) -> None:
        """Read, verify, print what the proof shows."""
        from retail_claims.rules import proofs
        from retail_claims.rules.proofs import NotAProof, NotProved

        found: dict[str, Any] = dict.fromkeys(("person_id", "decision", "award", "escrow"))
        try:
            if not re.fullmatch("[0-9a-fA-F]{64}", options["root"]):
                raise NotAProof("the root is not 64 hex digits")
            proof = proofs.read(options["proof"].read_bytes())
            found |= {"person_id": proof["person_id"], "decision": proof["row"]["decision"]}
            found |= {name: proof["row"][name] for name in ("award", "escrow")}
            proofs.verify(proof, options["root"].lower())
            code, error = 0, None
        except NotProved as refusal:
            code, error = 1, str(refusal)
        except (NotAProof, OSError) as refusal:
            code, error = 2, str(refusal)
        self.stdout.write(json.dumps({"valid": code == 0, **found, "error": error}))
        sys.exit(code)
