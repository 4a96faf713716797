"""The scorecard: an applicant's figures, weighed by a versioned table of factors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loans.rules.faults import bad_value

VERSION = "2025-1"
FIGURE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
APPROVE, REFER, DECLINE = "approve", "refer", "decline"
# The figure that the programme exists for: it must be there, and be evidenced.
DECISIVE = "exchange_exposure_ratio"


@dataclass(frozen=True, slots=True)
class Factor:
    """
    One factor: the points of the first step whose bound the figure reaches.

    ``steps`` are (bound, points), best first; the figure must be at least the bound, or at most
    it where ``lower_is_better``. Nothing reached, or no figure: no points.
    """

    name: str
    title: str
    steps: tuple[tuple[Decimal, int], ...]
    lower_is_better: bool = False

    def points(self, figure: Decimal | None) -> int:
        """Give the points that a figure earns."""
        if figure is None:
            return 0
        for bound, points in self.steps:
            if figure <= bound if self.lower_is_better else figure >= bound:
                return points
        return 0


def _steps(*steps: tuple[str, int]) -> tuple[tuple[Decimal, int], ...]:
    return tuple((Decimal(bound), points) for bound, points in steps)


FACTORS: tuple[Factor, ...] = (
    Factor(
        "equity_ratio",
        "Equity over total assets",
        _steps(("0.40", 30), ("0.25", 20), ("0.10", 10)),
    ),
    Factor(
        "interest_cover",
        "Earnings over interest, times",
        _steps(("4", 25), ("2", 15), ("1.2", 8)),
    ),
    Factor(
        "cash_runway_months",
        "Cash over monthly costs, months",
        _steps(("12", 20), ("6", 14), ("3", 7)),
    ),
    Factor(
        DECISIVE,
        "Assets held on exchanges over total assets",
        _steps(("0.10", 25), ("0.25", 18), ("0.50", 8)),
        lower_is_better=True,
    ),
)
GRADES = ((80, "A"), (65, "B"), (50, "C"), (35, "D"), (0, "E"))
APPROVED_FROM, DECLINED_BELOW = 50, 35


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one factor added to the score; ``figure`` is None if none was stated."""

    factor: str
    title: str
    figure: str | None
    is_evidenced: bool
    points: int
    most: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """A score from 0 to 100, its grade, what to do, and why."""

    version: str
    score: int
    grade: str
    recommendation: str
    contributions: tuple[Contribution, ...]
    reasons: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Give the assessment as JSON, as it is stored and approved."""
        return {
            "version": self.version,
            "score": self.score,
            "grade": self.grade,
            "recommendation": self.recommendation,
            "reasons": list(self.reasons),
            "contributions": [
                {
                    "factor": one.factor,
                    "title": one.title,
                    "figure": one.figure,
                    "evidenced": one.is_evidenced,
                    "points": one.points,
                    "most": one.most,
                }
                for one in self.contributions
            ],
        }


def check(figures: Mapping[str, Any]) -> None:
    """
    Check figures as they are stated: {"equity_ratio": {"value": "0.35", "evidenced": true}}.

    :raises Fault: ``unknown_field`` or ``invalid_value`` with the path of the figure
    """
    known = {factor.name for factor in FACTORS}
    for name, stated in figures.items():
        if name not in known:
            raise bad_value(f"figures.{name}", f"must be one of {', '.join(sorted(known))}")
        if not isinstance(stated, Mapping) or set(stated) - {"value", "evidenced"}:
            raise bad_value(f"figures.{name}", "must hold value and evidenced")
        value = stated.get("value")
        if not isinstance(value, str) or not FIGURE.fullmatch(value):
            raise bad_value(f"figures.{name}.value", "must be a decimal number as text")
        if not isinstance(stated.get("evidenced", False), bool):
            raise bad_value(f"figures.{name}.evidenced", "must be true or false")


def assess(figures: Mapping[str, Any]) -> Assessment:
    """
    Score an applicant.

    The score is the sum of the factors' points. 50 and more is approve, below 35 decline, between
    them refer. An exchange exposure that is missing or not evidenced turns approve into refer, as
    does any other figure that is not evidenced. Example: 0.45, 5, 14 months and 0.08, all
    evidenced: 30 + 25 + 20 + 25 = 100, grade A, approve.

    :raises Fault: as :func:`check`
    """
    check(figures)
    contributions = tuple(_contribution(factor, figures.get(factor.name)) for factor in FACTORS)
    score = sum(one.points for one in contributions)
    recommendation = APPROVE if score >= APPROVED_FROM else REFER
    reasons = [f"score {score} of 100"]
    for one in contributions:
        if one.figure is None:
            reasons.append(f"{one.title}: not stated")
        elif not one.is_evidenced:
            reasons.append(f"{one.title}: not evidenced")
    is_sound = all(one.is_evidenced or one.figure is None for one in contributions)
    decisive = next(one for one in contributions if one.factor == DECISIVE)
    if not (is_sound and decisive.is_evidenced):
        recommendation = REFER
    if score < DECLINED_BELOW:
        recommendation = DECLINE
    grade = next(grade for least, grade in GRADES if score >= least)
    return Assessment(VERSION, score, grade, recommendation, contributions, tuple(reasons))


def _contribution(factor: Factor, stated: Mapping[str, Any] | None) -> Contribution:
    figure = None if stated is None else stated["value"]
    return Contribution(
        factor=factor.name,
        title=factor.title,
        figure=figure,
        is_evidenced=bool(stated and stated.get("evidenced")),
        points=factor.points(None if figure is None else Decimal(figure)),
        most=factor.steps[0][1],
    )
