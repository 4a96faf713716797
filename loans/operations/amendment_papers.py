"""
Amendment letters as papers: what changes, before and after, written for the borrower.

Note [what a borrower is told of an amendment]: what it will pay, when, at which rate, and what that
is worth by the effective rate of its own loan, which it needs for its own books as well. Not told
are what officers wrote to each other as the reason, who approved it and above which amount, the
entry in our books, and what we call a loss of ours.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from loans.formats.floating import percent
from loans.models import Adjustment, Loan
from loans.queries import amendments
from loans.queries.lives import life_of
from loans.queries.term_sheets import accepted
from loans.rules.amendments import NAMES
from loans.rules.exact import Fraction
from loans.rules.replay.events import MARGIN
from together.controls.formats.papers import Grid, Paper, Section
from together.ledger.rules.money import Money, shown

MARK = "An offer for the institution that it names; it binds once it is accepted"
# Longer plans are told by their first instalments and their last one.
MOST_ROWS = 400
GOODWILL = (
    "This change is offered voluntarily and in goodwill. Neither the offer nor its acceptance is an"
    " admission of fault or liability. No right is given up but as this letter says."
)
DIGEST = "Digest of the change"
BOTH = ("What", "Before", "After")
SUBSTANTIAL = {
    True: "10 % or more: substantially different terms",
    False: "below 10 %: not substantially different",
}

Row = dict[str, Any] | None


def paper(adjustment: Adjustment, *, number: str, version: int, on: date, lapses_on: date) -> Paper:
    """Write the letter of an amendment that is issued on a day and lapses on another."""
    loan = adjustment.loan
    return Paper(
        kind="Amendment letter",
        title=f"{loan.institution.legal_name}: {NAMES[adjustment.type]}, loan {loan.number}",
        pairs=(
            ("Amendment letter", f"{number}, version {version}"),
            ("Loan", loan.number),
            ("Amendment", adjustment.number),
            ("Issued", f"{on:%d %b %Y}"),
            ("To be accepted by", f"{lapses_on - timedelta(days=1):%d %b %Y}"),
            (DIGEST, adjustment.approval.effect_digest),
        ),
        sections=(
            _parties(loan),
            _change(adjustment),
            _schedule(adjustment),
            *_worth(adjustment),
            _stays(adjustment),
            Section("Without acceptance of liability", (GOODWILL,)),
        ),
        mark=MARK,
    )


def _parties(loan: Loan) -> Section:
    borrower, sheet = loan.institution, accepted(loan)
    agreed = f"{sheet.number}, accepted {sheet.accepted_at:%d %b %Y}" if sheet else "-"
    return Section(
        "Parties",
        pairs=(
            ("Borrower", f"{borrower.legal_name}, {borrower.jurisdiction}"),
            ("LEI", borrower.lei),
            ("Lender", f"{loan.pool.name}, a pool of this initiative"),
            ("Loan", f"{loan.number}, {Money(loan.amount, loan.pool.asset)}"),
            ("Term sheet", agreed),
        ),
    )


def _change(adjustment: Adjustment) -> Section:
    asset = adjustment.loan.pool.asset
    was, now = adjustment.difference["totals"]
    before, after = _open(adjustment, 0), _open(adjustment, 1)
    rows = [
        *_rates(adjustment),
        ("Instalments that are open", str(len(before)), str(len(after))),
        ("Next one due on", _first(before), _first(after)),
        ("Last one due on", _last(before), _last(after)),
        *(
            (name, shown(take(was), asset), shown(take(now), asset))
            for name, take in TOTALS
            if take(was) or take(now)
        ),
    ]
    said = f"All amounts are in {asset}, as of {_day(adjustment.difference['as_of'])}."
    grid = Grid(BOTH, rows, frozenset({1, 2}))
    return Section("What changes", (in_words(adjustment), said), (), (grid,))


TOTALS: tuple[tuple[str, Callable[[dict[str, Any]], int]], ...] = (
    ("Interest in all", lambda total: total["interest"]),
    ("Charges in all", lambda total: total["fees"] + total["penalties"]),
    ("To pay in all", lambda total: total["due"]),
    ("Paid so far", lambda total: total["paid"]),
    ("Still to pay", lambda total: total["outstanding"]),
)


def in_words(adjustment: Adjustment) -> str:
    """Say what an amendment changes, in one sentence that its borrower understands."""
    on, said = f"{adjustment.on:%d %b %Y}", adjustment.further
    if adjustment.type == "rate_change":
        return f"From {on} the loan earns {percent(Fraction(said['rate']))} a year."
    if adjustment.type == MARGIN:
        return f"From {on} the margin over the index is {percent(Fraction(said['spread']))} a year."
    if adjustment.type == "extend":
        more = _counted(said["instalments"], "instalment")
        return f"{more} follow at the end; what is paid is set anew from {on}."
    if adjustment.type == "move_due_date":
        return f"What is due on {on} is due on {_day(said['to'])}; what follows moves with it."
    if adjustment.type == "re_age":
        every = said.get("period", {"every": 1, "unit": "month"})
        step = every["unit"] if every["every"] == 1 else f"{every['every']} {every['unit']}s"
        return (
            f"What is open on {on} is spread over"
            f" {_counted(said['instalments'], 'instalment')}, one every {step}, the first due on"
            f" {_day(said['first_due_date'])}."
        )
    name = NAMES[amendments.taken_back(adjustment)]
    return f"The {name} that was agreed before is taken back, as if it had never been."


def _rates(adjustment: Adjustment) -> Sequence[tuple[str, str, str]]:
    """Give the rate before and after where it is what changes."""
    life = life_of(adjustment.loan) if adjustment.type == "rate_change" else None
    if life is None:
        return ()
    before = percent(life.book.rate_on(adjustment.on))
    return (("Rate a year", before, percent(Fraction(adjustment.further["rate"]))),)


def _schedule(adjustment: Adjustment) -> Section:
    asset = adjustment.loan.pool.asset
    # What is repaid already, and rows without an amount, tell nobody anything.
    pairs = list(zip_longest(_open(adjustment, 0), _open(adjustment, 1)))
    told = pairs if len(pairs) <= MOST_ROWS else [*pairs[: MOST_ROWS - 1], pairs[-1]]
    left_out = len(pairs) - len(told)
    said = [f"What is open of each instalment, in {asset}."]
    said += [f"{left_out} instalments between are left out."] if left_out else []
    heads = ("No.", "Due before", "To pay before", "Due after", "To pay after", "Balance after")
    rows = [_row(n, was, now, asset) for n, (was, now) in enumerate(told, start=1)]
    if left_out:
        rows[-1] = (str(len(pairs)), *rows[-1][1:])
    grid = Grid(heads, rows, frozenset({2, 4, 5}), "Nothing is open.")
    return Section("Instalments before and after", tuple(said), (), (grid,))


def _row(number: int, was: Row, now: Row, asset: str) -> tuple[str, ...]:
    def told(row: Row, name: str) -> str:
        return shown(row[name], asset) if row else "-"

    return (
        str(number),
        _day(was["due_on"]) if was else "-",
        told(was, "outstanding"),
        _day(now["due_on"]) if now else "-",
        told(now, "outstanding"),
        told(now, "balance"),
    )


def _worth(adjustment: Adjustment) -> Sequence[Section]:
    """Give what is still to come in present value, before and after, at the loan's own rate."""
    worth, asset = adjustment.difference.get("modification"), adjustment.loan.pool.asset
    if worth is None or "why_not" in worth:
        return ()
    kind = "original" if worth["is_original"] else "current"
    said = (
        f"Both are what is still to come, discounted at the {kind} effective rate of this loan."
        " Fees are not counted. Borrower and lender compare the two for their own books (IFRS 9"
        " B3.3.6)."
    )
    gain = shown(worth["gain"], asset)
    return (
        Section(
            "Present value",
            (said,),
            (
                ("Effective rate a year", percent(Fraction(worth["rate"]), most=4)),
                ("As of", _day(adjustment.difference["as_of"])),
                ("Before the change", shown(worth["before"], asset)),
                ("After the change", shown(worth["after"], asset)),
                ("Difference", f"{gain} ({worth['per_cent']} %)"),
                ("Ten per cent test", SUBSTANTIAL[worth["is_substantial"]]),
            ),
        ),
    )


def _stays(adjustment: Adjustment) -> Section:
    loan = adjustment.loan
    return Section(
        "What stays, and when it counts",
        (
            "All else that was agreed stays as it is: security, guarantees, covenants, and what the"
            " term sheet says.",
            f"Until it is accepted and put into effect, loan {loan.number} is owed and paid as"
            " before. It holds for the loan as it stands: once a payment or anything else is"
            " booked before it takes effect, this letter ends and another one is needed.",
        ),
    )


def _open(adjustment: Adjustment, side: int) -> list[dict[str, Any]]:
    """Give the instalments that are open before (0) or after (1) the change."""
    rows = (pair[side] for pair in adjustment.difference["rows"])
    return [row for row in rows if row is not None and row["outstanding"]]


def _first(rows: Iterable[dict[str, Any]]) -> str:
    return next((_day(row["due_on"]) for row in rows), "-")


def _last(rows: Sequence[dict[str, Any]]) -> str:
    return _first(reversed(rows))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _day(written: str) -> str:
    return f"{date.fromisoformat(written):%d %b %Y}"
