"""Plans: drawing more, and changing what was agreed about a loan that lives."""

from dataclasses import replace
from datetime import date

from loans.rules.exact import Fraction
from loans.rules.faults import Fault, bad_event
from loans.rules.replay import fixings, payments
from loans.rules.replay.events import Placed
from loans.rules.replay.life import Life
from loans.rules.schedule import changes
from loans.rules.schedule.book import ZERO
from loans.rules.schedule.levels import relevel
from loans.rules.schedule.rows import Row
from loans.rules.terms import COMPONENTS


def draw(life: Life, placed: Placed) -> None:
    """
    Lend more; a loan whose coming instalments are all closed has some to repay it by, again.

    :raises Fault: ``invalid_event`` if nothing is due after it
    """
    event, path = placed.event, f"events[{placed.index}].date"
    _open_again(life, event.on)
    try:
        changes.draw(life.book, event.on, event.amount or ZERO, path)
    except Fault as fault:
        raise bad_event(path, fault.message) from fault


def _open_again(life: Life, on: date) -> None:
    """Open rows that were closed because nothing was lent any more: something is, again."""
    book = life.book
    later = [r for r in book.rows() if book.period(r).due_on > on]
    if any(row not in book.closed for row in later):
        return
    paid = life.paid()
    unused = [r for r in later if not paid[r, "principal"] and not paid[r, "interest"]]
    for row in unused or later[-1:]:
        book.settled[row] = book.closed.pop(row)[0]


def change(life: Life, placed: Placed) -> None:
    """
    Change the rate, the number of instalments or a due date, and let what was paid follow.

    :raises Fault: ``invalid_event`` as section 6.6 of the contract says
    """
    assert placed.event.change is not None, "a change says what it changes"
    book, count = life.book, life.book.count or 0
    if life.terms.floating is not None and isinstance(placed.event.change, changes.RateChange):
        raise bad_event(f"events[{placed.index}].type", "the rate of this loan follows fixings")
    shown = life.view(placed.event.on)
    since = changes.apply(book, placed.event.change, f"events[{placed.index}]", "date")
    fixings.place_again(life)
    if len(shown) > count:
        _place_again(life, count, shown[-1], placed.event.on)
    relevel(book, since)
    payments.follow_charges(life, placed.event.on)


def _place_again(life: Life, old: int, extra: Row, on: date) -> None:
    """
    Move what stood in the row after the last one to the rows that now hold it.

    What came back goes to the first row due after its day, with what was paid on it; charges go
    by their dates. Default interest that was paid is for the time up to the change, and stays in
    the row of that day: another one would have it earned twice.
    """
    book = life.book
    by_default = extra.interest > book.extra_of(old)[1]
    due_on = extra.period.due_on
    rest = dict.fromkeys(COMPONENTS, _row_of(life, due_on))
    rest["interest"] = _row_of(life, max(due_on, on) if by_default else due_on)
    rooms: dict[str, list[tuple[int, Fraction]]] = {component: [] for component in COMPONENTS}
    for n, back in enumerate(book.extras):
        if back.row == old:
            book.extras[n] = moved = replace(back, row=_row_of(life, back.on, is_after=True))
            rooms["principal"].append((moved.row, moved.principal))
            rooms["interest"].append((moved.row, moved.interest))
    for charge in life.charges:
        if charge.row == old:
            charge.row = _row_of(life, charge.on, is_after=True)
    mine = [part for part in life.parts if part.row == old]
    life.parts = [part for part in life.parts if part.row != old]
    book.movements = [movement for movement in book.movements if movement[1] != old]
    book.interest_paid.pop(old, None)
    for part in mine:
        for row, amount in _shared(part.amount, rooms[part.component], rest[part.component]):
            life.place(replace(part, row=row, amount=amount))
            if by_default and part.component == "interest" and row == rest["interest"]:
                life.keep_earned(row, amount)


def _shared(
    amount: Fraction, rooms: list[tuple[int, Fraction]], rest: int
) -> list[tuple[int, Fraction]]:
    """Share money among rows with room for it, in order; they keep it. The rest goes to one row."""
    shares = []
    for n, (row, room) in enumerate(rooms):
        share = min(amount, room)
        rooms[n] = (row, room - share)
        shares.append((row, share))
        amount -= share
    return [(row, share) for row, share in [*shares, (rest, amount)] if share]


def _row_of(life: Life, day: date, *, is_after: bool = False) -> int:
    """Give the row that holds a day: the first due on (or only after) it, or one after the last."""
    row = life.book.row_due_after(day, or_on=not is_after)
    return (life.book.count or 0) if row is None else row
