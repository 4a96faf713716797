"""What term sheets and amendment letters have in common: papers that an institution accepts."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from loans.models import Loan
from together.controls.formats import paper_pdf
from together.controls.formats.papers import Paper
from together.controls.models import Document, Person
from together.controls.operations import documents


def content(paper: Paper) -> dict[str, Any]:
    """Give a paper as it is kept: a set has no place in JSON, so its columns are put in order."""
    kept = asdict(paper)
    for section in kept["sections"]:
        for grid in section["grids"]:
            grid["right"] = sorted(grid["right"])
    return kept


def filed(
    loan: Loan, number: str, paper: Paper, *, kind: str, by: Person, at: datetime
) -> Document:
    """File the PDF of a paper about a loan, under the kind of the paper."""
    return documents.keep(
        area="loans",
        subject=loan.number,
        kind=kind,
        title=f"{paper.kind} {number} of loan {loan.number}",
        name=f"{number}.pdf",
        data=paper_pdf.content(paper, at),
        by=by,
        at=at,
        issued_on=at.date(),
    )


def unseen(digest: str, seen: str, what: str) -> list[str]:
    """Say that somebody saw something else than the paper with a digest."""
    if digest == seen:
        return []
    return [f"digest: {seen[:12]!r} is not that of the {what}; read it again"]


def unsaid(wording: str, said: str, *, may_sign: bool) -> list[str]:
    """Say what a person did not say who accepts in a wording, or said in another one."""
    found = []
    if not may_sign:
        found.append("may_sign: must be ticked: you accept it and may sign for the institution")
    if said != wording:
        found.append(f"wording: {said[:20]!r} is not the one in use; read it again")
    return found
