"""Schedules of the reference: section 6 from request to answer."""

from datetime import date
from fractions import Fraction

from tests.loans.reference.book import BEFORE_ALL, Book, parse_day
from tests.loans.reference.money import written


def schedule(request: dict) -> dict:
    """Answer a request of the operation ``schedule``."""
    draws = sorted(
        ((parse_day(one["date"]), Fraction(one["amount"])) for one in request["drawdowns"]),
        key=lambda one: one[0],
    )
    book = Book(request["terms"], draws[0][0], on_balance=False)
    for on, amount in draws:
        book.draw(on, amount)
    for change in request.get("changes") or []:
        since = book.change(change)
        if since is not None:
            book.relevel(since)
    return answer(book, request)


def answer(book: Book, request: dict) -> dict:
    rows = book.view(BEFORE_ALL)
    found, balance = [], Fraction(0)
    fees = [
        (parse_day(one["date"]), one.get("kind") or "fee", Fraction(one["amount"]))
        for one in request.get("fees") or []
    ]
    ends = [row.due_on for row in rows]
    late = [on for on, _, _ in fees if on > ends[-1]]
    plain = [
        (row.start, row.end, row.due_on, row.days, row.principal, row.interest) for row in rows
    ]
    if late:
        end = rows[-1].end
        last = max(late)
        end_of_it = max(end, last)
        days = (end_of_it - end).days
        plain.append((end, end_of_it, last, days, Fraction(0), Fraction(0)))
    for n, (start, end, due_on, days, principal, interest) in enumerate(plain):
        charged = {"fee": Fraction(0), "penalty": Fraction(0)}
        for on, kind, amount in fees:
            if row_of(on, ends) == n:
                charged[kind] += amount
        balance += book.drawn(end, included=False) - (book.drawn(start, included=False) if n else 0)
        balance = balance - principal
        amounts = {
            "principal": principal,
            "interest": interest,
            "fees": charged["fee"],
            "penalties": charged["penalty"],
            "due": principal + interest + charged["fee"] + charged["penalty"],
        }
        found.append((n + 1, start, end, due_on, days, amounts, balance))
    unit = book.terms.get("unit", "0.01")
    names = ("principal", "interest", "fees", "penalties", "due")
    return {
        "instalments": [
            {
                "number": number,
                "accrual_start": start.isoformat(),
                "accrual_end": end.isoformat(),
                "due_date": due_on.isoformat(),
                "days": days,
                **{name: written(amounts[name], unit) for name in names},
                "balance": written(balance, unit),
            }
            for number, start, end, due_on, days, amounts, balance in found
        ],
        "totals": {
            name: written(sum((one[5][name] for one in found), Fraction(0)), unit) for name in names
        },
    }


def row_of(on: date, ends: list[date]) -> int:
    return next((n for n, end in enumerate(ends) if end >= on), len(ends))
