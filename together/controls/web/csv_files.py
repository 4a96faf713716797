"""CSV files as downloads, streamed."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse

from together.controls.formats import csv_cells


def download(name: str, rows: Iterable[Iterable[Any]]) -> HttpResponseBase:
    """Give rows as a CSV download."""
    response = StreamingHttpResponse(csv_cells.lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
