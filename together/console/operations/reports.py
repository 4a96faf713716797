"""Reports that left the system: written down, with what they said."""

from datetime import datetime

from django.db import transaction

from together.controls.formats.reports import Report
from together.controls.models import Person
from together.controls.operations import access, records


@transaction.atomic(durable=True)
def exported(
    *,
    report: Report,
    ending: str,
    by: Person | None,
    at: datetime,
    is_confidential: bool = False,
) -> None:
    """
    Write down that a report was written to a file, with the digest of its content.

    ``by`` is nobody (None) if a command did it. Of one that is confidential it stands in the log
    of access as well.
    """
    if is_confidential and by is not None:
        access.seen(subject=report.name, what=f"{ending} {report.digest[:12]}", by=by, at=at)
    records.record(
        what="report.exported",
        subject=report.name,
        by=by,
        at=at,
        details={
            "format": ending,
            "through": report.through.isoformat(),
            "digest": report.digest,
            "rows": len(report.rows),
            **{name.lower().replace(" ", "_"): value for name, value in report.parameters},
        },
    )
