"""Evidence: registering the files a run decides on."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db import transaction

from retail_claims.models import Evidence, Programme
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record

ROLES = (
    "fills",
    "snapshot",
    "accounts",
    "incidents",
    "exclusions",
    "holds",
    "prior",
    "paid",
)


class NoSuchFile(Refused):
    """Raised when a file of the evidence is missing or its role is unknown."""


@transaction.atomic(durable=True)
def register(
    *, programme: Programme, files: Mapping[str, Path], by: Person, at: datetime
) -> Evidence:
    """
    Register a set of files by their digests; the same bytes are the same evidence.

    :raises NoSuchFile: if a file is missing, a role unknown, or fills or snapshot absent
    """
    people.demand(by, "claims.write")
    for role in ("fills", "snapshot"):
        if role not in files:
            raise NoSuchFile(f"evidence needs a file of {role}")
    found = {}
    for role, path in files.items():
        if role not in ROLES or not Path(path).exists():
            raise NoSuchFile(f"{role}: {path} is no file of {', '.join(ROLES)}")
        found[role] = {
            "path": str(Path(path).resolve()),
            "bytes": Path(path).stat().st_size,
            "sha256": _sha256(Path(path)),
        }
    digest = hashlib.sha256(
        "".join(f"{role} {found[role]['sha256']}\n" for role in sorted(found)).encode()
    ).hexdigest()
    evidence, is_new = Evidence.objects.get_or_create(
        programme=programme,
        digest=digest,
        defaults={"files": found, "entered_by": by, "entered_at": at},
    )
    if is_new:
        record(what="evidence.registered", subject=digest[:16], by=by, at=at, details=found)
    return evidence


def _sha256(path: Path) -> str:
    """Give the SHA-256 of a file, or of the parts of a folder with their names."""
    if path.is_dir():
        parts = sorted(part for part in path.iterdir() if part.name[0] not in "._")
        lines = "".join(f"{_sha256(part)}  {part.name}\n" for part in parts)
        return hashlib.sha256(lines.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
