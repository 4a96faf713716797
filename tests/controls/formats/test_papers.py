"""Papers as PDF: all that they say is printed, the same bytes for the same moment."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pypdf import PdfReader

from tests.controls.formats.hostile import HOSTILE, STRANGE
from together.controls.formats import paper_pdf
from together.controls.formats.papers import Grid, Paper, Section

AT = datetime(2025, 11, 1, 8, 30, 5, tzinfo=UTC)
PAPER = Paper(
    kind="Notice",
    title="Payment reminder",
    pairs=(("Loan", "L-0001"),),
    sections=(
        Section(
            "What is due",
            ("Please pay by the day below.",),
            (("Due on", "14 Nov 2025"),),
            (Grid(("Part", "Amount"), [("Principal", "10.00"), ("Interest", "2.00")]),),
        ),
        Section("Nothing here", grids=(Grid(("A",), [], empty="No rows at all."),)),
    ),
    mark="Confidential",
)


def text(paper: Paper) -> str:
    pages = PdfReader(io.BytesIO(paper_pdf.content(paper, AT))).pages
    # Places at which a long word may be broken are no signs of the text.
    return " ".join(page.extract_text() for page in pages).replace("\u200b", "")


def test_all_that_a_paper_says_is_printed():
    found = text(PAPER)
    for words in (
        "NOTICE",
        "Payment reminder",
        "L-0001",
        "What is due",
        "Please pay by the day below.",
        "14 Nov 2025",
        "Principal",
        "2.00",
        "No rows at all.",
        "Confidential",
        "Page 1 of 1",
    ):
        assert words in found


def test_the_same_paper_is_the_same_bytes_at_the_same_moment_only():
    first = paper_pdf.content(PAPER, AT)
    assert first == paper_pdf.content(PAPER, AT.replace(microsecond=7))
    assert first != paper_pdf.content(PAPER, AT + timedelta(seconds=1))


def test_the_digest_is_of_all_that_it_says():
    others = [
        replace(PAPER, title="Other"),
        replace(PAPER, mark=""),
        replace(PAPER, sections=PAPER.sections[:1]),
        replace(PAPER, sections=(replace(PAPER.sections[0], paragraphs=()), PAPER.sections[1])),
    ]
    assert len({PAPER.digest, *(one.digest for one in others)}) == 5
    assert PAPER.digest in text(PAPER)


def test_hostile_and_strange_texts_are_printed_as_texts():
    # Of the longest a tenth is as strange, and not set in type for a minute.
    for value in (one[:4_000] for one in (*HOSTILE, *STRANGE)):
        section = Section(value, (value,), ((value, value),), (Grid((value,), [(value,)]),))
        paper_pdf.content(Paper(value, value, ((value, value),), (section,), value), AT)


def test_long_papers_go_over_pages():
    rows = [(f"Row {n}", "1.00") for n in range(200)]
    long = replace(PAPER, sections=(Section("Rows", grids=(Grid(("Row", "Amount"), rows),)),))
    assert "Row 199" in text(long)
    assert "Page 2 of" in text(long)
