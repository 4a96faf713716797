"""Terms of a loan: what was agreed, typed, and the rules that the fields keep together."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from loans.rules.calendars import EVERY_DAY, Calendar
from loans.rules.delinquency import Bucket
from loans.rules.due_dates import MONTHLY, DueDates, Step, counted, listed
from loans.rules.exact import Fraction
from loans.rules.faults import bad_terms
from loans.rules.floating import BASES, COMPOUNDED, IN_ADVANCE, Floating

METHODS = ("level_payment", "equal_principal", "fixed_payment", "bullet", "custom")
COMPONENTS = ("penalty", "fee", "interest", "principal")
TIMINGS = ("past_due", "due", "in_advance")
SURPLUSES = ("next_instalment", "last_instalment", "spread")
PAYMENTS = (
    "repayment",
    "goodwill_credit",
    "merchant_refund",
    "payout_refund",
    "interest_waiver",
)
# What money beyond what is due does: pay coming instalments, or leave fewer or smaller ones.
PREPAYMENTS = ("instalments", "shorten", "lower")
MOST_INSTALMENTS = 12_000


@dataclass(frozen=True, slots=True)
class Grace:
    """Numbers of first instalments that are spared, and what happens to their interest."""

    principal: int = 0
    interest: int = 0
    capitalises: bool = False
    interest_free: int = 0


@dataclass(frozen=True, slots=True)
class Availability:
    """
    How many days after its acceptance a commitment may be drawn, and what it costs until then.

    ``fee_rate`` is a fraction a year of what is not drawn.
    """

    days: int
    fee_rate: Fraction = Fraction(0)

    def ends_on(self, since: date) -> date:
        """Give the first day on which a commitment that is kept since a day is not available."""
        return since + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class CustomRow:
    """One agreed instalment: its date, and its principal, or its payment, or neither."""

    due_on: date
    principal: Fraction | None = None
    payment: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """In which order a payment is used (timing, component), and where a surplus goes."""

    order: tuple[tuple[str, str], ...] = tuple((t, c) for t in TIMINGS for c in COMPONENTS)
    surplus: str = "next_instalment"


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The allocations of a product, by event where they differ."""

    is_vertical: bool = False
    default: Allocation = Allocation()
    by_event: dict[str, Allocation] = field(default_factory=dict)
    chargeback: tuple[str, ...] = ()

    def of(self, event: str) -> Allocation:
        """Give the allocation of an event."""
        return self.by_event.get(event, self.default)


@dataclass(frozen=True, slots=True)
class Terms:
    """
    The terms of a loan, as section 5 of the calculation contract names them.

    Amounts are fractions of the currency, rates fractions per year. ``unit`` is what amounts are
    rounded to, ``decimals`` how many of them are written. ``default_rate`` is what overdue
    principal earns per year after the last due date (None: nothing), with ``default_on_interest``
    overdue interest too; ``prepayment`` is one of ``PREPAYMENTS``. With ``floating`` the rate
    follows fixings, and ``rate`` is what the plan counts with before the first of them.
    """

    method: str
    day_count: str
    rate: Fraction = Fraction(0)
    is_flat: bool = False
    flat_is_even: bool = False
    accrual_day: str = "start"
    start: date | None = None
    instalments: int | None = None
    period: Step = MONTHLY
    first_due_date: date | None = None
    due_dates: tuple[date, ...] = ()
    month_end: str = "clip"
    calendar: Calendar = EVERY_DAY
    business_day_convention: str = "none"
    accrual_is_adjusted: bool = False
    payment: Fraction | None = None
    principal_payment: Fraction | None = None
    balloon: Fraction = Fraction(0)
    rows: tuple[CustomRow, ...] = ()
    grace: Grace = Grace()
    unit: Fraction = Fraction(1, 100)
    decimals: int = 2
    rounding: str = "half_even"
    interest_rounding: str = "half_even"
    payment_rounding: str = "half_even"
    payment_multiple: Fraction | None = None
    is_smoothed: bool = False
    capitalises_unpaid: bool = False
    # Further terms of a replay.
    interest_on_balance: bool = True
    waterfall: Waterfall = Waterfall()
    charges_due_on_own_date: bool = False
    grace_days: int = 0
    buckets: tuple[Bucket, ...] = ()
    # Beyond the calculation contract: what only agreed loans have.
    default_rate: Fraction | None = None
    default_on_interest: bool = False
    prepayment: str = "instalments"
    floating: Floating | None = None
    availability: Availability | None = None

    @property
    def agreed_dates(self) -> tuple[date, ...]:
        """Give the due dates that were agreed one by one, if they were."""
        return tuple(row.due_on for row in self.rows) or self.due_dates

    @property
    def count(self) -> int | None:
        """Give the number of instalments, or None if the balance decides."""
        return len(self.agreed_dates) or self.instalments

    def dates(self, start: date) -> DueDates:
        """Give the unadjusted due dates of a loan that starts on a day."""
        if self.agreed_dates:
            return listed(start, self.period, self.agreed_dates)
        return counted(start, self.period, self.month_end, self.first_due_date)


