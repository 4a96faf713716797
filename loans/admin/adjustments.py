"""The console's page over adjustments: the difference before and after, the entry, the decision."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from loans.admin.amendment_letters import letters_table
from loans.admin.deciding import ADJUSTMENT_ACTS, state
from loans.formats.floating import percent
from loans.queries import amendments
from loans.queries.amendments import with_letters
from loans.queries.differences import AMOUNTS
from loans.rules.exact import Fraction
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
    money,
)
from together.ledger.rules.chart import BY_CODE
from together.ledger.rules.money import Money, from_cents, shown

Row = dict[str, Any] | None
GAINS = {True: "Gain on the modification", False: "Loss on the modification"}
NO_GAIN = "Gain or loss on the modification"
SUBSTANTIAL = {
    True: "10 % or more: substantially different terms",
    False: "below 10 %: not substantially different",
}


class AdjustmentAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        column("state", lambda a: badge(state(a)), state),
        column("loan", lambda a: link(a.loan), lambda a: a.loan.number),
        column("kind", lambda a: a.get_type_display(), lambda a: a.type, order="type"),
        column("day", lambda a: day(a.on), lambda a: a.on.isoformat(), order="on"),
        column(
            "to approve",
            lambda a: money(from_cents(a.approval.amount_cents, a.loan.pool.asset)),
            lambda a: from_cents(a.approval.amount_cents, a.loan.pool.asset).decimal,
            order="approval__amount_cents",
        ),
        "proposed_by",
        moment_column("proposed_at", "proposed"),
    )
    list_filter = ("state", "type")
    found_by = ("number", "loan__number")
    ordering = ("-id",)
    acts = ADJUSTMENT_ACTS
    waits_for = {
        "proposed": "the stages of its approval",
        "approved": "a loan officer to book it",
        amendments.TO_OFFER: "a loan officer to issue its amendment letter",
        amendments.OFFERED: "its borrower to accept or decline the amendment letter",
        amendments.ACCEPTED: "a loan officer to book it: its borrower accepted it",
        amendments.REFUSED: "a loan officer: its borrower declined; withdraw it or offer it anew",
        "declined": "a loan officer to withdraw it",
        "booked": "nothing: its event is in the loan's life",
        "withdrawn": "nothing",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        related = ("loan__pool", "approval", "proposed_by", "ended_by", "line", "event")
        chain = "target__target__target"
        counted: QuerySet = (
            with_letters(found)
            .select_related(*related, chain)
            .annotate(
                passed=Count(
                    "approval__decisions", filter=Q(approval__decisions__verdict="approved")
                ),
                declined=Count(
                    "approval__decisions", filter=Q(approval__decisions__verdict="declined")
                ),
            )
        )
        return counted

    def state_of(self, record: Any) -> str:
        return state(record)

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number, record.loan.number)

    def note(self, record: Any) -> str:
        known = record.loan.events.count()
        if record.state == "proposed" and known != record.event_count:
            return (
                f"Loan {record.loan.number} has {known} events by now and this was"
                f" computed on {record.event_count}: withdraw it and propose it anew."
            )
        return ""

    def facts(self, record: Any) -> Sequence[Fact]:
        stages = len(record.approval.roles)
        named = (
            ("Loan", link(record.loan)),
            ("Kind", record.get_type_display()),
            ("Its own day", day(record.on)),
            ("Amount", record.amount and money(Money(record.amount, record.loan.pool.asset))),
            *((name.replace("_", " "), _plain(value)) for name, value in record.further.items()),
            ("Event it points at", record.target and link(record.target)),
            ("Statement line", record.line and link(record.line, record.line.entry_id)),
            ("Reason", record.reason),
            ("Shown as of", day(record.as_of)),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
            ("Approval", link(record.approval, f"{stages} stage{'s' * (stages > 1)}")),
            (f"{record.get_state_display().capitalize()} by", record.ended_by),
            ("Ended", record.ended_at and moment(record.ended_at)),
            ("Event", link(record.event) if hasattr(record, "event") else None),
            ("Digest of the effect", digest(record.approval.effect_digest)),
        )
        return [fact for fact in named if fact[1]]

    def tables(self, record: Any) -> Sequence[Table]:
        asset = record.loan.pool.asset
        return (
            *modification_table(record.difference, asset),
            difference_table(record.difference, asset),
            entry_table(record.difference, asset),
            *letters_table(record),
        )


def modification_table(document: dict[str, Any], asset: str) -> list[Table]:
    """Give what an amendment is worth in present value, before and after; of others no table."""
    worth = document.get("modification")
    if worth is None:
        return []
    title = f"Present value of what is still to come, in {asset}"
    if "why_not" in worth:
        return [Table(title, ["Figure", "Amount"], [], empty=f"Not known: {worth['why_not']}.")]
    rate = f"{percent(Fraction(worth['rate']), most=4)} a year"
    kind = "the original effective rate" if worth["is_original"] else "the current effective rate"
    rows = [
        ["Before the amendment", shown(worth["before"], asset)],
        ["After it", shown(worth["after"], asset)],
        [GAINS[worth["gain"] > 0] if worth["gain"] else NO_GAIN, shown(worth["gain"], asset)],
        ["In per cent of the value before", f"{worth['per_cent']} %"],
        ["Ten per cent test", SUBSTANTIAL[worth["is_substantial"]]],
    ]
    more = (
        f"Both discounted at {kind}, {rate}, as of {_day(document['as_of'])}. Fees of the"
        " amendment are proposed by themselves and not counted (IFRS 9 5.4.3, B3.3.6)."
    )
    return [Table(title, ["Figure", "Amount"], rows, frozenset({1}), more=more)]


def difference_table(document: dict[str, Any], asset: str) -> Table:
    """Give the instalments that change, before and after; a changed cell says both."""
    changed = [(was, now) for was, now in document["rows"] if was != now]
    rows = [
        [_number(was, now), _cell(was, now, _due_on), *_amounts(was, now, AMOUNTS, asset)]
        for was, now in changed
    ]
    if rows:
        was, now = document["totals"]
        summed = _amounts(was, now, AMOUNTS[:-1], asset)
        rows.append([NOTHING, format_html("<strong>{}</strong>", "In all"), *summed, NOTHING])
    same = len(document["rows"]) - len(changed)
    more = "What changes stands twice: crossed out as it is now, below it as it will be."
    if same:
        more += f" {same} instalment{'s stay as they are' if same > 1 else ' stays as it is'}."
    return Table(
        f"Instalments before and after, in {asset}",
        ["No.", "Due on", *(name.capitalize() for name in AMOUNTS)],
        rows,
        frozenset({0, *range(2, 2 + len(AMOUNTS))}),
        "No instalment changes.",
        more,
    )


def _number(was: Row, now: Row) -> Any:
    if was and now:
        return now["number"]
    return format_html("{} {}", "new" if now else "gone", (now or was or {})["number"])


def _due_on(row: dict[str, Any]) -> str:
    return _day(row["due_on"])


def _day(written: str) -> str:
    return date.fromisoformat(written).strftime("%-d %b %Y")


def _amounts(was: Row, now: Row, names: Sequence[str], asset: str) -> list[SafeString]:
    def writing(name: str) -> Callable[[dict[str, Any]], str]:
        return lambda row: shown(row[name], asset)

    return [_cell(was, now, writing(name)) for name in names]


def _cell(was: Row, now: Row, write: Callable[[dict[str, Any]], str]) -> SafeString:
    """Write what stays once, and what changes twice: not by colour alone."""
    before, after = was and write(was), now and write(now)
    if before == after:
        return format_html('<span class="t-money">{}</span>', after)
    old = format_html('<del class="t-was">{}</del>', before) if before else ""
    new = format_html('<ins class="t-now">{}</ins>', after) if after else ""
    return format_html("{}{}", old, new)


def entry_table(document: dict[str, Any], asset: str) -> Table:
    """Give the entry that the adjustment makes, as an accountant reads it."""
    rows = [
        [
            BY_CODE[code].name,
            subject,
            shown(amount, asset) if amount > 0 else NOTHING,
            shown(-amount, asset) if amount < 0 else NOTHING,
        ]
        for code, subject, amount in document["entry"]
    ]
    heads = ["Account", "Of", "Debit", "Credit"]
    return Table(
        f"Entry in the books, in {asset}",
        heads,
        rows,
        frozenset({2, 3}),
        "Nothing moves in the books today; what changes is earned day by day.",
    )


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return str(value)
