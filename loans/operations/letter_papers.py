"""Letters of a loan as papers: invoices, reminders, notices of default, advices, statements."""

from collections.abc import Sequence
from datetime import date

from loans.models import Event, Invoice, Loan
from loans.queries.account_statement import AccountStatement, Line
from loans.queries.sayings import Known
from loans.queries.standing import Row
from loans.rules.notices import days_late
from together.controls.formats.papers import Grid, Paper, Section
from together.ledger.rules.money import Money, shown

MARK = "A notice to the institution that it names, archived as it was sent"
SINCE = (
    "It says what was known at the end of {day}. Money that came in later is confirmed by a"
    " receipt advice."
)
PARTS = ("amount", "principal", "interest", "charges", "overpaid", "balance")
Pairs = tuple[tuple[str, str], ...]


def day_text(day: date) -> str:
    """Write a day."""
    return f"{day:%d %b %Y}"


def invoice(known: Known, made: Invoice, row: Row) -> Paper:
    """Write an invoice of an instalment, or a corrected one."""
    money = known.money
    before = made.replaces
    sections = [
        Section("What is asked for", grids=(_asked(known, made, row),)),
        _to_pay(known.loan, money(made.total), day_text(made.due_on)),
    ]
    if made.arrears:
        sections.insert(1, _overdue(known))
    if before is not None:
        words = f"It takes the place of {before.number} of {day_text(before.on)}, which was for"
        sections.insert(0, Section("Corrected", (f"{words} {money(before.total)}.",)))
    return notice_paper(
        known,
        "Corrected invoice" if before else "Invoice",
        f"{made.number}: {money(made.total)}",
        (
            ("Invoice", made.number),
            ("Instalment", f"{made.instalment} of {len(known.standing.instalments)}"),
            ("Due on", day_text(made.due_on)),
        ),
        sections,
    )


def _asked(known: Known, made: Invoice, row: Row) -> Grid:
    asked = (
        ("Principal", made.principal),
        ("Interest", made.interest),
        ("Fees", row.fees.minor_units),
        ("Penalties", row.penalties.minor_units),
        ("Settled of it already", -made.settled),
        ("Overdue from before", made.arrears),
        ("To pay", made.total),
    )
    always, asset = {"Principal", "Interest", "To pay"}, known.loan.pool.asset
    rows = [(name, shown(part, asset)) for name, part in asked if part or name in always]
    return Grid(("What", f"Amount in {asset}"), rows, frozenset({1}))


def cancelled(known: Known, gone: Invoice) -> Paper:
    """Write that an invoice is cancelled."""
    said = (
        f"Invoice {gone.number} of {day_text(gone.on)} for {known.money(gone.total)}, due on"
        f" {day_text(gone.due_on)}, is cancelled: the plan of the loan has changed since. Nothing"
        " is to be paid on it. What is due later is invoiced in its time."
    )
    return notice_paper(
        known,
        "Cancelled invoice",
        f"{gone.number} is cancelled",
        (("Invoice", gone.number), ("Instalment", str(gone.instalment))),
        [Section("Nothing to pay", (said,))],
    )


def reminder(known: Known, row: Row, words: str) -> Paper:
    """Write a reminder of an instalment that is late."""
    late = (known.day - row.due_on).days
    said = (
        f"Instalment {row.number} was due on {day_text(row.due_on)}. Of it {row.outstanding} is"
        f" open, {_days(late)} after it was due. Please pay what is overdue without delay.",
    )
    return notice_paper(
        known,
        words,
        f"{known.standing.due_now} is overdue",
        (("Instalment", str(row.number)), ("Due on", day_text(row.due_on))),
        [
            Section("What is late", said),
            _overdue(known),
            _to_pay(known.loan, known.standing.due_now, "at once"),
        ],
    )


def default(known: Known, row: Row) -> Paper:
    """Write the notice of default of an instalment that was not cured in time."""
    late = days_late(row.due_on, known.day, known.grace_days)
    said = (
        f"Instalment {row.number} of {day_text(row.due_on)} was not paid within the"
        f" {_days(known.timing.cure_days)} in which arrears may be cured: it is {_days(late)} late."
        f" {row.outstanding} of it is open.",
        "The loan is in default of payment. All rights of the lender under its terms are reserved."
        " Paying what is overdue cures it; otherwise please speak with your loan officer at once.",
    )
    return notice_paper(
        known,
        "Notice of default",
        f"Loan {known.loan.number} is in default of payment",
        (("Instalment", str(row.number)), ("Due on", day_text(row.due_on))),
        [
            Section("Not cured", said),
            _overdue(known),
            _to_pay(known.loan, known.standing.due_now, "at once"),
        ],
    )


