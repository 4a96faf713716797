"""Relief: waivers, recoveries after a write-off, and prepayment that changes the plan."""

from loans.rules.exact import Fraction
from loans.rules.faults import bad_event
from loans.rules.replay.events import WAIVERS, Placed
from loans.rules.replay.finds import found, opened
from loans.rules.replay.life import Life, Part, Transaction
from loans.rules.replay.payments import close_rows, pay, way_of
from loans.rules.schedule.book import ZERO
from loans.rules.schedule.levels import relevel
from loans.rules.waterfall import Open, split


def waive(life: Life, placed: Placed) -> None:
    """
    Give up charges, or interest earned so far, oldest first by the waterfall; no money moves.

    Without an amount all of it is given up. Example: 1,000.00 at 12 %, 30/360 PERIOD, 10.00 of
    interest due on 1 February. Waiving 4.00 that day leaves 6.00: income falls by 4.00, and
    336.02 instead of 340.02 pay the instalment. Source: the loan's own terms; `calc` has no waiver.

    :raises Fault: ``invalid_event`` if more would be given up than is open
    """
    event = placed.event
    components = WAIVERS[event.type]
    seen = found(life, event.on)
    open_rows = [_only(one, components) for one in opened(life, event.on, seen)]
    in_all = sum((sum(one.amounts.values(), ZERO) for one in open_rows), ZERO)
    amount = in_all if event.amount is None else event.amount
    if not 0 < amount <= in_all:
        raise bad_event(f"events[{placed.index}].amount", f"only {in_all} is open to be waived")
    number = life.begin(Transaction(event.identity, event.type, event.on, amount))
    shares, _ = split(amount, open_rows, way_of(life, event.type), ZERO)
    for share in shares:
        life.settle(number, event.on, share.row, share.component, share.amount)
    life.transactions[number].balance = life.principal_outstanding
    close_rows(life, event.on, seen)


def _only(one: Open, components: tuple[str, ...]) -> Open:
    return Open(
        one.row, {key: amount for key, amount in one.amounts.items() if key[1] in components}
    )


def recover(life: Life, placed: Placed) -> None:
    """
    Take money in after a write-off: first principal, then interest, fees and penalties.

    The lender's own money comes back before any income is shown (the cost recovery method). What
    is beyond all that was written off is overpaid. Example: 669.98 of principal and 8.29 of
    interest were written off; 672.00 recovered are 669.98 of principal and 2.02 of interest.
    Source: FDIC call report instructions, glossary, nonaccrual status (cost recovery).

    :raises Fault: ``invalid_event`` if nothing was written off
    """
    event = placed.event
    if life.seen_at is None or event.amount is None:
        raise bad_event(f"events[{placed.index}].type", "recovers what was never written off")
    rest = event.amount
    number = life.begin(Transaction(event.identity, event.type, event.on, rest))
    transaction = life.transactions[number]
    for component in ("principal", "interest", "fee", "penalty"):
        for row, lost_component in sorted(life.written_off):
            if lost_component != component:
                continue
            amount = min(rest, life.written_off[row, component])
            if amount > 0:
                rest -= amount
                life.written_off[row, component] -= amount
                # The view stays at the write-off: what comes after it moves nothing there.
                life.add(Part(number, event.on, row, component, amount, "past_due"))
    transaction.overpayment = transaction.available = rest
    transaction.balance = life.principal_outstanding


def repay(life: Life, placed: Placed) -> None:
    """
    Take a repayment in; beyond what is due it shortens or lowers the plan, if the terms say so.

    Such money repays principal at once and lowers the balance like a drawdown raises it:
    ``shorten`` keeps the payment and lets the last instalments fall away, ``lower`` sets it anew
    for the same instalments (contract, section 6.6). The interest of the running instalment stays
    due with it. Money for all that is owed goes through the waterfall.

    Example: 1,000.00 at 12 %, three monthly level payments by 30/360 PERIOD; 540.02 on 1 February
    pay 340.02 and leave 669.98 - 200.00 = 469.98. ``lower``: 233.82 + 4.70 = 238.52, then
    236.16 + 2.36 = 238.52. ``shorten``: 335.32 + 4.70 = 340.02, then 134.66 + 1.35 = 136.01.
    Source: the loan's own terms; in `calc` such money pays coming instalments in advance.
    """
    amount = placed.event.amount or ZERO
    more = _beyond_due(life, placed, amount)
    if more == 0:
        pay(life, placed)
        return
    event, book = placed.event, life.book
    number = pay(life, placed, most=amount - more)
    transaction = life.transactions[number]
    transaction.amount = amount
    transaction.parts["principal"] += more
    book.draw(event.on, -more)
    life.prepaid += more
    if life.terms.prepayment == "lower":
        relevel(book, book.row_due_after(event.on))
    transaction.balance = life.principal_outstanding


def _beyond_due(life: Life, placed: Placed, amount: Fraction) -> Fraction:
    """Give how much of a payment changes the plan: what is left after all that is due."""
    on, book = placed.event.on, life.book
    if life.terms.prepayment == "instalments" or life.seen_at is not None:
        return ZERO
    row = book.row_due_after(on)
    if row is None or on < book.period(0).start:
        return ZERO
    due = principal_due = ZERO
    for one in opened(life, on):
        for (when, component), owed in one.amounts.items():
            if when != "in_advance":
                due += owed
                principal_due += owed if component == "principal" else ZERO
    more = amount - due
    return more if 0 < more < life.principal_outstanding - principal_due else ZERO
