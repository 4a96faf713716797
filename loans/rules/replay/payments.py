"""Payments: money in, split over what it finds; and money that leaves again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from loans.rules.exact import Fraction
from loans.rules.faults import bad_event
from loans.rules.replay.events import Event, Placed
from loans.rules.replay.finds import Found, found, opened
from loans.rules.replay.life import Charge, Life, Transaction
from loans.rules.schedule.book import ZERO, Extra
from loans.rules.terms import COMPONENTS, PAYMENTS
from loans.rules.waterfall import Open, Way, split


def pay(life: Life, placed: Placed, most: Fraction | None = None) -> int:
    """
    Split a payment by the waterfall; what settles nothing is overpaid.

    ``most`` is how much of it goes this way, if not all. Gives the number of the transaction.
    """
    event, seen = placed.event, found(life, placed.event.on)
    open_rows = opened(life, event.on, seen)
    amount = event.amount if most is None else most
    if amount is None:
        amount = _payoff(life, open_rows)
    way = way_of(life, event.type)
    outstanding = life.principal_outstanding
    number = life.begin(Transaction(event.identity, event.type, event.on, amount))
    shares, rest = split(amount, open_rows, way, outstanding)
    for share in shares:
        life.settle(number, event.on, share.row, share.component, share.amount)
    transaction = life.transactions[number]
    transaction.overpayment = transaction.available = rest
    transaction.balance = life.principal_outstanding
    close_rows(life, event.on, seen)
    return number


def way_of(life: Life, event: str) -> Way:
    """Give the way that an event walks the waterfall."""
    terms = life.terms
    return Way(terms.waterfall.of(event), terms.waterfall.is_vertical, terms.unit, terms.rounding)


def _payoff(life: Life, open_rows: Sequence[Open]) -> Fraction:
    """Add up all that is open, no more principal than is outstanding."""
    principal = other = ZERO
    for one in open_rows:
        for (_, component), amount in one.amounts.items():
            if component == "principal":
                principal += amount
            else:
                other += amount
    return other + min(principal, life.principal_outstanding)


def close_rows(life: Life, at: date, seen: Found) -> None:
    """Close the later rows on which all that was found is paid; all, once nothing is lent."""
    if not life.on_balance or life.seen_at is not None:
        return
    book, paid = life.book, life.paid()
    is_repaid = life.principal_outstanding == 0
    # Only a row that is paid in advance can be closed: usually there is none to look for.
    if not is_repaid and not _is_paid_in_advance(life, at):
        return
    view, owed = seen
    with_payment = {row for (row, _), amount in paid.items() if amount > 0}
    for n in range(book.count or 0) if is_repaid else sorted(with_payment):
        if n >= (book.count or 0) or view[n].period.due_on <= at or n in book.closed:
            continue
        if is_repaid or all(paid[n, c] >= owed[n][c] for c in COMPONENTS):
            principal, interest = book.extra_of(n)
            book.closed[n] = (paid[n, "principal"] - principal, paid[n, "interest"] - interest)


def _is_paid_in_advance(life: Life, at: date) -> bool:
    """Say whether anything is paid on an open row that is due after a day."""
    book = life.book
    count = book.count or 0
    paid_rows = {part.row for part in life.parts}
    return any(
        row < count and row not in book.closed and book.period(row).due_on > at for row in paid_rows
    )


def charge(life: Life, placed: Placed) -> None:
    """Add a charge, and pay it at once from money that was overpaid before it."""
    event = placed.event
    component = "penalty" if event.is_penalty else "fee"
    amount = event.amount or ZERO
    new = Charge(event.on, amount, component)
    life.charges.append(new)
    row = life.row_of(new, life.view(event.on))
    row = len(life.view(event.on)) - 1 if row < 0 else row
    for number, part in life.use_overpaid(amount):
        transaction = life.transactions[number]
        transaction.overpayment -= part
        life.settle(number, transaction.on, row, component, part)


def follow_charges(life: Life, at: date) -> None:
    """Let what was paid on charges in advance follow them to the rows that now hold them."""
    charged = life.charged(life.view(at))
    paid = life.paid()
    for component in ("penalty", "fee"):
        owed = [row[component] for row in charged]
        for part in [one for one in life.parts if one.component == component]:
            # The row after the last one may be gone.
            due = owed[part.row] if part.row < len(owed) else ZERO
            for row, most in enumerate(owed):
                excess = paid[part.row, component] - due
                amount = min(excess, most - paid[row, component], part.amount)
                if amount > 0:
                    paid[part.row, component] -= amount
                    paid[row, component] += amount
                    part.amount -= amount
                    life.parts.append(replace(part, row=row, amount=amount))
    life.parts = [part for part in life.parts if part.amount]


def take_back(life: Life, placed: Placed) -> None:
    """
    Let money leave again: first what is overpaid, else the whole amount becomes due again.

    :raises Fault: ``invalid_event`` if there is no amount
    """
    event = placed.event
    if event.amount is None:
        raise bad_event(f"events[{placed.index}].amount", "is required")
    amount, number = (
        event.amount,
        life.begin(Transaction(event.identity, event.type, event.on, event.amount)),
    )
    transaction = life.transactions[number]
    covered = min(life.overpaid, amount)
    life.use_overpaid(covered)
    transaction.overpayment = -covered
    if covered < amount:
        _becomes_due(life, event, number, covered)
    transaction.balance = life.principal_outstanding


def _becomes_due(life: Life, event: Event, number: int, covered: Fraction) -> None:
    """Put the amount into the first row due after it, and pay the covered part at once."""
    row = life.book.row_due_after(event.on)
    if row is None:
        row = life.book.count or 0
    # A row that was settled early is open again: what came back into it earns interest there,
    # unless the loan was written off, whose rows stay as they were seen then.
    if row in life.book.closed and life.seen_at is None:
        life.book.settled[row] = life.book.closed.pop(row)[0]
    split_up = _components(life, event)
    life.book.extras.append(
        Extra(event.on, row, split_up.get("principal", ZERO), split_up.get("interest", ZERO))
    )
    for component in ("fee", "penalty"):
        if split_up.get(component):
            life.charges.append(Charge(event.on, split_up[component], component, row))
    life.transactions[number].parts.update(split_up)
    for component, amount in split_up.items():
        part = min(amount, covered)
        if part > 0:
            covered -= part
            life.settle(number, event.on, row, component, part)
            life.transactions[number].parts[component] -= 2 * part


def _components(life: Life, event: Event) -> dict[str, Fraction]:
    """Split what is taken back: by the order of chargebacks up to what was paid, else principal."""
    rest, result = event.amount or ZERO, {}
    payments = (t for t in life.transactions if t.type in (*PAYMENTS, "payoff"))
    target = next(
        (t for t in payments if event.target is not None and t.event == event.target), None
    )
    if event.type == "chargeback" and target is not None:
        for component in life.terms.waterfall.chargeback:
            result[component] = min(rest, target.parts[component])
            rest -= result[component]
    result["principal"] = result.get("principal", ZERO) + rest
    return result
