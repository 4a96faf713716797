"""Money bugs of the loan rules: what is replaced by what, and where a test must notice."""

from dataclasses import dataclass

PLAN = "tests/loans/rules/schedule/test_plan.py"
FOLD = "tests/loans/rules/replay/test_fold.py"
ENDINGS = "tests/loans/rules/replay/test_endings.py"
RELIEF = "tests/loans/rules/test_relief.py"
REFERENCE = "tests/loans/rules/test_reference.py"
FIGURES = "tests/loans/rules/test_figures.py"
COLUMNS = "tests/loans/rules/schedule/test_columns.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug: a line of a rule, what it becomes, and the file of tests that must fail."""

    what: str
    file: str
    old: str
    new: str
    tests: str


def _in(file: str, what: str, old: str, new: str, tests: str) -> Mutant:
    return Mutant(what, f"loans/rules/{file}.py", old, new, tests)


MUTANTS = [
    _in(
        "rounding",
        "halves always go up",
        'return whole % 2 == 1 if mode == "half_even" else whole >= 0',
        "return whole >= 0",
        "tests/loans/rules/test_rounding.py",
    ),
    _in(
        "rounding",
        "up and down are swapped",
        'return (whole >= 0) == (mode == "up")',
        'return (whole >= 0) == (mode == "down")',
        "tests/loans/rules/test_rounding.py",
    ),
    _in(
        "day_counts",
        "30/360 cuts every 31st at the end",
        "return first, 30 if end.day == 31 and first == 30 else end.day",
        "return first, 30 if end.day == 31 else end.day",
        "tests/loans/rules/test_day_counts.py",
    ),
    _in(
        "day_counts",
        "the termination date in February is cut as well",
        "last = is_month_end(end) and not (end.month == 2 and end == termination)",
        "last = is_month_end(end)",
        "tests/loans/rules/test_day_counts.py",
    ),
    _in(
        "day_counts",
        "a leap day on the first day counts",
        "start < date(year, 2, 29) <= end",
        "start <= date(year, 2, 29) <= end",
        "tests/loans/rules/test_day_counts.py",
    ),
    _in(
        "due_dates",
        "short months always roll on",
        'timedelta(days=1 if month_end == "roll" else 0)',
        "timedelta(days=1)",
        "tests/loans/rules/test_due_dates.py",
    ),
    _in(
        "calendars",
        "modified following leaves the month",
        "return after if after.month == day.month else before",
        "return after",
        "tests/loans/rules/test_calendars.py",
    ),
    _in(
        "calendars",
        "nearest prefers the day before on a tie",
        "return before if day - before < after - day else after",
        "return before if day - before <= after - day else after",
        "tests/loans/rules/test_calendars.py",
    ),
    _in(
        "compounding",
        "the lookback is one day too long",
        "day = by.calendar.moved(day, -by.lookback_days)",
        "day = by.calendar.moved(day, -by.lookback_days - 1)",
        FIGURES,
    ),
    _in(
        "compounding",
        "the lockout is one day too short",
        "used = days[min(n, len(days) - 1 - by.lockout_days)]",
        "used = days[min(n, len(days) - by.lockout_days, len(days) - 1)]",
        FIGURES,
    ),
    _in(
        "compounding",
        "a spread is added twice",
        "return rate if by.spread_compounded else rate + by.spread",
        "return rate + by.spread",
        "tests/loans/rules/test_quantlib.py",
    ),
    _in(
        "apr",
        "part of a month counts thirty-firsts",
        "return whole, (rest + Fraction(left, 30)) / by.every",
        "return whole, (rest + Fraction(left, 31)) / by.every",
        FIGURES,
    ),
    _in(
        "level_payment",
        "the balloon is added instead of left",
        "return (principal * growth - balloon * scale) / payments",
        "return (principal * growth + balloon * scale) / payments",
        PLAN,
    ),
    _in(
        "schedule/levels",
        "a smoothed payment is kept when the gap got larger",
        "if abs(new_gap) >= abs(gap):",
        "if False:",
        PLAN,
    ),
    _in(
        "schedule/levels",
        "a gap of a whole unit an instalment is left alone",
        "if gap == 0 or abs(gap) / terms.unit <= count // 2:",
        "if gap == 0 or abs(gap) / terms.unit <= count:",
        PLAN,
    ),
    _in(
        "schedule/levels",
        "interest that was carried is left out of a new payment",
        "        principal += carried\n",
        "        principal += 0\n",
        REFERENCE,
    ),
    _in(
        "schedule/rows",
        "the last instalment leaves a residue",
        "    rest = max(left - totals.held_after(row), totals.paid_on(row))\n",
        "    rest = min(left, max(book.level(row) - interest, ZERO) or left)\n",
        REFERENCE,
    ),
    _in(
        "schedule/rows",
        "interest that is not paid is forgotten",
        "return principal, due + more_interest, interest - due",
        "return principal, due + more_interest, ZERO",
        REFERENCE,
    ),
    _in(
        "schedule/rows",
        "unpaid interest of a plan is forgotten",
        "return _within(book, row, principal, left, totals), due, interest - due",
        "return _within(book, row, principal, left, totals), due, ZERO",
        REFERENCE,
    ),
    _in(
        "schedule/rows",
        "a closed instalment carries nothing on",
        "return principal + more_principal, paid + more_interest, max(interest - paid, ZERO)",
        "return principal + more_principal, paid + more_interest, ZERO",
        FOLD,
    ),
    _in(
        "schedule/rows",
        "interest is rounded down to whole units",
        "return rounded(exact, book.terms.unit, book.terms.interest_rounding)",
        'return rounded(exact, book.terms.unit, "down")',
        FOLD,
    ),
    _in(
        "schedule/plan",
        "a fee goes to the instalment after its date",
        "if r.period.due_on >= fee.on",
        "if r.period.due_on > fee.on",
        PLAN,
    ),
    _in(
        "waterfall",
        "last instalments are not paid first",
        "            rows = rows[::-1]\n",
        "            rows = rows[::1]\n",
        "tests/loans/rules/test_waterfall.py",
    ),
    _in(
        "waterfall",
        "more principal is repaid than is outstanding",
        "            amount = min(amount, self.principal_left)\n",
        "            amount = min(amount, one.amounts.get(bucket, ZERO))\n",
        "tests/loans/rules/test_waterfall.py",
    ),
    _in(
        "waterfall",
        "the odd cent of a spread is lost",
        "+ [walk.rest - each * (len(takers) - 1)]",
        "+ [each]",
        "tests/loans/rules/test_waterfall.py",
    ),
    _in(
        "replay/events",
        "events take effect as they were recorded",
        "    live.sort(key=lambda placed: (placed.event.effective_on, order[placed.index]))\n",
        "",
        FOLD,
    ),
    _in(
        "replay/finds",
        "a payment in advance finds interest to the due date",
        "        interest = earned(book, n, at, before, at, totals=totals) + row.carried\n",
        "        interest = row.interest\n",
        FOLD,
    ),
    _in(
        "replay/payments",
        "an instalment paid early is not closed",
        "        if is_repaid or all(paid[n, c] >= owed[n][c] for c in COMPONENTS):\n",
        "        if is_repaid:\n",
        FOLD,
    ),
    _in(
        "replay/payments",
        "what is covered by overpaid money is due as well",
        "    if covered < amount:\n        _becomes_due",
        "    if covered <= amount:\n        _becomes_due",
        ENDINGS,
    ),
    _in(
        "replay/endings",
        "what was written off is written off again",
        "rest = owed[component] - paid[n, component] - before",
        "rest = owed[component] - paid[n, component]",
        ENDINGS,
    ),
    _in(
        "replay/endings",
        "a re-age forgets unpaid interest",
        "    book.brought[kept] = interest\n",
        "    book.brought[kept] = ZERO\n",
        FOLD,
    ),
    _in(
        "replay/fold",
        "a waiver counts as paid",
        "            (waived if is_waiver else paid)[part.component] += part.amount\n",
        "            paid[part.component] += part.amount\n",
        RELIEF,
    ),
    _in(
        "default_interest",
        "default interest is on all that was once overdue",
        "            total += amount * terms.default_rate",
        "            total += overdue[0][1] * terms.default_rate",
        "tests/loans/rules/test_default_interest.py",
    ),
    _in(
        "collateral",
        "a haircut raises the value",
        "p.price * (1 - p.haircut)",
        "p.price * (1 + p.haircut)",
        FIGURES,
    ),
    _in(
        "accrual",
        "the late fee is charged before the due time",
        "    if late_years:\n",
        "    if elapsed_seconds:\n",
        FIGURES,
    ),
    _in(
        "schedule/rows",
        "interest of a coming instalment is rounded down",
        "rounded(own, terms.unit, terms.interest_rounding) + brought",
        'rounded(own, terms.unit, "down") + brought',
        PLAN,
    ),
    _in(
        "schedule/rows",
        "unpaid interest of a coming instalment is forgotten",
        "            carried = interest - due\n",
        "            carried = ZERO\n",
        PLAN,
    ),
    _in(
        "schedule/columns",
        "a tie of interest stays up",
        "out[ties] -= out[ties] & 1",
        "out[ties] -= out[ties] & 0",
        COLUMNS,
    ),
    _in(
        "schedule/columns",
        "a float decides at the boundary of rounding",
        "np.flatnonzero(~(away > bound * exact) | (exact > 2.0**50))",
        "np.flatnonzero(exact > 2.0**50)",
        COLUMNS,
    ),
    _in(
        "replay/plans",
        "default interest that was paid is earned again after an extension",
        "max(due_on, on) if by_default else due_on",
        "due_on",
        "tests/loans/rules/test_default_interest.py",
    ),
    _in(
        "projection",
        "less interest than was paid is projected",
        "        yield Line(turn, other.base, other.at(turn), other.slope)\n",
        "        yield Line(turn, one.base, one.at(turn), one.slope)\n",
        "tests/loans/rules/test_projection.py",
    ),
]
