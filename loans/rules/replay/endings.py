"""Endings: re-ageing what is open, charging off, writing off."""

from dataclasses import replace
from datetime import date

from loans.rules.due_dates import counted_from
from loans.rules.exact import Fraction
from loans.rules.faults import bad_event
from loans.rules.replay import fixings
from loans.rules.replay.events import Placed, ReAge
from loans.rules.replay.finds import found
from loans.rules.replay.life import Amounts, Life, Transaction
from loans.rules.replay.payments import follow_charges
from loans.rules.schedule.book import ZERO
from loans.rules.schedule.levels import relevel
from loans.rules.schedule.periods import Period, odd_period, period_share
from loans.rules.schedule.rows import earned
from loans.rules.terms import COMPONENTS, MOST_INSTALMENTS, Grace


def write_off(life: Life, placed: Placed) -> None:
    """Give up everything outstanding in the view at the day; the view stays there."""
    at = placed.event.on
    view = life.view(at)
    number = life.begin(Transaction(placed.event.identity, "write_off", at, ZERO))
    transaction, paid = life.transactions[number], life.paid()
    for n, (row, charges) in enumerate(zip(view, life.charged(view), strict=True)):
        owed: Amounts = {"principal": row.principal, "interest": row.interest, **charges}
        for component in COMPONENTS:
            before = life.written_off.get((n, component), ZERO)
            rest = owed[component] - paid[n, component] - before
            if rest:
                life.written_off[n, component] = before + rest
                _keep_due(life, n, component, rest)
                transaction.parts[component] += rest
                transaction.amount += rest
    life.seen_at = life.seen_at or at
    transaction.balance = life.principal_outstanding


def _keep_due(life: Life, row: int, component: str, amount: Fraction) -> None:
    """Let what is written off stay due, like what is paid, even if money comes back into a row."""
    if component == "principal":
        kept = life.book.given_up
    elif component == "interest" and life.on_balance:
        kept = life.book.interest_paid
    else:
        return
    kept[row] = kept.get(row, ZERO) + amount


def charge_off(life: Life, placed: Placed) -> None:
    """Mark the loan as charged off; by its behaviour also stop interest, or call everything."""
    event = placed.event
    life.is_charged_off = True
    if event.behaviour != "regular":
        life.book.rates = [r for r in life.book.rates if r[0] < event.on]
        life.book.rates.append((event.on, ZERO))
        life.default_until = event.on
    if event.behaviour == "accelerate":
        _accelerate(life, event.on)
    view, settled = life.view(event.on), life.settled()
    number = life.begin(Transaction(event.identity, "charge_off", event.on, ZERO))
    transaction = life.transactions[number]
    for n, (row, charges) in enumerate(zip(view, life.charged(view), strict=True)):
        owed: Amounts = {"principal": row.principal, "interest": row.interest, **charges}
        for component in COMPONENTS:
            transaction.parts[component] += owed[component] - settled[n, component]
    transaction.amount = sum(transaction.parts.values(), ZERO)
    transaction.balance = life.principal_outstanding


def _accelerate(life: Life, at: date) -> None:
    book = life.book
    row = book.row_due_after(at, or_on=True)
    if row is None or (row == (book.count or 0) - 1 and book.period(row).due_on == at):
        return
    view = life.view(at)
    for charge in life.charges:
        if charge.row is None and life.row_of(charge, view) >= row:
            charge.row = row
    _cut(life, row, at)
    # What was to come is due on no other day any more; more instalments would follow this one.
    book.dates = book.dates.called(row + 1, at)


def _cut(life: Life, row: int, at: date) -> None:
    """End a row on a day, let later ones vanish, and move what is on them to it."""
    book = life.book
    period = book.period(row)
    start = min(period.start, at)
    unit = book.dates.step.unit
    by_period = odd_period(start, at, unit) if start < at else Fraction(0)
    if (period.start, period.end) == (start, at):
        by_period = period.by_period
    book.periods = [*book.periods[:row], Period(start, at, at, by_period)]
    book.count = row + 1
    _gather(life, row)


def _gather(life: Life, row: int) -> None:
    """Move payments, bound charges and what came back from vanished rows to the last one."""
    book = life.book
    for part in life.parts:
        part.row = min(part.row, row)
    for charge in life.charges:
        charge.row = charge.row if charge.row is None else min(charge.row, row)
    lost: dict[tuple[int, str], Fraction] = {}
    for (r, component), amount in life.written_off.items():
        key = min(r, row), component
        lost[key] = lost.get(key, ZERO) + amount
    life.written_off = lost
    book.movements = [(d, min(r, row), a) for d, r, a in book.movements]
    sums: dict[int, Fraction] = {}
    for r, a in book.interest_paid.items():
        sums[min(r, row)] = sums.get(min(r, row), ZERO) + a
    book.interest_paid = sums
    book.extras = [replace(extra, row=min(extra.row, row)) for extra in book.extras]
    book.closed = {r: amounts for r, amounts in book.closed.items() if r < row}
    book.settled = {r: amount for r, amount in book.settled.items() if r < row}


