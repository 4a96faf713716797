"""Reports that left the system: written down, with what they said."""

from datetime import datetime

from django.db import transaction

from together.controls.formats.reports import Report
from together.controls.models import Person
from together.controls.operations import records


@transaction.atomic(durable=True)
def exported(*, report: Report, ending: str, by: Person | None, at: datetime) -> None:
    """
    Write down that a report was written to a file, with the digest of its content.

    ``by`` is nobody (None) if a command did it.
    """
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
