"""The scorecard: an applicant's figures, weighed by the factors of a credit policy."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from loans.rules.credit.figures import Figure
from loans.rules.credit.ratios import BY_NAME_OF_RATIO
from loans.rules.exact import Fraction

APPROVE, REFER, DECLINE = "approve", "refer", "decline"
UNKNOWN = Figure(None, "no accounts")


@dataclass(frozen=True, slots=True)
class Factor:
    """
    One factor: the points of the first step whose bound the figure of a ratio reaches.

    ``steps`` are (bound, points), best first; the figure must be at least the bound, or at most
    it where ``lower_is_better``. Nothing reached, or no figure: no points. Without a factor that
    ``is_decisive`` nothing is approved.
    """

    ratio: str
    steps: tuple[tuple[Fraction, int], ...]
    lower_is_better: bool = False
    is_decisive: bool = False

    @property
    def title(self) -> str:
        """Give the name of its ratio in words."""
        return BY_NAME_OF_RATIO[self.ratio].title

    @property
    def most(self) -> int:
        """Give the points of the best step."""
        return self.steps[0][1]

    def points(self, figure: Figure) -> int:
        """Give the points that a figure earns; what is unbounded reaches the best step."""
        if figure.value is None:
            return self.most if figure.is_unbounded and not self.lower_is_better else 0
        for bound, points in self.steps:
            if figure.value <= bound if self.lower_is_better else figure.value >= bound:
                return points
        return 0


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade: the least score that earns it, and its probability of default in a year."""

    name: str
    least: int
    probability: Fraction


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The factors, the scores that decide, and the grades from best to worst."""

    factors: tuple[Factor, ...]
    approved_from: int
    declined_below: int
    grades: tuple[Grade, ...]

    def grade(self, score: int) -> Grade:
        """Give the grade of a score; the last one takes every score."""
        return next((one for one in self.grades if score >= one.least), self.grades[-1])


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one factor added to the score."""

    factor: Factor
    figure: Figure
    points: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """A score, its grade, what to do, and why."""

    version: str
    score: int
    most: int
    grade: Grade
    recommendation: str
    contributions: tuple[Contribution, ...]
    reasons: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Give the assessment as JSON, as it is stored and approved."""
        return {
            "version": self.version,
            "score": self.score,
            "most": self.most,
            "grade": self.grade.name,
            "recommendation": self.recommendation,
            "reasons": list(self.reasons),
            "contributions": [
                {
                    "factor": one.factor.ratio,
                    "title": one.factor.title,
                    "figure": one.figure.written,
                    "evidenced": one.figure.is_evidenced,
                    "points": one.points,
                    "most": one.factor.most,
                }
                for one in self.contributions
            ],
        }


def assess(figures: Mapping[str, Figure], scorecard: Scorecard, version: str) -> Assessment:
    """
    Score an applicant by a version of the policy.

    The score is the sum of the factors' points. From ``approved_from`` on it is approve, below
    ``declined_below`` decline, between them refer. A figure that is missing where its factor is
    decisive, or that is not evidenced, turns approve into refer. What is not known yet may still
    be good: decline is said only if the best of it would not be enough. Example: of the first
    policy, 0.45, 5, 14 months and 0.08, all evidenced: 30 + 25 + 20 + 25 = 100, grade A, approve.
    """
    contributions = tuple(
        Contribution(factor, figure, factor.points(figure))
        for factor in scorecard.factors
        for figure in (figures.get(factor.ratio, UNKNOWN),)
    )
    score = sum(one.points for one in contributions)
    recommendation = APPROVE if score >= scorecard.approved_from else REFER
    most = sum(factor.most for factor in scorecard.factors)
    reasons = [f"score {score} of {most}"]
    for one in contributions:
        if not one.figure.is_known:
            reasons.append(f"{one.factor.title}: not known ({one.figure.why})")
        elif not one.figure.is_evidenced:
            reasons.append(f"{one.factor.title}: not evidenced ({one.figure.why})")
        if not one.figure.is_evidenced and (one.figure.is_known or one.factor.is_decisive):
            recommendation = REFER
    unknown = sum(one.factor.most for one in contributions if not one.figure.is_known)
    if score + unknown < scorecard.declined_below:
        recommendation = DECLINE
    return Assessment(
        version, score, most, scorecard.grade(score), recommendation, contributions, tuple(reasons)
    )


def within_tenor(assessment: Assessment, months: int, most: int) -> Assessment:
    """
    Refer what would be approved for longer than its grade allows, and say so.

    Example: 61 months of grade A where 60 are allowed: refer, "tenor of 61 months: grade A has up
    to 60".
    """
    if months <= most:
        return assessment
    reason = f"tenor of {months} months: grade {assessment.grade.name} has up to {most}"
    recommendation = assessment.recommendation
    return replace(
        assessment,
        recommendation=REFER if recommendation == APPROVE else recommendation,
        reasons=(*assessment.reasons, reason),
    )
