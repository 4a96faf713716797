"""Papers in the portal: what an institution accepts, section by section, and its PDF."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from together.controls.models import Document


def sections(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the sections of a paper as it is kept, for its page."""
    return [_section(one) for one in content["sections"]]


def _section(section: dict[str, Any]) -> dict[str, Any]:
    """Give a section with each cell beside the name of its column, for narrow screens."""
    grids = [
        {
            **grid,
            "heads": [(name, n in grid["right"]) for n, name in enumerate(grid["columns"])],
            "cells": [
                [
                    (cell, n in grid["right"], name)
                    for n, (cell, name) in enumerate(zip(row, grid["columns"], strict=True))
                ]
                for row in grid["rows"]
            ],
        }
        for grid in section["grids"]
    ]
    return {**section, "grids": grids}


def attached(data: bytes, document: Document) -> HttpResponse:
    """Give the bytes of a document to take away."""
    answer = HttpResponse(data, content_type=document.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{document.name}"'
    return answer
