"""Ratios: the figures that lenders read from accounts, before and after the loan asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from loans.rules.credit.figures import UNBOUNDED, Figure
from loans.rules.credit.spreads import BY_NAME, Amounts, total_assets
from loans.rules.exact import Fraction
from loans.rules.rounding import text


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What the loan asked for would add, in cents: its amount, and of its first year the interest
    and all instalments.
    """

    amount: int
    first_interest: int
    first_instalments: int


@dataclass(frozen=True, slots=True)
class Accounts:
    """One applicant's accounts of ``months`` months, in cents by line of the template."""

    amounts: Amounts
    months: int

    def yearly(self, cents: int) -> Fraction:
        """Give an amount of these months for a year."""
        return Fraction(cents * 12, self.months)

    @property
    def ebitda(self) -> int:
        """Give earnings before interest, tax, depreciation and the losses of the crash."""
        return self.amounts["revenue"] - self.amounts["operating_costs"]

    @property
    def exposure(self) -> int:
        """Give what is on exchanges or claimed of them."""
        return self.amounts["held_on_exchanges"] + self.amounts["claims_on_exchanges"]


# Numerator and denominator, exact.
Parts = tuple[Fraction | int, Fraction | int]


@dataclass(frozen=True, slots=True)
class Ratio:
    """
    One ratio: its formula in words, the lines that it is made of, and its two parts.

    ``is_covering`` says that the numerator bears the denominator: without a denominator the ratio
    is unbounded rather than unknown, if there is anything to bear it with. ``unit`` says how people
    write it: as a ``share`` of a hundred, as ``times`` or in ``months``.
    """

    name: str
    title: str
    formula: str
    lines: tuple[str, ...]
    parts: Callable[[Accounts, Asked], Parts]
    is_covering: bool = False
    unit: str = "share"

    @property
    def sections(self) -> tuple[str, ...]:
        """Give the sections of the accounts that must be evidenced for it."""
        return tuple(dict.fromkeys(BY_NAME[line].section for line in self.lines))

    def of(self, accounts: Accounts, asked: Asked) -> Figure:
        """Give the exact ratio, or that it is unbounded or unknown."""
        above, below = self.parts(accounts, asked)
        if below > 0:
            return Figure(Fraction(above) / Fraction(below))
        if self.is_covering and below == 0 and above > 0:
            return Figure(None, is_unbounded=True)
        return Figure(None, why=f"{self.formula}: the divisor is not above zero")


ASSETS = ("cash", "own_custody", "held_on_exchanges", "receivables", "other_assets")
EXPOSURE = ("held_on_exchanges", "claims_on_exchanges")
DEBT = ("short_term_debt", "long_term_debt")
EBITDA = ("revenue", "operating_costs")


def _interest(one: Accounts, asked: Asked) -> Fraction:
    return one.yearly(one.amounts["interest_expense"]) + asked.first_interest


