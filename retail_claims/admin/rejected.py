"""Rejected cells of an evidence: the first of them as a table, and all of them to take away."""

from pathlib import Path

from django.http import FileResponse, Http404

from retail_claims.queries import figures
from together.controls.admin.showing import Table, number

MOST = 200
HEADS = ("File", "Row", "Column", "Code", "Value")


def table(path: Path, more: str = "") -> Table:
    """Give the first rejected cells of a list as a table."""
    rows = [
        [one.file, number(one.row) if one.row else "the file", one.column, one.code, one.value]
        for one in figures.rejects(path, most=MOST)
    ]
    words = f"The first {MOST} rejected cells." if len(rows) == MOST else ""
    return Table(
        "Rejected cells", HEADS, rows, frozenset({1}), "No cell was rejected.", more or words
    )


def download(path: Path, name: str) -> FileResponse:
    """Give the whole list, which is safe to open in a spreadsheet."""
    if not path.is_file():
        raise Http404
    answer = FileResponse(path.open("rb"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-rejects.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