def check(terms: Terms, start: date, *, for_replay: bool) -> None:
    """
    Check that fields which are fine one by one make sense together.

    :raises Fault: ``invalid_terms`` with the field that section 5 names
    """
    _check_dates(terms, start)
    _check_count(terms, for_replay)
    _check_method(terms)
    _check_rows(terms)
    if for_replay:
        _check_replay(terms)


def _check_dates(terms: Terms, start: date) -> None:
    if terms.due_dates:
        days = (start, *terms.due_dates)
        falls = any(b < a or (a == b and n) for n, (a, b) in enumerate(pairwise(days)))
        if falls:
            raise bad_terms("terms.due_dates", "must rise and not lie before the start")
    if terms.first_due_date is not None and terms.first_due_date < start:
        raise bad_terms("terms.first_due_date", "must not lie before the start")


def _check_count(terms: Terms, for_replay: bool) -> None:
    agreed = len(terms.agreed_dates)
    if agreed and terms.instalments not in (None, agreed):
        raise bad_terms("terms.instalments", f"is not the number of due dates, {agreed}")
    ends_by_itself = terms.payment is not None or terms.principal_payment is not None
    if terms.count is None and (for_replay or not ends_by_itself) and terms.method != "custom":
        raise bad_terms("terms.instalments", "is required: nothing else says when the loan ends")
    if terms.count is not None and terms.grace.principal >= terms.count:
        raise bad_terms("terms.grace.principal", "must be below the number of instalments")


def _check_method(terms: Terms) -> None:
    if terms.is_flat and terms.method != "level_payment":
        raise bad_terms("terms.interest", "flat interest needs the method level_payment")
    if (terms.method == "fixed_payment") != (terms.payment is not None):
        raise bad_terms("terms.payment", "goes with the method fixed_payment, and only with it")
    if terms.principal_payment is not None and terms.method != "equal_principal":
        raise bad_terms("terms.principal_payment", "goes with the method equal_principal only")
    if terms.balloon and terms.method not in ("level_payment", "equal_principal"):
        raise bad_terms("terms.balloon", "goes with level_payment and equal_principal only")


def _check_rows(terms: Terms) -> None:
    if (terms.method == "custom") != bool(terms.rows):
        raise bad_terms("terms.rows", "go with the method custom, and only with it")
    for n, row in enumerate(terms.rows):
        named = (row.principal is not None) + (row.payment is not None)
        if named == 2 or (named == 0 and n < len(terms.rows) - 1):
            raise bad_terms(f"terms.rows[{n}]", "must name either principal or payment")
    days = [row.due_on for row in terms.rows]
    if any(b <= a for a, b in pairwise(days)):
        raise bad_terms("terms.rows", "must rise by due date")
    if terms.rows and terms.due_dates:
        raise bad_terms("terms.due_dates", "are given by the rows already")


def _check_replay(terms: Terms) -> None:
    if terms.floating is not None:
        _check_floating(terms, terms.floating)
    if terms.prepayment != "instalments":
        _check_prepayment(terms)
    if not terms.interest_on_balance:
        return
    if terms.is_flat:
        raise bad_terms("terms.interest_on", "interest on the balance cannot be flat")
    if terms.grace.interest:
        raise bad_terms("terms.grace.interest", "cannot go with interest on the balance")
    if terms.capitalises_unpaid:
        raise bad_terms("terms.unpaid_interest", "cannot capitalise with interest on the balance")


def _check_floating(terms: Terms, agreed: Floating) -> None:
    """Check what a floating rate cannot go with: interest must follow the balance, day by day."""
    if not terms.interest_on_balance or terms.is_flat:
        raise bad_terms("terms.floating", "needs declining interest on the balance")
    if terms.accrual_day != "start":
        raise bad_terms("terms.floating", "goes with the accrual day start only")
    if agreed.convention == COMPOUNDED and terms.day_count not in BASES:
        days = " or ".join(BASES)
        raise bad_terms("terms.floating.convention", f"compounded fixings need {days}")
    if agreed.convention != IN_ADVANCE and terms.method == "level_payment":
        said = "a level payment needs the rate of its period in advance"
        raise bad_terms("terms.floating.convention", said)


def _check_prepayment(terms: Terms) -> None:
    if not terms.interest_on_balance:
        raise bad_terms("terms.prepayment", "needs interest on the balance")
    is_given = terms.principal_payment is not None or terms.method in ("fixed_payment", "custom")
    if terms.prepayment == "lower" and is_given:
        raise bad_terms("terms.prepayment", "cannot lower payments that are given")
