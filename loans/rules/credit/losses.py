"""Losses: what a loan is expected to lose, from its grade and what secures it."""

from dataclasses import dataclass
from typing import Any

from loans.rules.exact import Fraction
from loans.rules.rounding import rounded, text


@dataclass(frozen=True, slots=True)
class LossRates:
    """
    What is lost of a loan whose borrower fails, as fractions.

    Source of the two: Basel Framework, CRE32.6 (senior claims on financial institutions: 45 %)
    and CRE32.11 (the secured part); the figures are policy.
    """

    unsecured: Fraction
    secured: Fraction


@dataclass(frozen=True, slots=True)
class ExpectedLoss:
    """Probability of default in a year, loss given default, exposure and their product in cents."""

    grade: str
    probability: Fraction
    given_default: Fraction
    exposure: int
    cents: int

    @property
    def document(self) -> dict[str, Any]:
        """Give it as JSON: fractions as decimal text, amounts in cents."""
        return {
            "grade": self.grade,
            "pd": text(self.probability, 6),
            "lgd": text(self.given_default, 6),
            "ead_cents": self.exposure,
            "expected_loss_cents": self.cents,
        }


def expected_loss(
    grade: str, probability: Fraction, exposure: int, lendable: int, rates: LossRates
) -> ExpectedLoss:
    """
    Give the expected loss of a year: PD x LGD x EAD, rounded once to a cent, halves to even.

    ``exposure`` is the whole commitment and ``lendable`` the value of what secures it after
    haircuts, both in cents. The part that is secured loses the secured rate, the rest the other:
    LGD = (unsecured x (E - S) + secured x S) / E. Source: Basel Framework, CRE32.10. Example:
    1,000,000 with a PD of 1 %, half of it secured, 45 % and 10 %: LGD 27.5 %, 2,750.00.

    >>> rates = LossRates(Fraction("0.45"), Fraction("0.10"))
    >>> found = expected_loss("B", Fraction("0.01"), 100_000_000, 50_000_000, rates)
    >>> text(found.given_default, 3), found.cents
    ('0.275', 275000)
    """
    secured = min(max(lendable, 0), exposure)
    lost = rates.unsecured * (exposure - secured) + rates.secured * secured
    given_default = lost / exposure if exposure else Fraction(0)
    cents = rounded(probability * lost, Fraction(1), "half_even")
    return ExpectedLoss(grade, probability, given_default, exposure, int(cents))