RATIOS: tuple[Ratio, ...] = (
    Ratio(
        "equity_ratio",
        "Equity over total assets",
        "equity / total assets",
        ("equity", *ASSETS),
        lambda one, asked: (one.amounts["equity"], total_assets(one.amounts)),
    ),
    Ratio(
        "equity_ratio_after",
        "Equity over total assets, with the loan",
        "equity / (total assets + loan)",
        ("equity", *ASSETS),
        lambda one, asked: (one.amounts["equity"], total_assets(one.amounts) + asked.amount),
    ),
    Ratio(
        "interest_cover",
        "Earnings over interest with the loan",
        "(revenue - costs - depreciation) a year / (interest a year + first year's of the loan)",
        (*EBITDA, "depreciation", "interest_expense"),
        lambda one, asked: (
            one.yearly(one.ebitda - one.amounts["depreciation"]),
            _interest(one, asked),
        ),
        is_covering=True,
        unit="times",
    ),
    Ratio(
        "debt_service_cover",
        "Cash from operations over debt service with the loan",
        "(cash from operations + interest) a year / (interest a year + first instalments)",
        ("operating_cash_flow", "interest_expense"),
        lambda one, asked: (
            one.yearly(one.amounts["operating_cash_flow"] + one.amounts["interest_expense"]),
            one.yearly(one.amounts["interest_expense"]) + asked.first_instalments,
        ),
        is_covering=True,
        unit="times",
    ),
    Ratio(
        "debt_to_ebitda_after",
        "Debt with the loan over EBITDA",
        "(debt + loan) / EBITDA a year",
        (*DEBT, *EBITDA),
        lambda one, asked: (
            sum(one.amounts[name] for name in DEBT) + asked.amount,
            one.yearly(one.ebitda),
        ),
        unit="times",
    ),
    Ratio(
        "cash_runway_months",
        "Cash over monthly costs",
        "cash / ((costs + interest) / months)",
        ("cash", "operating_costs", "interest_expense"),
        lambda one, asked: (
            one.amounts["cash"],
            Fraction(one.amounts["operating_costs"] + one.amounts["interest_expense"], one.months),
        ),
        is_covering=True,
        unit="months",
    ),
    Ratio(
        "current_ratio",
        "Current assets over current liabilities",
        "(cash + digital assets + on exchanges + receivables) / (short debt + other liabilities)",
        (*ASSETS[:4], "short_term_debt", "other_liabilities"),
        lambda one, asked: (
            sum(one.amounts[name] for name in ASSETS[:4]),
            one.amounts["short_term_debt"] + one.amounts["other_liabilities"],
        ),
        is_covering=True,
        unit="times",
    ),
    Ratio(
        "exchange_exposure_ratio",
        "Assets on exchanges and claims on them over total assets",
        "(held on exchanges + claims on exchanges) / total assets",
        (*EXPOSURE, *ASSETS),
        lambda one, asked: (one.exposure, total_assets(one.amounts)),
    ),
    Ratio(
        "largest_exchange_ratio",
        "Exposure to the largest exchange over total assets",
        "largest exchange / total assets",
        ("largest_exchange", *ASSETS),
        lambda one, asked: (one.amounts["largest_exchange"], total_assets(one.amounts)),
    ),
    Ratio(
        "crash_loss_ratio",
        "Equity lost in the crash",
        "losses of the crash / (equity + losses of the crash)",
        ("crash_losses", "equity"),
        lambda one, asked: (
            one.amounts["crash_losses"],
            one.amounts["equity"] + one.amounts["crash_losses"],
        ),
    ),
)
BY_NAME_OF_RATIO: Mapping[str, Ratio] = MappingProxyType({ratio.name: ratio for ratio in RATIOS})


def in_words(name: str, written: str | None) -> str:
    """
    Write a figure of a ratio for people.

    >>> in_words("equity_ratio", "0.4250"), in_words("interest_cover", "9.1790")
    ('42.50 %', '9.18 times')
    >>> in_words("cash_runway_months", "13.5652"), in_words("interest_cover", "unbounded")
    ('13.6 months', 'unbounded')
    """
    if written is None or written == UNBOUNDED:
        return written or ""
    unit, value = BY_NAME_OF_RATIO[name].unit, Fraction(written)
    if unit == "share":
        return f"{text(value * 100, 2)} %"
    return f"{text(value, 1 if unit == 'months' else 2)} {unit}"


def figures(accounts: Accounts, asked: Asked, lacks: Mapping[str, str]) -> dict[str, Figure]:
    """
    Give every ratio of accounts, by name.

    ``lacks`` says of each section without evidence in force why so; under the name ``""`` what
    the accounts lack as a whole, such as that they are too old. Example: equity of 40 on assets of
    100 is an equity ratio of 0.4000, and not evidenced where the balance sheet lacks evidence.
    """
    found = {}
    for ratio in RATIOS:
        figure = ratio.of(accounts, asked)
        lacking = [lacks[name] for name in ("", *ratio.sections) if name in lacks]
        why = "; ".join(filter(None, [figure.why, *lacking]))
        found[ratio.name] = Figure(figure.value, why, figure.is_unbounded)
    return found
