"""Reports of the books: trial balance and general ledger."""

from together.console.queries.reports.asked import Asked
from together.console.queries.reports.shared import BOOKS, by_asset, ledger, opening, owners, words
from together.controls.formats.reports import Column, Lead, Report, Row, TooLong
from together.ledger.queries import general_ledger as books
from together.ledger.queries.general_ledger import GeneralLedger, LedgerLine, Place, Selection
from together.ledger.queries.trial_balance import AccountBalance, trial_balance
from together.ledger.rules.chart import BY_CODE
from together.ledger.rules.money import Money
from together.treasury.queries.flows import accounts_of

MOST_LINES = 200_000
PAGE = 100
PERIOD = ("since", "through")
LEDGER = (*PERIOD, "account", "asset", "pool", "subject", "kind")
TRIAL_COLUMNS = (
    Column("Account"),
    Column("Name"),
    Column("Asset"),
    *(Column(name, "money") for name in ("Opening", "Debits", "Credits", "Closing")),
)
LEDGER_COLUMNS = (
    Column("Booked on", "date"),
    Column("Happened on", "date"),
    Column("Entry"),
    Column("Kind"),
    Column("Sub-account"),
    Column("Narrative"),
    Column("Debit", "money"),
    Column("Credit", "money"),
    Column("Balance", "money"),
)


def trial(asked: Asked) -> Report:
    """Give the trial balance of a time: each account, debits positive, sums of nothing."""
    found = trial_balance(asked.since, asked.through)
    rows = []
    for one in found:
        lead = ledger(asked, one.code, one.closing.asset)
        cells = (one.code, one.name, one.closing.asset, *_amounts(one))
        leads = dict.fromkeys((0, 4, 5, 6), lead)
        leads[3] = opening(asked, one.code, one.closing.asset)
        rows.append(Row(cells, leads=leads))
    return Report(
        name="trial-balance",
        title="Trial balance",
        question="What does each account hold, and do debits equal credits?",
        through=asked.through,
        parameters=asked.words(PERIOD),
        columns=TRIAL_COLUMNS,
        rows=rows,
        totals=_sums(found),
        notes=("Opening and closing are debits less credits.",),
        source=BOOKS,
        empty="Nothing was booked up to this day.",
    )


def _amounts(one: AccountBalance) -> tuple[Money, Money, Money, Money]:
    return (one.opening, one.debits, one.credits_, one.closing)


def _sums(found: list[AccountBalance]) -> list[Row]:
    """Give sum and difference of each asset: opening and closing add up to nothing."""
    columns = [by_asset(column) for column in zip(*map(_amounts, found), strict=True)]
    rows = []
    for asset in columns[0] if columns else ():
        before, debits, credits_, closing = (sums[asset] for sums in columns)
        rows.append(Row(("Sum", "", asset, before, debits, credits_, closing)))
        difference = ("Check", "Debits less credits", asset, None, debits - credits_, None, None)
        rows.append(Row(difference, "check"))
    return rows


def ledger_of(asked: Asked) -> Report:
    """
    Give every line of an account over a time.

    :raises TooLong: if there are too many for one report
    """
    chosen = _chosen(asked)
    found = books.general_ledger(chosen, limit=MOST_LINES)
    if found.after:
        raise TooLong(
            f"General ledger: {found.count:,} lines from {asked.since} to {asked.through}, and a"
            f" report holds {MOST_LINES:,}; take a shorter time"
        )
    return _ledger(asked, found, is_first=True)


def ledger_page(asked: Asked, after: Place | None) -> tuple[Report, Place | None]:
    """Give the lines after a place, and the place of the last one if more follow."""
    found = books.general_ledger(_chosen(asked), limit=PAGE, after=after)
    return _ledger(asked, found, is_first=after is None), found.after


def _chosen(asked: Asked) -> Selection:
    code, asset = asked.account, asked.asset
    chosen = books.accounts(code, asset, asked.subject)
    if asked.pool:
        # The sub-account and the pool both count.
        of_pool = accounts_of(asked.pool, code, asset, owners())
        chosen = [account for account in chosen if account in set(of_pool)]
    return Selection(chosen, asked.since, asked.through, asked.kind)


def _ledger(asked: Asked, found: GeneralLedger, *, is_first: bool) -> Report:
    asset = asked.asset
    rows = [_line(line, asset) for line in found.lines]
    if is_first:
        before = Money(found.opening, asset)
        rows.insert(
            0, Row((asked.since, None, "", "Opening", "", "", None, None, before), "heading")
        )
    return Report(
        name="general-ledger",
        title=f"General ledger: {BY_CODE[asked.account].name}",
        question="Which entries make up an account, one by one?",
        through=asked.through,
        parameters=asked.words(LEDGER),
        columns=LEDGER_COLUMNS,
        rows=rows,
        totals=_ledger_totals(asked, found),
        notes=_ledger_notes(asked),
        source=BOOKS,
        empty="No line in this time.",
    )


def _line(line: LedgerLine, asset: str) -> Row:
    amount = Money(abs(line.amount), asset)
    sides = (amount, None) if line.amount > 0 else (None, amount)
    cells = (
        *(line.booked_on, line.happened_on, line.key, words(line.kind), line.subject),
        *(line.narrative, *sides, Money(line.balance, asset)),
    )
    return Row(cells, leads={2: Lead("ledger_entry", (("pk", str(line.entry)),))})


def _ledger_totals(asked: Asked, found: GeneralLedger) -> list[Row]:
    asset = asked.asset
    debits, credits_, closing = (
        Money(units, asset) for units in (found.debits, found.credits_, found.closing)
    )
    last = asked.through
    rows = [Row((last, None, "", "Closing", "", "", debits, credits_, closing))]
    if not (asked.subject or asked.pool or asked.kind):
        known = trial_balance(asked.since, last)
        balances = [o.closing for o in known if (o.code, o.closing.asset) == (asked.account, asset)]
        difference = closing - (balances[0] if balances else Money(0, asset))
        words_ = "Closing less the trial balance"
        rows.append(Row((None, None, "", "Check", "", words_, None, None, difference), "check"))
    return rows


def _ledger_notes(asked: Asked) -> tuple[str, ...]:
    notes = ["Balances are debits less credits, in the order in which lines are booked."]
    if asked.kind:
        notes.append("Only entries of one kind: opening and closing are what that kind adds up to.")
    return tuple(notes)
