"""The plan of a loan: rows of principal and interest, as sections 6 and 7.4 say it, step by step."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise

from tests.loans.reference import dates
from tests.loans.reference.money import COMPONENTS, rounded

ZERO = Fraction(0)
BEFORE_ALL = date.min


class Refused(Exception):
    """The request makes no sense; the reference does not say why as finely as the contract."""


@dataclass
class Row:
    number: int
    start: date
    end: date
    due_on: date
    principal: Fraction = ZERO
    interest: Fraction = ZERO
    carried_in: Fraction = ZERO
    back: dict = field(default_factory=dict)

    @property
    def days(self) -> int:
        return max((self.end - self.start).days, 0)


@dataclass
class Paid:
    """Money that settled a part of a row."""

    on: date
    row: int
    component: str
    amount: Fraction
    # Early (-1), on time or late (1), by the due date that the row had then.
    timing: int = 0


def parse_day(text: str) -> date:
    return date.fromisoformat(text)


class Book:
    """The terms of a loan, what was drawn and agreed, and (in a life) what was paid."""

    def __init__(self, terms: dict, first_drawn: date, *, on_balance: bool) -> None:
        self.terms = t = {name: value for name, value in terms.items() if value is not None}
        self.on_balance = on_balance
        self.method = t["method"]
        self.unit = Fraction(t.get("unit", "0.01"))
        self.rounding = t.get("rounding", "half_even")
        self.interest_rounding = t.get("interest_rounding", self.rounding)
        self.payment_rounding = t.get("payment_rounding", self.rounding)
        self.multiple = Fraction(t["payment_multiple"]) if "payment_multiple" in t else None
        self.balloon = Fraction(t.get("balloon", "0"))
        self.start = parse_day(t["start"]) if "start" in t else first_drawn
        period = t.get("period", {})
        self.every, self.period_unit = period.get("every", 1), period.get("unit", "month")
        self.month_end = t.get("month_end", "clip")
        self.custom = t.get("rows", [])
        self.listed = [parse_day(day) for day in t.get("due_dates", [])]
        self.listed = self.listed or [parse_day(row["due_date"]) for row in self.custom]
        self.n = t.get("instalments", len(self.listed) or None)
        self.anchors = [(0, self.start)]
        if "first_due_date" in t and not self.listed:
            self.anchors.append((1, parse_day(t["first_due_date"])))
        self.old_steps: dict[int, tuple[int, str]] = {}
        self.history: dict[int, tuple[date, date, date]] = {}
        self.cut: dict[int, date] = {}
        grace = t.get("grace", {})
        self.no_principal = grace.get("principal") or 0
        self.no_interest = grace.get("interest") or 0
        self.free = grace.get("interest_free") or 0
        self.capitalises_grace = grace.get("interest_treatment") == "capitalise"
        self.capitalises_unpaid = t.get("unpaid_interest") == "capitalise"
        self.flat = t.get("interest") == "flat"
        self.even = self.flat and t.get("flat_interest") == "even"
        self.draws: list[tuple[date, Fraction]] = []
        self.rates: list[tuple[date, Fraction]] = []
        self.levels: dict[int, Fraction] = {}
        self.backs: list[tuple[date, dict[str, Fraction]]] = []
        self.paid: list[Paid] = []
        self.closed: dict[int, tuple[Fraction, Fraction]] = {}
        self.carry_into: dict[int, Fraction] = {}
        # Where something came back into before due dates moved: it stays there.
        self.back_rows: dict[int, int] = {}
        # Principal paid on rows that were closed and are open again.
        self.settled: dict[int, Fraction] = {}

    # Dates.

    def u(self, k: int) -> date:
        if self.listed and k > 0:
            return self.listed[k - 1]
        index, anchor = [one for one in self.anchors if one[0] <= k][-1]
        return dates.add(anchor, (k - index) * self.every, self.period_unit, self.month_end)

    def adjusted(self, day: date) -> date:
        convention = self.terms.get("business_day_convention", "none")
        holidays = {parse_day(one) for one in self.terms.get("holidays", [])}
        return dates.adjust(day, convention, self.terms.get("calendar", "none"), holidays)

    def period(self, k: int) -> tuple[date, date, date]:
        """Accrual start, accrual end and due date of an instalment."""
        if k in self.history:
            return self.history[k]
        start, end = self.u(k - 1), self.u(k)
        due_on = self.adjusted(end)
        if self.terms.get("accrual_dates") == "adjusted":
            start, end = self.adjusted(start), due_on
        if k - 1 in self.history:
            start = self.history[k - 1][1]
        if k in self.cut:
            return min(start, self.cut[k]), self.cut[k], self.cut[k]
        return start, end, due_on

    def fraction(self, k: int, start: date, end: date) -> Fraction:
        a, b, _ = self.period(k)
        every, unit = self.old_steps.get(k, (self.every, self.period_unit))
        is_step = False
        if not self.listed and k not in self.history and k not in self.cut:
            index = [one[0] for one in self.anchors if one[0] <= k][-1]
            is_step = index < k and (self.u(k - 1), self.u(k)) == (a, b)
        name = self.terms["day_count"]
        units = dates.units_of(a, b, every, unit, is_step) if name == "30/360 PERIOD" else ZERO
        return dates.fraction(
            name,
            start,
            end,
            whole=(a, b),
            units=units,
            unit=unit,
            accrual_day=self.terms.get("accrual_day", "start"),
            termination=self.period(self.n)[1] if self.n else None,
        )

    def rate_on(self, day: date) -> Fraction:
        found, since = Fraction(self.terms.get("rate", "0")), BEFORE_ALL
        for on, rate in self.rates:
            if since <= on <= day:
                found, since = rate, on
        return found

    def first_due(self, day: date, *, on_it: bool) -> int | None:
        """The first instalment due after a day (or on it)."""
        for k in range(1, (self.n or 600) + 1):
            due_on = self.period(k)[2]
            if due_on > day or (on_it and due_on == day):
                return k
        return None

    # Balances.

    def drawn(self, until: date, *, included: bool = True) -> Fraction:
        total = ZERO
        for on, amount in self.draws:
            if on <= self.start or on < until or (included and on == until):
                total += amount
        return total

    def back_in(self, k: int) -> dict[str, Fraction]:
        """What was charged back into a row."""
        total = dict.fromkeys(COMPONENTS, ZERO)
        for n, (on, parts) in enumerate(self.backs):
            row = self.first_due(on, on_it=False) or self.n + 1
            if self.back_rows.get(n, row) == k:
                for component, amount in parts.items():
                    total[component] += amount
        return total

    def back_until(self, day: date) -> Fraction:
        return sum((parts["principal"] for on, parts in self.backs if on <= day), ZERO)

    def paid_on(self, k: int, component: str) -> Fraction:
        return sum((p.amount for p in self.paid if p.row == k and p.component == component), ZERO)

    def principal_paid(self, until: date, since_row: int = 1) -> Fraction:
        return sum(
            (
                p.amount
                for p in self.paid
                if p.component == "principal" and p.on <= until and p.row >= since_row
            ),
            ZERO,
        )

    def outstanding_principal(self) -> Fraction:
        drawn = sum((amount for _, amount in self.draws), ZERO)
        return drawn + self.back_until(date.max) - self.principal_paid(date.max)

    # Interest.

    def cuts(self, a: date, b: date, *more: date) -> list[date]:
        # What is drawn up to the start counts from there: its own day cuts nothing.
        inner = {on for on, _ in self.draws if on > self.start}
        inner |= {on for on, _ in self.rates} | set(more)
        if self.on_balance:
            inner |= {p.on for p in self.paid if p.component == "principal"}
            inner |= {on for on, _ in self.backs}
        return [a, *sorted(day for day in inner if a < day < b), b] if a < b else []

    def earned(self, k: int, view: date, used: Fraction, until: date | None = None) -> Fraction:
        """Interest that a period earns, exactly; ``used`` is the principal of earlier rows."""
        a, b, _ = self.period(k)
        b = b if until is None else min(b, until)
        if k <= self.free:
            return ZERO
        total = ZERO
        points = self.cuts(a, b, view)
        for s, e in pairwise(points):
            if self.flat:
                balance = self.drawn(s)
            elif not self.on_balance:
                # What was charged back earns nothing in a plan.
                balance = self.drawn(s) - used + self.backs_of_rows(k - 1)
            elif s < view:
                balance = self.drawn(s) + self.back_until(s) - self.principal_paid(s)
            else:
                balance = self.drawn(s) + self.back_until(s) - used - self.principal_paid(s, k)
            total += balance * self.rate_on(s) * self.fraction(k, s, e)
        return total

    def per_unit(self, k: int) -> Fraction:
        """f(k): interest of a whole period on one unit of balance."""
        if k <= self.free:
            return ZERO
        a, b, _ = self.period(k)
        inner = sorted({on for on, _ in self.rates if a < on < b})
        points = [a, *inner, b] if a < b else []
        return sum((self.rate_on(s) * self.fraction(k, s, e) for s, e in pairwise(points)), ZERO)

    # Rows.

    def planned(self, k: int) -> tuple[str, Fraction]:
        """What repays principal in a row: a payment, or an amount of principal."""
        if k <= self.no_principal:
            return "principal", ZERO
        if self.even:
            return "principal", self.even_principal(k)
        if self.method == "level_payment":
            return "payment", self.levels.get(k, ZERO)
        if self.method == "fixed_payment":
            return "payment", Fraction(self.terms["payment"])
        if self.method == "equal_principal":
            if "principal_payment" in self.terms:
                return "principal", Fraction(self.terms["principal_payment"])
            return "principal", self.levels.get(k, ZERO)
        if self.method == "custom":
            row = self.custom[k - 1]
            for name in ("payment", "principal"):
                if row.get(name) is not None:
                    return name, Fraction(row[name])
        return "principal", ZERO

    def last_open(self) -> int | None:
        if self.n is None:
            return None
        return max((k for k in range(1, self.n + 1) if k not in self.closed), default=None)

    def view(self, view: date) -> list[Row]:
        """The rows as seen on a day; before all, every piece is planned."""
        rows: list[Row] = []
        carried = used = ZERO
        last_open, k = self.last_open(), 0
        everything = sum((amount for _, amount in self.draws), ZERO)
        while self.n is None or k < self.n:
            k += 1
            if k > 12_000:
                raise Refused("no end")
            a, b, due_on = self.period(k)
            carried = self.carry_into.get(k, carried)
            row = Row(k, a, b, due_on, carried_in=carried, back=self.back_in(k) if self.n else {})
            back = row.back.get("principal", ZERO)
            paid_p = paid_i = ZERO
            if self.on_balance:
                paid_p = self.paid_on(k, "principal")
                paid_i = self.paid_on(k, "interest") - row.back.get("interest", ZERO)
            earned = rounded(self.earned(k, view, used), self.unit, self.interest_rounding)
            earned = self.even_interest(k) if self.even else earned
            interest = earned + carried
            if k not in self.closed:
                interest = max(interest, paid_i) if paid_i else interest
            if k in self.closed:
                kept_p, kept_i = self.closed[k]
                row.principal, row.interest = kept_p + back, kept_i
                carried = max(interest - kept_i, ZERO)
            else:
                reserved = sum(
                    (
                        self.held(j)
                        for j in range(k + 1, (self.n if self.n and self.on_balance else k) + 1)
                    ),
                    ZERO,
                )
                is_last = k == last_open
                drawn = everything if is_last else self.drawn(b, included=False)
                left = drawn + self.backs_of_rows(k) - used - reserved
                carried = self.settle(row, interest, left, back, (paid_p, paid_i), is_last)
            used += row.principal
            rows.append(row)
            if self.n is None and everything - used <= 0:
                break
        return rows

    def held(self, k: int) -> Fraction:
        """Principal paid on a row, without what came back into it."""
        if k in self.closed:
            return self.closed[k][0]
        own = self.paid_on(k, "principal") - self.back_in(k)["principal"]
        return max(own, self.settled.get(k, ZERO))

    def backs_of_rows(self, k: int) -> Fraction:
        if not self.backs:
            return ZERO
        return sum((self.back_in(j)["principal"] for j in range(1, k + 1)), ZERO)

    def settle(
        self,
        row: Row,
        interest: Fraction,
        left: Fraction,
        back: Fraction,
        paid: tuple[Fraction, Fraction],
        is_last: bool,
    ) -> Fraction:
        """Fill a row that is open; answers the interest carried out of it."""
        paid_p, paid_i = paid
        kind, amount = self.planned(row.number)
        if is_last:
            row.principal = max(left, paid_p) if self.on_balance else left
            row.interest = interest
            return ZERO
        if row.number <= self.no_interest and self.capitalises_grace:
            row.principal, row.interest = -interest, interest
            return ZERO
        if row.number <= self.no_interest:
            row.principal, row.interest = min(amount + back, left), ZERO
            return interest
        if kind == "principal":
            row.interest, wanted = interest, amount
        elif self.capitalises_unpaid:
            row.interest, wanted = interest, amount - interest
        else:
            row.interest = min(interest, max(amount, paid_i))
            wanted = amount - row.interest
        wanted = wanted + back if self.capitalises_unpaid else max(wanted + back, paid_p)
        row.principal = min(wanted, left)
        if self.on_balance:
            row.principal = max(row.principal, paid_p)
        return interest - row.interest

    def even_share(self) -> tuple[Fraction, Fraction]:
        """The whole interest of a life with even flat interest (6.4), and a row's exact share."""
        exact = sum((self.earned(k, BEFORE_ALL, ZERO) for k in range(1, self.n + 1)), ZERO)
        total = rounded(exact, self.unit, self.interest_rounding)
        return total, total / self.n

    def even_interest(self, k: int) -> Fraction:
        total, share = self.even_share()
        share = rounded(share, self.unit, self.rounding)
        return share if k < self.n else total - share * (self.n - 1)

    def even_principal(self, k: int) -> Fraction:
        level = self.levels.get(k, ZERO)
        if not self.multiple:
            return level
        share = rounded(self.even_share()[1], self.unit, self.rounding)
        both = [rounded(part, self.multiple, self.payment_rounding) for part in (level, share)]
        found = sum(both, ZERO) - share
        return found if self.capitalises_unpaid else max(found, ZERO)

    # Payments.

    def on_terms(self, amount: Fraction) -> Fraction:
        """Round a payment to the unit, then to the multiple."""
        found = rounded(amount, self.unit, self.payment_rounding)
        if self.multiple:
            return rounded(found, self.multiple, self.payment_rounding) or found
        return found

    def relevel(self, k: int) -> None:
        """Set the payment (or the equal split) anew for instalments k to the last, then smooth."""
        is_equal = self.method == "equal_principal" and "principal_payment" not in self.terms
        if self.method != "level_payment" and not is_equal:
            return
        first = max(k, self.no_principal + 1)
        if self.capitalises_grace:
            first = max(first, self.no_interest + 1)
        if first > self.n:
            return
        concerned = range(first, self.n + 1)
        rows = self.view(BEFORE_ALL)
        used = sum(
            (row.principal - row.back.get("principal", ZERO) for row in rows[: first - 1]), ZERO
        )
        principal = self.drawn(self.period(first)[1], included=False) - used
        if self.on_balance and not is_equal:
            principal += rows[first - 1].carried_in
        if is_equal or self.even:
            amount = rounded((principal - self.balloon) / len(concerned), self.unit, self.rounding)
            self.levels.update(dict.fromkeys(concerned, amount))
            return
        self.levels.update(
            dict.fromkeys(concerned, self.on_terms(self.level(principal, concerned)))
        )
        if self.terms.get("smoothing") and not self.flat:
            self.smooth(concerned)

    def level(self, principal: Fraction, concerned: range) -> Fraction:
        if self.flat:
            interest = sum(
                (
                    rounded(self.earned(i, BEFORE_ALL, ZERO), self.unit, self.interest_rounding)
                    for i in concerned
                ),
                ZERO,
            )
            carried = self.view(BEFORE_ALL)[concerned[0] - 1].carried_in
            return (principal - self.balloon + interest + carried) / len(concerned)
        worth, total = Fraction(1), ZERO
        for i in concerned:
            worth /= 1 + self.per_unit(i)
            total += worth
        return (principal - self.balloon * worth) / total

    def gap(self) -> Fraction:
        rows = self.view(BEFORE_ALL)
        last, before = rows[-1], rows[-2]
        return (last.principal + last.interest - self.balloon) - (
            before.principal + before.interest
        )

    def smooth(self, concerned: range) -> None:
        n = len(concerned)
        for _ in range(3):
            if n < 2:
                return
            gap, kept = self.gap(), self.levels[concerned[0]]
            if gap == 0 or abs(gap) / self.unit <= n // 2:
                return
            tried = self.on_terms(kept + rounded(gap / n, self.unit, self.rounding))
            if tried == kept:
                return
            self.levels.update(dict.fromkeys(concerned, tried))
            if abs(self.gap()) >= abs(gap):
                self.levels.update(dict.fromkeys(concerned, kept))
                return

    # What is agreed on the way.

    def draw(self, on: date, amount: Fraction) -> None:
        k = self.first_due(on, on_it=False)
        if k is None and on > self.start:
            raise Refused("nothing is due after the drawdown")
        if self.n and on > self.start and on >= max(self.period(self.n)[1], self.period(1)[0]):
            raise Refused("the last accrual day is over")
        self.draws.append((on, amount))
        if k is not None:
            self.relevel(k)

    def change(self, change: dict) -> int | None:
        """Change what was agreed; answers from which row on payments are to be set anew."""
        kind, on = change["type"], parse_day(change.get("from") or change["date"])
        if kind in ("rate", "rate_change"):
            return self.set_rate(on, Fraction(change["rate"]))
        if self.listed:
            raise Refused("listed dates")
        if kind == "extend":
            if self.n is None:
                return None
            self.n += change["instalments"]
            for j in range(1, self.n + 1):
                self.levels.setdefault(j, self.levels.get(j - 1, ZERO))
            return self.first_due(on, on_it=True)
        index = [k for k in range(1, (self.n or 600) + 1) if self.u(k) == on]
        if not index:
            raise Refused("no instalment is due on that day")
        for n, (day, _) in enumerate(self.backs):
            row = self.first_due(day, on_it=False)
            if row is not None:
                self.back_rows.setdefault(n, row)
        anchors = [one for one in self.anchors if one[0] < index[0]]
        self.anchors = [*anchors, (index[0], parse_day(change["to"]))]
        return None

    def set_rate(self, on: date, rate: Fraction) -> int | None:
        if self.terms.get("accrual_day") == "end":
            on -= dates.DAY
        self.rates.append((on, rate))
        return self.first_due(on, on_it=False) if self.method == "level_payment" else None
