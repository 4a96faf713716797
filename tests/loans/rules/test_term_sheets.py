"""
Term sheets by chance: no cent is lost, nothing is negative, interest is what the terms say.

``make test`` takes a few thousand, ``make soak`` (LIFE=soak) 100,000 other ones every time.
"""

import os
from datetime import date
from fractions import Fraction
from random import Random, SystemRandom

import pytest

from loans.formats.fields import Fields
from loans.formats.schedules import plan
from loans.rules.faults import Fault
from tests.loans.reference.book import Book
from tests.loans.reference.money import rounded
from tests.loans.term_sheets import sheet

IS_SOAK = os.environ.get("LIFE") == "soak"
SHEETS = 100_000 if IS_SOAK else 2_400
FIRST = SystemRandom().randrange(10**9) if IS_SOAK else 10**6
BATCHES = 8
# What may be refused: a drawdown after the last due date, a move of a date that nothing is due on.
REFUSALS = {"date", "from"}


def answered(request):
    """Give the rows of a request, or None if it names something that cannot be."""
    fields = {name: value for name, value in request.items() if name != "op"}
    try:
        return plan(Fields(fields))
    except Fault as fault:
        assert fault.code == "invalid_terms", fault
        assert fault.field.rpartition(".")[2] in REFUSALS, fault
        return None


def amounts(rows, name):
    return [Fraction(row[name]) for row in rows]


def book_of(request):
    """Give the dates and rates of a request as the reference counts them."""
    drawn = sorted((date.fromisoformat(d["date"]), d["amount"]) for d in request["drawdowns"])
    book = Book(request["terms"], drawn[0][0], on_balance=False)
    book.draws = [(on, Fraction(amount)) for on, amount in drawn]
    for change in request.get("changes", []):
        book.change({**change, "instalments": change.get("instalments")})
    return book


def interest_is_balance_by_rate_by_fraction(request, rows):
    """Each row's interest (no unpaid or put off) is earned on the balance before it."""
    book, before = book_of(request), Fraction(0)
    for row, principal, interest in zip(
        rows, amounts(rows, "principal"), amounts(rows, "interest"), strict=True
    ):
        k = row["number"]
        exact = book.earned(k, date.min, before)
        assert interest == rounded(exact, book.unit, book.interest_rounding), row
        before += principal


def no_residue_but_in_the_last(request, rows):
    """All rows that are set by a payment are due exactly that payment, but the last."""
    terms = request["terms"]
    due = [
        p + i for p, i in zip(amounts(rows, "principal"), amounts(rows, "interest"), strict=True)
    ]
    assert len(set(due[terms.get("grace", {}).get("principal") or 0 : -1])) <= 1, due


def is_plain(request):
    """Say whether nothing puts interest off, spreads it, or changes the number of rows."""
    terms = request["terms"]
    grace = terms.get("grace", {})
    later = [c for c in request.get("changes", []) if c["type"] != "rate"]
    return not (grace.get("interest") or terms.get("interest") == "flat" or later)


def pays_its_interest(request, rows):
    """Say whether no payment was below the interest: then nothing was carried."""
    terms = request["terms"]
    if terms["method"] in ("equal_principal", "bullet") or terms.get("unpaid_interest"):
        return True
    return all(p > 0 for p in amounts(rows, "principal"))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_term_sheet_keeps_its_promises(batch):
    size, seen = SHEETS // BATCHES, 0
    for seed in range(FIRST + batch * size, FIRST + (batch + 1) * size):
        request = sheet(Random(seed))
        found = answered(request)
        if found is not None:
            seen += 1
            check(request, found)
    assert seen > size // 2


def check(request, found):
    """Check one plan against its term sheet."""
    terms = request["terms"]
    rows, unit = found["instalments"], Fraction(terms["unit"])
    drawn = sum(Fraction(one["amount"]) for one in request["drawdowns"])
    assert Fraction(found["totals"]["principal"]) == drawn
    charged = sum(Fraction(one["amount"]) for one in request.get("fees", []))
    assert Fraction(found["totals"]["fees"]) + Fraction(found["totals"]["penalties"]) == charged
    assert Fraction(rows[-1]["balance"]) == 0
    for name in ("principal", "interest"):
        assert all(amount % unit == 0 for amount in amounts(rows, name))
    nothing_grows(request, rows)
    planned = [row for row in rows if row["number"] <= (count_of(request) or len(rows))]
    if is_plain(request) and pays_its_interest(request, planned):
        interest_is_balance_by_rate_by_fraction(request, planned)
    # A first due date that moves to the start has no payment: what is drawn is not due that day.
    # Where a payment is below its interest the rest is carried, and later rows may be empty.
    free = terms.get("grace", {}).get("principal") or 0
    is_paid = min(amounts(planned[free:], "principal")) > 0
    is_level = terms["method"] == "level_payment" and is_single(request)
    if is_level and is_paid and rows[0]["days"]:
        no_residue_but_in_the_last(request, planned)


def count_of(request):
    terms = request["terms"]
    listed = len(terms.get("due_dates") or terms.get("rows") or [])
    added = sum(c.get("instalments", 0) for c in request.get("changes", []))
    return (terms.get("instalments") or listed) + added


def is_single(request):
    """Say whether one payment is set once, and can be paid in each row."""
    terms = request["terms"]
    return (
        not request.get("changes")
        and len(request["drawdowns"]) == 1
        and terms.get("flat_interest") != "even"
        and not (terms.get("grace", {}).get("interest"))
        and "payment_multiple" not in terms
        and "-" not in terms["rate"]
        and Fraction(terms["unit"]) < Fraction(1, 10)
        and Fraction(request["drawdowns"][0]["amount"]) >= 100_000
        and Fraction(terms["rate"]) < 1
    )


def nothing_grows(request, rows):
    """No row and no balance is below zero, unless the terms capitalise or the rate is negative."""
    terms = request["terms"]
    rates = [terms["rate"], *(c.get("rate", "0") for c in request.get("changes", []))]
    if any("-" in rate for rate in rates):
        return
    capitalises = terms.get("unpaid_interest") or (
        terms.get("grace", {}).get("interest_treatment") == "capitalise"
    )
    for name in ("balance", "fees", "penalties"):
        assert min(amounts(rows, name)) >= 0
    # Even shares are each rounded, and the last has the rest: what they took too much is in it.
    least = -len(rows) * Fraction(terms["unit"]) if terms.get("flat_interest") == "even" else 0
    assert min(amounts(rows, "interest")) >= least
    assert capitalises or min(amounts(rows, "principal")) >= 0
    assert terms.get("unpaid_interest") or min(amounts(rows, "due")) >= least
