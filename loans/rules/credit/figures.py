"""Figures: what a ratio came to, whether documents show it, and why not."""

from dataclasses import dataclass
from typing import Any

from loans.rules.exact import Fraction
from loans.rules.rounding import text

DECIMALS = 4
# What a figure without a denominator is written as: interest of nothing is covered by anything.
UNBOUNDED = "unbounded"


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One figure of an applicant.

    ``value`` is exact; None if it is not known, or if it ``is_unbounded``: nothing speaks against
    it, as with the cover of no interest. ``why`` says what it lacks: no accounts, too old, a
    section without evidence. A figure that lacks something is not evidenced.
    """

    value: Fraction | None
    why: str = ""
    is_unbounded: bool = False

    @property
    def is_evidenced(self) -> bool:
        """Say whether documents in force show it, of accounts that are recent enough."""
        return not self.why and self.is_known

    @property
    def is_known(self) -> bool:
        """Say whether there is such a figure at all."""
        return self.value is not None or self.is_unbounded

    @property
    def written(self) -> str | None:
        """Write it with four decimals, halves to even."""
        if self.value is None:
            return UNBOUNDED if self.is_unbounded else None
        return text(self.value, DECIMALS)

    @property
    def document(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {"value": self.written, "evidenced": self.is_evidenced, "why": self.why}