def re_age(life: Life, placed: Placed) -> None:
    """
    Spread what is open anew: old rows keep what was paid, new ones take the rest.

    :raises Fault: ``invalid_event`` if interest is planned and the rate is not zero
    """
    event, book, plan = placed.event, life.book, placed.event.re_age
    assert plan is not None, "a re-age event says how"
    if not life.on_balance and any(r for r in (life.terms.rate, *(r for _, r in book.rates))):
        raise bad_event(f"events[{placed.index}].type", "needs interest on the balance, or none")
    if plan.first_due_date < event.on:
        raise bad_event(f"events[{placed.index}].first_due_date", "lies before the date")
    interest = _unpaid_interest(life, event.on)
    _use_balance(life)
    _end_rows(life, event.on)
    kept = book.count or 0
    _start_rows(life, plan, event.on, kept, placed.index)
    book.brought[kept] = interest
    fixings.go_on(life, event.on)
    principal = life.principal_outstanding
    number = life.begin(Transaction(event.identity, "re_age", event.on, principal + interest))
    life.transactions[number].parts.update(principal=principal, interest=interest)
    life.transactions[number].balance = principal
    relevel(book, kept)
    follow_charges(life, event.on)


def _unpaid_interest(life: Life, at: date) -> Fraction:
    """Give the interest up to a day that is not paid, with what a closed row would carry on."""
    book, settled = life.book, life.settled()
    view, owed = found(life, at)
    unpaid = sum((a["interest"] - settled[n, "interest"] for n, a in enumerate(owed)), ZERO)
    row = book.row_due_after(at)
    if row is None or not life.on_balance:
        return unpaid
    if row and book.period(row - 1).due_on == at:
        # The row vanishes, and the new ones begin where it did: they earn what it has earned.
        own = owed[row]["interest"] - settled[row, "interest"]
        return unpaid - own + view[row].carried - settled[row, "interest"]
    started = view[row].period.start < at
    if row in book.closed:
        so_far = earned(book, row, at, ZERO, at) if started else ZERO
        return unpaid + max(so_far + view[row].carried - book.closed[row][1], ZERO)
    return unpaid if started else unpaid + view[row].carried


def _use_balance(life: Life) -> None:
    """Let a loan whose interest was planned (at rate 0) go on with interest on the balance."""
    if life.on_balance:
        return
    life.book.on_balance = True
    life.book.interest_paid = {}
    parts, life.parts = life.parts, []
    for part in parts:
        life.place(part)


def _end_rows(life: Life, at: date) -> None:
    """Close the rows due by a day with what was paid on them; the running one ends on it."""
    book = life.book
    row = book.row_due_after(at)
    last_due = book.period((row or 0) - 1).due_on if row else None
    if row is None:
        end = book.period((book.count or 1) - 1).end
        if book.period((book.count or 1) - 1).due_on < at:
            book.periods = [*book.periods[: book.count], Period(end, at, at, ZERO)]
            book.count = (book.count or 0) + 1
            _gather(life, book.count - 1)
    elif last_due == at:
        book.count, book.periods = row, book.periods[:row]
        _gather(life, row - 1)
    else:
        _cut(life, row, at)
    settled = life.settled()
    for n in range(book.count or 0):
        principal, interest = book.extra_of(n)
        book.closed[n] = (settled[n, "principal"] - principal, settled[n, "interest"] - interest)


def _start_rows(life: Life, plan: ReAge, at: date, kept: int, index: int) -> None:
    if kept + plan.instalments > MOST_INSTALMENTS:
        raise bad_event(f"events[{index}].instalments", f"at most {MOST_INSTALMENTS} in all")
    book = life.book
    book.count = kept + plan.instalments
    book.terms = replace(
        book.terms,
        method="level_payment",
        is_flat=False,
        flat_is_even=False,
        payment=None,
        principal_payment=None,
        balloon=ZERO,
        rows=(),
        due_dates=(),
        first_due_date=None,
        instalments=book.count,
        grace=Grace(),
        period=plan.period,
        interest_on_balance=True,
    )
    book.dates = counted_from(kept, at, plan.period, book.terms.month_end, plan.first_due_date)
    # The new rows begin where the old ones end, whether the bank is closed then or not.
    start, first = book.period(kept - 1).end, book.period(kept)
    share = period_share(book.dates, kept + 1, start, first.end)
    book.periods[kept] = first._replace(start=start, by_period=share)
