"""The trail of a record: acts in words, and each change of its row, newest first."""

import re
from collections.abc import Iterable
from typing import Any

import pghistory.models
from django.db.models import Model
from django.utils.html import format_html, format_html_join

from together.controls.admin.showing import NOTHING, Table, moment
from together.controls.models import AuditRecord, Person

# A digest is told apart by its first signs; the record's page has it whole.
HEX = re.compile("[0-9a-f]{40,}")
# What says nothing to people: keys, and places of the machine.
INTERNAL = ("id", "folder")
# What the acts of the programmes write down in minor units of their pool's asset.
AMOUNTS = {
    *("amount", "total", "award_total", "escrow_total", "payable_total", "accrued"),
    *("matched", "rest", "sold", "bought", "charges_up_to", "limit"),
}
# What happens every day of itself: it would hide everything else, and the audit trail has it.
ROUTINE = ("loan.day_closed",)
MOST = 20
LONGEST = 90


def acts_table(subjects: Iterable[str]) -> Table:
    """Give the acts recorded for a record, under any of its names."""
    found = AuditRecord.objects.filter(subject__in=[s for s in subjects if s])
    rows = [
        [moment(r.at), _who(r.by), r.what, details(r.details)]
        for r in found.exclude(what__in=ROUTINE).select_related("by").order_by("-id")[:MOST]
    ]
    heads = ["When (UTC)", "Who", "What", "Details"]
    return Table("Trail", heads, rows, empty="No act recorded.", more=_more(len(rows)))


def _who(person: Person | None) -> str:
    return format_html('<span class="t-who">{}</span>', person or "the system")


def history_table(record: Model) -> Table | None:
    """Give the changes of a record's row as the database wrote them down, if it keeps any."""
    events = _events_of(record)
    if events is None:
        return None
    rows = []
    # One more than is shown: the oldest of them only says what the next one changed.
    newest = events.filter(pgh_obj_id=record.pk).order_by("-pgh_id").values()[: MOST + 1]
    kept = list(reversed(newest))
    pairs = list(zip([None, *kept], kept, strict=False))
    for before, now in pairs[1:] if len(kept) > MOST else pairs:
        changes = _changes(before, now)
        if changes:
            rows.append([moment(now["pgh_created_at"]), now["pgh_label"], changes])
    rows.reverse()
    shown = rows[:MOST]
    heads = ["When (UTC)", "Event", "Values"]
    return Table("Row history", heads, shown, empty="No change kept.", more=_more(len(shown)))


def details(values: dict[str, Any]) -> Any:
    """Write the details of an act as small pairs."""
    if not values:
        return NOTHING
    return format_html(
        '<span class="t-pairs">{}</span>',
        format_html_join(
            " ",
            "<span><b>{}</b> {}</span>",
            ((k, _short(k, v)) for k, v in values.items() if v not in ("", None)),
        ),
    )


def _events_of(record: Model) -> Any:
    for relation in record._meta.related_objects:
        model = relation.related_model
        is_event = isinstance(model, type) and issubclass(model, pghistory.models.Event)
        if is_event and relation.field.name == "pgh_obj":
            return model._default_manager
    return None


def _changes(before: dict[str, Any] | None, now: dict[str, Any]) -> Any:
    names = [n for n in now if not n.startswith("pgh_") and n not in INTERNAL]
    changed = {n: now[n] for n in names if before is None or before[n] != now[n]}
    if before is None:
        changed = {n: v for n, v in changed.items() if v not in (None, "", {}, [])}
    return details(changed) if changed else ""


def _more(count: int) -> str:
    return f"The newest {MOST}." if count == MOST else ""


def _short(name: str, value: Any) -> str:
    if isinstance(value, dict):
        told = (f"{k} {_short(k, v)}" for k, v in value.items() if v not in ("", None, []))
        value = ", ".join(told)
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    if HEX.fullmatch(text):
        return f"{text[:12]}…"
    if type(value) is int:
        return f"{value:,} minor units" if name in AMOUNTS else f"{value:,}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
