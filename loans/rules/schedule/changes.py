"""Changes: what draws on a loan or alters its plan, each applied to the book of the loan."""

from dataclasses import dataclass
from datetime import date

from loans.rules.exact import Fraction
from loans.rules.faults import Fault, bad_terms, bad_value
from loans.rules.schedule.book import Book
from loans.rules.schedule.levels import relevel
from loans.rules.terms import MOST_INSTALMENTS


@dataclass(frozen=True, slots=True)
class RateChange:
    """A new rate from a day on."""

    on: date
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Extension:
    """More instalments at the end."""

    on: date
    instalments: int


@dataclass(frozen=True, slots=True)
class MovedDueDate:
    """The due date ``on`` becomes ``to``, and later ones follow it."""

    on: date
    to: date


Change = RateChange | Extension | MovedDueDate


def draw(book: Book, on: date, amount: Fraction, field: str) -> None:
    """
    Draw, and set the payments anew from the first instalment due after it.

    :raises Fault: ``invalid_terms`` if the loan has ended by then
    """
    if book.count is not None and on > book.start:
        end = max(book.period(book.count - 1).end, book.period(0).start)
        if on >= end or book.row_due_after(on) is None:
            raise bad_terms(field, "lies after the end of the loan")
    book.draw(on, amount)
    relevel(book, 0 if book.count is None else book.row_due_after(on))


def apply(book: Book, change: Change, at: str, name: str = "from") -> int | None:
    """
    Apply an agreed change; gives the row from which payments are to be set anew, if any are.

    ``at`` is the path of the change and ``name`` its field that says the day, for faults. The
    caller calls :func:`~loans.rules.schedule.levels.relevel` once all stands in its row.

    :raises Fault: ``invalid_terms`` (or of an event, ``invalid_event``) as section 6.6 says
    """
    if isinstance(change, RateChange):
        since = book.set_rate(change.on, change.rate)
        return book.row_due_after(since) if book.terms.method == "level_payment" else None
    if book.terms.agreed_dates:
        raise _fault(name, f"{at}.type", "needs due dates that follow a period")
    if isinstance(change, Extension):
        return _extend(book, change, at)
    _move(book, change, at, name)
    return None


def _fault(name: str, field: str, message: str) -> Fault:
    return Fault("invalid_terms" if name == "from" else "invalid_event", field, message)


def _extend(book: Book, change: Extension, at: str) -> int | None:
    if book.count is None:
        return None
    if book.count + change.instalments > MOST_INSTALMENTS:
        raise bad_value(f"{at}.instalments", f"there may be at most {MOST_INSTALMENTS} in all")
    book.count += change.instalments
    return book.row_due_after(change.on, or_on=True)


def _move(book: Book, change: MovedDueDate, at: str, name: str) -> None:
    coming = book.rows()[book.dates.since :]
    row = next((r for r in coming if book.dates.at(r + 1) >= change.on), None)
    if row is None or book.dates.at(row + 1) != change.on:
        raise _fault(name, f"{at}.{name}", f"no instalment is due on {change.on}")
    if change.to < book.dates.at(row):
        raise _fault(name, f"{at}.to", "lies before the due date before it")
    book.dates = book.dates.moved(row + 1, change.to)
    book.periods = book.periods[:row]