def receipt(known: Known, event: Event, line: Line) -> Paper:
    """Write how money that came in was split."""
    assert event.line is not None
    amount = known.money(event.amount or 0)
    pairs = (
        ("Received", str(amount)),
        ("On", day_text(event.on)),
        ("Reference", event.line.reference or "none"),
        ("From", event.line.counterparty or "not told"),
        ("To principal", str(line.principal)),
        ("To interest", str(line.interest)),
        ("To fees and penalties", str(line.charges)),
        ("Overpaid, kept in your account", str(line.overpaid)),
    )
    now = known.standing
    left: Pairs = (
        ("Principal outstanding", str(now.principal_outstanding)),
        ("Due now", str(now.due_now)),
    )
    if now.next_due_on:
        left += (("Next due", f"{now.next_due} on {day_text(now.next_due_on)}"),)
    return notice_paper(
        known,
        "Receipt advice",
        f"{amount} received",
        (("Entry", event.line.entry_id),),
        [Section("What came in, and where it went", pairs=pairs), Section("After it", pairs=left)],
    )


def receipt_reversed(known: Known, event: Event, taken: Event) -> Paper:
    """Write that a receipt was taken off a loan again."""
    assert taken.line is not None
    amount = known.money(taken.amount or 0)
    said = (
        f"{amount} of {day_text(taken.on)}, which a receipt advice told you of, was taken off this"
        f" loan on {day_text(event.on)}: it belongs to another one, or its bank took it back.",
    )
    left: Pairs = (
        ("Principal outstanding", str(known.standing.principal_outstanding)),
        ("Due now", str(known.standing.due_now)),
    )
    return notice_paper(
        known,
        "Receipt taken off",
        f"{amount} taken off again",
        (("Entry", taken.line.entry_id),),
        [Section("What was taken off", said), Section("After it", pairs=left)],
    )


def statement(known: Known, account: AccountStatement, since: date) -> Paper:
    """Write the account statement of a month: its movements, and what is owed at its end."""
    recorded = {event.sequence: event.recorded_at.date() for event in known.loan.events.all()}
    mine = [
        line
        for line in account.lines
        if line.on >= since or recorded.get(line.number, since) >= since
    ]
    before = [line for line in account.lines if line not in mine and not line.is_reversed]
    opening = before[-1].balance if before else known.money(0)
    owed: Pairs = (
        ("Principal", str(account.principal)),
        ("Interest", str(account.interest)),
        ("Fees and penalties", str(account.charges)),
        ("Overpaid", str(-account.overpaid)),
        ("Owed in all", str(account.owed)),
    )
    said = (
        f"All amounts are in {known.loan.pool.asset}. Balance is the principal outstanding after"
        " the movement. Movements of earlier days that were recorded in this month stand with"
        " their own day.",
    )
    grid = Grid(
        ("What", "Day", *(name.capitalize() for name in PARTS)),
        [_movement(line) for line in mine],
        frozenset(range(2, 8)),
        "Nothing moved.",
    )
    return notice_paper(
        known,
        "Account statement",
        f"Loan {known.loan.number}, {since:%B %Y}",
        (
            ("Period", f"{day_text(since)} to {day_text(known.day)}"),
            ("Principal before it", str(opening)),
        ),
        [Section("Movements", said, (), (grid,)), Section("Owed at the end of it", pairs=owed)],
    )


def _movement(line: Line) -> tuple[str, ...]:
    what = f"{line.what} (reversed)" if line.is_reversed else line.what
    return (what, day_text(line.on), *(_part(getattr(line, name), name) for name in PARTS))


def _part(amount: Money | None, name: str) -> str:
    if amount is None or (not amount.minor_units and name != "balance"):
        return ""
    return shown(amount.minor_units, amount.asset)


def _overdue(known: Known) -> Section:
    late = [row for row in known.open_rows if row.due_on <= known.day]
    rows = [
        (
            f"Instalment {row.number}",
            day_text(row.due_on),
            str((known.day - row.due_on).days),
            shown(row.due.minor_units, row.due.asset),
            shown(row.outstanding.minor_units, row.outstanding.asset),
        )
        for row in late
    ]
    rows.append(
        ("In all", "", "", "", shown(known.standing.due_now.minor_units, known.loan.pool.asset))
    )
    heads = ("Overdue", "Due on", "Days", "Due", "Open")
    return Section("Overdue", (), (), (Grid(heads, rows, frozenset({2, 3, 4})),))


def _to_pay(loan: Loan, amount: Money, by: str) -> Section:
    return Section(
        "How to pay",
        (
            "Anyone of your institution may pay, from any wallet. Money that arrives is allocated"
            " to this loan by its reference.",
        ),
        (
            ("Pay to wallet", loan.pool.main_account.identifier),
            ("Asset", loan.pool.asset),
            ("Amount", str(amount)),
            ("Reference, exactly", loan.number),
            ("By", by),
        ),
    )


def notice_paper(
    known: Known, kind: str, title: str, pairs: Pairs, sections: Sequence[Section]
) -> Paper:
    """Write a notice: to whom, from whom, about which loan, as of which day."""
    borrower = known.loan.institution
    return Paper(
        kind=kind,
        title=title,
        pairs=(
            ("To", f"{borrower.legal_name}, {borrower.jurisdiction}"),
            ("LEI", borrower.lei),
            ("From", f"{known.loan.pool.name}, a pool of this initiative"),
            ("Loan", known.loan.number),
            *pairs,
            ("As of", day_text(known.day)),
        ),
        sections=[*sections, Section("What this says", (SINCE.format(day=day_text(known.day)),))],
        mark=MARK,
    )


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"
