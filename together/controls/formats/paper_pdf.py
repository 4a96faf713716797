"""Papers as PDF/A: printed by typst from one template, the same bytes for the same moment."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from together.controls.formats.papers import Grid, Paper, Section
from together.controls.formats.report_pdf import breakable, printable

# Titles and headings also stand in the file's own index, which takes no more of a text.
MOST_SIGNS = 500
TEMPLATE = Path(__file__).with_name("paper.typ").read_bytes()


def content(paper: Paper, at: datetime) -> bytes:
    """Print a paper as PDF/A-2b, its mark and digest on every page. (ISO 19005-2)"""
    moment = at.replace(microsecond=0)
    return typst.compile(
        TEMPLATE,
        format="pdf",
        sys_inputs={"data": json.dumps(_data(paper, moment))},
        pdf_standards="a-2b",
        ignore_system_fonts=True,
        timestamp=moment,
    )


def _data(paper: Paper, at: datetime) -> dict[str, Any]:
    parts = ("year", "month", "day", "hour", "minute", "second")
    return {
        "kind": printable(paper.kind[:MOST_SIGNS]),
        "title": printable(paper.title[:MOST_SIGNS]),
        "mark": printable(paper.mark[:MOST_SIGNS]),
        "pairs": _pairs(paper.pairs),
        "sections": [_section(one) for one in paper.sections],
        "digest": paper.digest,
        "written": at.strftime("%Y-%m-%d %H:%M:%S"),
        "at": {part: getattr(at, part) for part in parts},
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "heading": printable(section.heading[:MOST_SIGNS]),
        "paragraphs": [breakable(one) for one in section.paragraphs],
        "pairs": _pairs(section.pairs),
        "grids": [_grid(grid) for grid in section.grids],
    }


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "columns": [breakable(name) for name in grid.columns],
        "is_right": [n in grid.right for n in range(len(grid.columns))],
        "rows": [[breakable(cell) for cell in row] for row in grid.rows],
        "empty": printable(grid.empty),
    }


def _pairs(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [[breakable(name), breakable(value)] for name, value in pairs]
