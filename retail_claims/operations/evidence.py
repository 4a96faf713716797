"""Evidence: registering the files a run decides on."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from retail_claims.formats import inputs
from retail_claims.formats.inputs import NoSuchInput
from retail_claims.models import Evidence, Policy, Programme
from retail_claims.rules.columns import FILES
from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record


class NoSuchFile(Refused):
    """Raised when a file of the evidence is missing or its role is unknown."""


class OfAnotherProgramme(Refused):
    """Raised when policy and evidence are not of one programme."""


class ChangedEvidence(Refused):
    """Raised when a file is not the one that was registered."""


@transaction.atomic(durable=True)
def register(
    *,
    programme: Programme,
    files: Mapping[str, Path],
    by: Person,
    at: datetime,
    base: Evidence | None = None,
    findings: Sequence[str] = (),
) -> Evidence:
    """
    Register a set of files by their digests; the same bytes are the same evidence.

    What was drawn up of a ``base`` names the findings that changed its files.

    :raises NoSuchFile: if a file is missing, a role unknown, or fills or snapshot absent
    """
    people.demand(by, "claims.write")
    found = _read(files)
    digest = hashlib.sha256(
        "".join(f"{role} {found[role]['sha256']}\n" for role in sorted(found)).encode()
    ).hexdigest()
    evidence, is_new = Evidence.objects.get_or_create(
        programme=programme,
        digest=digest,
        defaults={
            "files": found,
            "entered_by": by,
            "entered_at": at,
            "base": base,
            "findings": list(findings),
        },
    )
    if is_new:
        details = {**found, "findings": list(findings)} if findings else found
        record(what="evidence.registered", subject=digest[:16], by=by, at=at, details=details)
    return evidence


def _read(files: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """
    Give path, size and digest of each file by its role.

    :raises NoSuchFile: if a file is missing, a role unknown, or fills or snapshot absent
    """
    for role in ("fills", "snapshot"):
        if role not in files:
            raise NoSuchFile(f"evidence needs a file of {role}")
    found = {}
    for role, path in files.items():
        if role not in FILES:
            raise NoSuchFile(f"{role!r} is none of {', '.join(FILES)}")
        try:
            given = inputs.find(str(path))
        except NoSuchInput as error:
            raise NoSuchFile(f"{role}: {error}") from None
        found[role] = {
            "path": str(Path(path).resolve()),
            "bytes": sum(part.stat().st_size for part in given.parts),
            "sha256": inputs.sha256(given),
        }
    return found


def demand_same_programme(evidence: Evidence, policy: Policy) -> None:
    """
    Refuse an evidence of another programme than a policy.

    :raises OfAnotherProgramme: if it was not registered for the policy's programme
    """
    if evidence.programme_id != policy.programme_id:
        raise OfAnotherProgramme(f"{evidence} is of another programme than {policy}")


def demand_same_files(evidence: Evidence, summary: Mapping[str, Any]) -> None:
    """
    Refuse what was computed from other bytes than were registered.

    :raises ChangedEvidence: with the file
    """
    for role, one in evidence.files.items():
        computed = summary["inputs"][role]["sha256"]
        if computed != one["sha256"]:
            raise ChangedEvidence(f"{role}: {one['path']} is not the file that was registered")
