"""The life of a loan so far: its book, its charges, and what was paid on each row."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from loans.rules.default_interest import default_interest
from loans.rules.exact import Fraction
from loans.rules.floating import Compounding, Fixed
from loans.rules.rounding import rounded
from loans.rules.schedule.book import ZERO, Book
from loans.rules.schedule.plan import extra_row
from loans.rules.schedule.rows import Row, rows
from loans.rules.terms import COMPONENTS, PAYMENTS, Terms
from loans.rules.waterfall import timing

Amounts = dict[str, Fraction]


@dataclass(slots=True)
class Charge:
    """A fee or penalty; ``row`` is set once it is bound to a row that took it over."""

    on: date
    amount: Fraction
    component: str
    row: int | None = None


@dataclass(slots=True)
class Part:
    """
    A part of a transaction that settled a component of a row on a day.

    ``timing`` says whether that was past due, due or in advance by the due date of that time.
    """

    transaction: int
    on: date
    row: int
    component: str
    amount: Fraction
    timing: str


@dataclass(slots=True)
class Transaction:
    """
    One transaction and where its money went.

    ``available`` is what is left of its overpayment for charges that come later.
    """

    event: str | int | None
    type: str
    on: date
    amount: Fraction
    parts: Amounts = field(default_factory=lambda: dict.fromkeys(COMPONENTS, ZERO))
    overpayment: Fraction = ZERO
    available: Fraction = ZERO
    balance: Fraction = ZERO
    is_reversed: bool = False


@dataclass(slots=True)
class Life:
    """A loan as the events so far have left it."""

    terms: Terms
    book: Book
    charges: list[Charge] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    written_off: dict[tuple[int, str], Fraction] = field(default_factory=dict)
    is_charged_off: bool = False
    seen_at: date | None = None  # set by a write-off: the view stays at that day
    repaid: Fraction = ZERO  # principal that was repaid on instalments
    prepaid: Fraction = ZERO  # principal that was repaid beside them
    default_until: date | None = None  # set by a charge-off that stops interest
    fixed: list[tuple[date, Fixed]] = field(default_factory=list)  # by day, as they were set
    compounding: Compounding | None = None  # of the period of the last fixing
    spreads: list[tuple[date, Fraction]] = field(default_factory=list)  # agreed since, by day

    @property
    def on_balance(self) -> bool:
        """Say whether interest follows what is really owed."""
        return self.book.on_balance

    def view(self, at: date) -> list[Row]:
        """Give principal and interest of the rows as seen on a day, an extra row included."""
        at = self.seen_at or at
        return self.with_extra(rows(self.book, at if self.on_balance else None), at)

    def with_extra(self, found: list[Row], at: date) -> list[Row]:
        """Add the row that holds what came after the last due date by a day, if anything did."""
        end, last = len(found), found[-1].period.due_on
        principal, interest = self.book.extra_of(end)
        # Default interest that was paid stays earned, whatever is agreed about the plan later.
        by_default = rounded(
            self.default_interest(found, at), self.terms.unit, self.terms.interest_rounding
        )
        earned = max(by_default, self.interest_paid(end) - interest)
        late = [c.on for c in self.charges if c.row is None and c.on > last]
        late += [extra.on for extra in self.book.extras if extra.row >= end]
        if not late and not earned:
            return found
        row = extra_row(found, max(late, default=last))
        return [*found, Row(row.period, principal, interest + earned, row.balance)]

    def default_interest(self, found: list[Row], at: date) -> Fraction:
        """
        Give the default interest up to a day, exactly: it is rounded once, as a whole.

        It is earned on the principal (and interest) of the rows ``found`` that is overdue.
        """
        since = max(found[-1].period.end, found[-1].period.due_on)
        until = min(at, self.default_until or at)
        if self.terms.default_rate is None or until <= since:
            return ZERO
        bears = ("principal", "interest") if self.terms.default_on_interest else ("principal",)
        paid = [(p.on, p.amount) for p in self.parts if p.component in bears and p.row < len(found)]
        owed = sum((row.principal for row in found), ZERO)
        if self.terms.default_on_interest:
            owed += sum((row.interest for row in found), ZERO)
        days = sorted({since} | {on for on, _ in paid if since < on < until})
        overdue = [(day, owed - sum((a for on, a in paid if on <= day), ZERO)) for day in days]
        return default_interest(self.terms, since, until, overdue)

    def charged(self, found: list[Row]) -> list[Amounts]:
        """Give the fees and penalties of each row."""
        # Most rows have none, and share it.
        sums: list[Amounts] = [{"fee": ZERO, "penalty": ZERO}] * len(found)
        for charge in self.charges:
            row = self.row_of(charge, found)
            sums[row] = {**sums[row]}
            sums[row][charge.component] += charge.amount
        return sums

    def row_of(self, charge: Charge, found: list[Row]) -> int:
        """Give the row that a charge belongs to: the first due on or after it."""
        if charge.row is not None:
            return charge.row
        return next((n for n, r in enumerate(found) if r.period.due_on >= charge.on), -1)

    def paid(self) -> dict[tuple[int, str], Fraction]:
        """Give what is paid by row and component."""
        sums: dict[tuple[int, str], Fraction] = defaultdict(Fraction)
        for part in self.parts:
            sums[part.row, part.component] += part.amount
        return sums

    def keep_earned(self, row: int, amount: Fraction) -> None:
        """Let default interest that was paid stay due of a row; interest on the balance does."""
        if not self.on_balance:
            paid = self.book.interest_paid
            paid[row] = paid.get(row, ZERO) + amount

    def interest_paid(self, row: int) -> Fraction:
        """Give the interest that is paid of a row."""
        if self.on_balance:
            return self.book.interest_paid.get(row, ZERO)
        mine = [p.amount for p in self.parts if p.row == row and p.component == "interest"]
        return sum(mine, ZERO)

    def settled(self) -> dict[tuple[int, str], Fraction]:
        """Give what is paid or written off by row and component."""
        sums = self.paid()
        for key, lost in self.written_off.items():
            sums[key] += lost
        return sums

    def settle(self, number: int, on: date, row: int, component: str, amount: Fraction) -> None:
        """Write down that a transaction settled a component of a row."""
        has_period = row < (self.book.count or 0)
        due_on = (self.book.period(row) if has_period else self.view(on)[row].period).due_on
        part = Part(number, on, row, component, amount, timing(due_on, on))
        self.add(part)
        self._has_effect(part)

    def place(self, part: Part) -> None:
        """Put a part of a transaction that is counted already on its row."""
        self.parts.append(part)
        self._has_effect(part)

    def _has_effect(self, part: Part) -> None:
        """Let what is paid lower the balance, or stay due as interest."""
        if not self.on_balance:
            return
        if part.component == "principal":
            self.book.movements.append((part.on, part.row, part.amount))
        elif part.component == "interest":
            paid = self.book.interest_paid
            paid[part.row] = paid.get(part.row, ZERO) + part.amount

    def add(self, part: Part) -> None:
        """Add a part to its transaction, and to what is repaid of the principal."""
        self.parts.append(part)
        self.transactions[part.transaction].parts[part.component] += part.amount
        if part.component == "principal":
            self.repaid += part.amount

    def begin(self, transaction: Transaction) -> int:
        """Add a transaction and give its number."""
        self.transactions.append(transaction)
        return len(self.transactions) - 1

    @property
    def principal_outstanding(self) -> Fraction:
        """Give what was drawn and taken back, less what is repaid or written off."""
        drawn = sum((a for _, a in self.book.drawn), ZERO)
        back = sum((extra.principal for extra in self.book.extras), ZERO)
        lost = sum((a for (_, c), a in self.written_off.items() if c == "principal"), ZERO)
        return drawn + back - self.repaid - lost

    @property
    def overpaid(self) -> Fraction:
        """Give the money that settled nothing."""
        return sum((t.overpayment for t in self.transactions), ZERO)

    def use_overpaid(self, most: Fraction) -> list[tuple[int, Fraction]]:
        """Take overpaid money, oldest payment first, and give how much of which transaction."""
        taken = []
        for number, one in enumerate(self.transactions):
            amount = min(one.available, most)
            if one.type in (*PAYMENTS, "payoff") and amount > 0:
                one.available -= amount
                most -= amount
                taken.append((number, amount))
        return taken
