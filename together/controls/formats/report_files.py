"""Reports as files: each kind of file by its ending, with what it is called and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from together.controls.formats import report_csv, report_pdf, report_xlsx
from together.controls.formats.reports import Report


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file; ``content`` takes the report and the moment that it says it was made."""

    media_type: str
    content: Callable[[Report, datetime], bytes]


def _csv(report: Report, at: datetime) -> bytes:
    return "".join(report_csv.lines(report, at)).encode()


KINDS: dict[str, FileKind] = {
    "csv": FileKind("text/csv; charset=utf-8", _csv),
    "xlsx": FileKind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", report_xlsx.content
    ),
    "pdf": FileKind("application/pdf", report_pdf.content),
}


def name_of(report: Report, ending: str) -> str:
    """Give the usual name of a report's file: what it is, and the last day that it covers."""
    return f"{report.name}-{report.through.isoformat()}.{ending}"
