"""The credit policy: by what applicants are scored, graded and limited. A version never changes."""

from dataclasses import dataclass

from loans.rules.credit.losses import LossRates
from loans.rules.credit.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class Limits:
    """
    The most that may be promised or owed, in cents, and for how long.

    ``group`` is for all institutions of one group, ``sector`` for one sector, ``affiliation`` for
    all that are affiliated with one exchange; ``months`` the longest tenor of each grade.
    """

    group: int
    sector: int
    affiliation: int
    months: tuple[tuple[str, int], ...]

    def tenor(self, grade: str) -> int:
        """Give the longest tenor of a grade, in months; a grade that is not named has none."""
        return dict(self.months).get(grade, 0)


@dataclass(frozen=True, slots=True)
class CreditPolicy:
    """
    One version of the policy.

    ``least_accounts`` is how many periods of accounts are asked for, ``most_age_days`` how old the
    newest may be, from the day it ends on.
    """

    scorecard: Scorecard
    loss_rates: LossRates
    limits: Limits
    least_accounts: int
    most_age_days: int
