"""What the page of a disbursement shows in tables: its waves, stops and batches; and its pace."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone

from together.controls.admin.base import Fact
from together.controls.admin.showing import (
    Table,
    badge,
    link,
    moment,
    money,
    number,
    progress,
)
from together.ledger.rules.money import Money
from together.treasury.models import PaymentFile
from together.treasury.queries import waves
from together.treasury.queries.pace import pace

BATCHES = ["Batch", "Wave", "Payments", "Total", "Released", "Not settled", "Settled", "Files"]
WAVES = ["Wave", "State", "Answered", "Payments", "Total", "Taken", "On statements"]
BRAKES = ["Stopped", "Why", "By", "Went on", "By", "Reason"]


def pace_facts(record: Any) -> Sequence[Fact]:
    """Tell how fast it is being paid, and when it will be complete at that pace."""
    found = pace(record.pk)
    if found is None:
        return ()
    ends_at = found.ends_at(timezone.now())
    complete = moment(ends_at) if ends_at else ("nothing left" if not found.left else None)
    name = "Complete about (UTC)" if found.is_moving else "Complete about, if it went on now"
    return (
        ("Released and not taken yet", money(waves.exposed(record))),
        ("Payments a minute, measured", number(found.a_minute)),
        (name, complete),
    )


def of_waves(record: Any) -> Table:
    asset = record.account.asset
    rows = [
        [
            one.name,
            badge(one.state),
            progress(one.share, f"{one.name}: {one.answered:,} of {one.count:,} answered"),
            number(one.count),
            *(money(Money(amount, asset)) for amount in (one.total, one.taken, one.stated)),
        ]
        for one in waves.standing(record)
    ]
    return Table("Waves", WAVES, rows, frozenset({3, 4, 5, 6}))


def of_stops(record: Any) -> tuple[Table, ...]:
    found = record.brakes.select_related("pulled_by", "resumed_by").order_by("-id")[:50]
    rows = [
        [
            moment(one.pulled_at),
            "; ".join(one.findings) or one.reason,
            one.pulled_by or "the system",
            moment(one.resumed_at),
            one.resumed_by,
            one.resumed_reason,
        ]
        for one in found
    ]
    return (Table("Stops", BRAKES, rows),) if rows else ()


def of_batches(record: Any) -> Table:
    made = PaymentFile.objects.filter(batch=OuterRef("pk")).values("batch")
    found = record.batches.select_related("wave").annotate(
        open=Count("instructions", filter=~Q(instructions__state="settled")),
        settled=Count("instructions", filter=Q(instructions__state="settled")),
        files_made=Subquery(made.annotate(n=Count("id")).values("n")),
    )
    rows = [
        [
            link(b),
            number(b.wave.number),
            number(b.count),
            money(Money(b.total, record.account.asset)),
            moment(b.released_at),
            number(b.open),
            number(b.settled),
            number(b.files_made),
        ]
        for b in found.order_by("number")[:50]
    ]
    more = "The first 50 batches." if len(rows) == 50 else ""
    return Table("Batches", BATCHES, rows, frozenset({1, 2, 3, 5, 6, 7}), more=more)
