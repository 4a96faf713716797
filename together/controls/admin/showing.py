"""How the console writes things: money, states, moments, digests, links; and cells for CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from django.contrib import admin
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

NOTHING = mark_safe('<span class="t-none">&ndash;</span>')
GOOD = {
    "met",
    "fresh",
    "true",
    "passed",
    "holds",
    "open",
    "matched",
    "settled",
    "released",
    "published",
    "approved",
    "active",
    "closed",
    "award",
    "booked",
    "confirmed",
    "in_force",
    "applied",
    "cleared",
    "accepted",
    "satisfied",
    "agreed",
    "kept",
    "cured",
    "sent",
    "complete",
}
BAD = {
    "stale",
    "defaulted",
    "untrue",
    "break",
    "quarantined",
    "refused",
    "failed",
    "declined",
    "decline",
    "infeasible",
    "bad_data",
    "returned",
    "halted",
    "written_off",
    "rejected",
    "revoked",
    "lapsed",
    "breached",
    "overdue",
    "stopped",
}
WAITING = {
    "waiting",
    "unknown",
    "sending",
    "prepared",
    "submitted",
    "proposed",
    "decided",
    "received",
    "stored",
    "matching",
    "held",
    "extended",
    "hold",
    "review",
    "registered",
    "issued",
    "ready",
    "handed_over",
    "listed",
    "with breaks",
    "due",
    "to offer",
    "offered",
    "under way",
    "to decide",
    "awaits statement",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page: numbered columns are right-aligned; ``more`` says what was left out."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    numbers: frozenset[int] = field(default_factory=frozenset)
    empty: str = "Nothing yet."
    more: str = ""

    def __iter__(self) -> Any:
        for row in self.rows:
            named = zip(row, self.columns, strict=True)
            yield [(cell, n in self.numbers, name) for n, (cell, name) in enumerate(named)]

    @property
    def is_narrow(self) -> bool:
        """Say whether the table is a list of pairs, which stands beside another one."""
        return len(self.columns) <= 2

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """Give the column heads, with whether each is a number."""
        return [(name, n in self.numbers) for n, name in enumerate(self.columns)]


class Amount(Protocol):
    """An amount as the books write it: grouped figures, a blank, its asset."""

    @property
    def decimal(self) -> Any:
        """Give the amount in whole units, exactly."""


def money(amount: Amount) -> SafeString:
    """Write an amount: grouped, with tabular figures, its asset smaller."""
    figures, _, asset = str(amount).partition(" ")
    return format_html('<span class="t-money">{} <small>{}</small></span>', figures, asset)


def figures(text: str) -> str:
    """
    Write decimal text for people: thousands grouped, at least two decimals, never rounded.

    >>> figures("1234.50000000")
    '1,234.50'
    """
    whole, _, rest = text.lstrip("-").partition(".")
    sign = "-" if text.startswith("-") else ""
    return f"{sign}{int(whole):,}.{rest.rstrip('0').ljust(2, '0')}"


def number(value: int | None) -> Any:
    """Write a count with its thousands grouped."""
    return (
        NOTHING if value is None else format_html('<span class="t-money">{}</span>', f"{value:,}")
    )


def moment(value: datetime | None) -> Any:
    """Write a moment, in UTC."""
    if value is None:
        return NOTHING
    return format_html(
        '<time class="t-time" datetime="{}">{}</time>',
        value.isoformat(),
        value.strftime("%-d %b %Y, %H:%M:%S"),
    )


def day(value: date | None) -> Any:
    """Write a date."""
    if value is None:
        return NOTHING
    return format_html('<span class="t-time">{}</span>', value.strftime("%-d %b %Y"))


def digest(value: str) -> Any:
    """Write a digest short, whole on demand."""
    if not value:
        return NOTHING
    return format_html('<code class="t-digest" title="{}">{}</code>', value, value)


def badge(state: str, tone: str = "") -> SafeString:
    """Write a state as a coloured word; in another tone than its own if one is given."""
    tone = tone or ("good" if state in GOOD else "bad" if state in BAD else "")
    tone = tone or ("wait" if state in WAITING else "plain")
    return format_html('<span class="t-badge t-{}">{}</span>', tone, state.replace("_", " "))


def address_of(record: Model) -> str:
    """Give the address of a record's page in the console."""
    name = f"admin:{record._meta.app_label}_{record._meta.model_name}_change"
    return reverse(name, args=[record.pk])


def progress(share: int, label: str) -> SafeString:
    """Draw how much of something is done, in whole percent, with its words."""
    return format_html(
        '<progress class="t-progress" max="100" value="{0}" aria-label="{1}">{0} %</progress>'
        '<span class="t-subtle">{0} %</span>',
        share,
        label,
    )


def link(record: Model | None, text: str = "") -> Any:
    """Write a link to a record's page in the console."""
    if record is None:
        return NOTHING
    try:
        address = address_of(record)
    except NoReverseMatch:
        return text or str(record)
    return format_html('<a href="{}">{}</a>', address, text or str(record))


def column(
    name: str,
    write: Callable[[Any], Any],
    plain: Callable[[Any], Any],
    *,
    order: str = "",
    is_figure: bool = False,
) -> Callable[[Any], Any]:
    """
    Make a column of a list: ``write`` for the page, ``plain`` for the CSV export.

    The head of figures stands at the right, as they do: the sheet knows it by its name.
    """

    @admin.display(description=name, ordering=order or None)
    def shown_cell(record: Any) -> Any:
        return write(record)

    shown_cell.__name__ = name.replace(" ", "_") + ("_figure" if is_figure else "")
    shown_cell.plain = plain  # type: ignore[attr-defined]
    return shown_cell


def amount_column(
    name: str, of: Callable[[Any], Amount], *, order: str = ""
) -> Callable[[Any], Any]:
    """Make a column of amounts, exact decimals in the export."""
    return column(
        name, lambda r: money(of(r)), lambda r: of(r).decimal, order=order, is_figure=True
    )


def state_column(field_name: str = "state", name: str = "state") -> Callable[[Any], Any]:
    """Make a column of states."""
    return column(
        name,
        lambda r: badge(getattr(r, field_name)),
        lambda r: getattr(r, field_name),
        order=field_name,
    )


def moment_column(field_name: str, name: str = "") -> Callable[[Any], Any]:
    """Make a column of moments."""
    return column(
        name or field_name.replace("_", " "),
        lambda r: moment(getattr(r, field_name)),
        lambda r: getattr(r, field_name) and getattr(r, field_name).isoformat(),
        order=field_name,
    )


def number_column(field_name: str, name: str = "") -> Callable[[Any], Any]:
    """Make a column of counts."""
    return column(
        name or field_name.replace("_", " "),
        lambda r: number(getattr(r, field_name)),
        lambda r: getattr(r, field_name),
        order=field_name,
        is_figure=True,
    )


def digest_column(field_name: str, name: str = "") -> Callable[[Any], Any]:
    """Make a column of digests."""
    return column(
        name or field_name.replace("_", " "),
        lambda r: digest(getattr(r, field_name)),
        lambda r: getattr(r, field_name),
    )
