"""The console's page over runs: what each decided, what it costs, what may be done with it."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from retail_claims.admin import rejected
from retail_claims.admin.acting import RUN_ACTS
from retail_claims.models import Computation
from retail_claims.operations import computations
from retail_claims.queries import clock, figures
from retail_claims.rules.states import RunState
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    amount_column,
    digest,
    link,
    moment,
    moment_column,
    money,
    number,
    number_column,
    state_column,
)
from together.controls.admin.showing import figures as written
from together.ledger.rules.money import Money

# The order in which figures are read: decisions, reasons as they are tested, pool, totals.
FIGURES = (
    *("award", "decline", "review"),
    *("data", "exclusion", "min_loss", "snapshot", "net_assets", "min_ratio", "demand", "prior"),
    "hold",
    *("amount", "appeals_reserve", "sunk", "available", "floors", "caps", "committed", "unspent"),
    *("L", "oversubscribed", "floors_dropped"),
    *("loss", "loss_by_class", "escrow", "paid", "payable"),
)
DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
NOTES = {
    RunState.INFEASIBLE: "The policy's floors need {bound} and the pool has {available} available: "
    "{shortfall} are missing. Nothing was awarded. Another policy is needed.",
}


class RunAdmin(ReadOnlyAdmin):
    reads = "claims.read"
    list_display = (
        "number",
        state_column(),
        "policy",
        number_column("persons"),
        number_column("awards"),
        amount_column("awarded", lambda r: _money(r, r.award_total), order="award_total"),
        amount_column("escrowed", lambda r: _money(r, r.escrow_total)),
        moment_column("made_at", "made"),
    )
    list_filter = ("state", "programme")
    found_by = ("number", "run_digest", "merkle_root")
    ordering = ("-id",)
    acts = RUN_ACTS
    works_in = (RunState.COMPUTING,)
    waits_for = {
        RunState.COMPUTING: "the adjudication to finish",
        RunState.INFEASIBLE: "another policy: its floors exceed the pool",
        RunState.BAD_DATA: "better evidence",
        RunState.FAILED: "a person: the computation broke off",
        RunState.DECIDED: "approval of its digest",
        RunState.DECLINED: "nothing: it was declined",
        RunState.APPROVED: "publication",
        RunState.PUBLISHED: "its awards to be paid",
        RunState.SUPERSEDED: "nothing: another run took its place",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        related = ("policy", "evidence", "programme__pool", "made_by")
        return found.select_related(*related).defer("policy__salt")

    def note(self, record: Any) -> str:
        if record.state == RunState.FAILED:
            return str(record.summary.get("error", {}).get("message", ""))
        if record.state != RunState.INFEASIBLE:
            return ""
        bound = record.summary["infeasible"]
        words = {name: written(bound[name]) for name in ("bound", "available", "shortfall")}
        return NOTES[RunState.INFEASIBLE].format(**words)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Policy", link(record.policy)),
            ("Evidence", link(record.evidence)),
            *_progress(record),
            *_payments(record),
            ("Persons", number(record.persons)),
            ("Persons awarded", number(record.awards)),
            ("Awarded", money(_money(record, record.award_total))),
            ("Escrowed for holds", money(_money(record, record.escrow_total))),
            ("To pay", money(_money(record, record.payable_total))),
            ("Made by", record.made_by),
            ("Made", moment(record.made_at)),
            ("Approved", moment(record.approved_at)),
            ("Published", moment(record.published_at)),
            ("Run digest", digest(record.run_digest)),
            ("Merkle root", digest(record.merkle_root)),
            ("Policy digest", digest(record.policy.digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        names = (
            ("Decisions", "decisions", ["Decision", "Persons"]),
            ("Reasons", "reasons", ["Reason", "Persons"]),
            ("Pool", "pool", ["Figure", "Value"]),
            ("Totals", "totals", ["Total", "Value"]),
            ("Rejected", "rejects", ["Kind", "Value"]),
        )
        found = []
        for title, key, heads in names:
            values = _flat(record.summary.get(key) or {})
            rows = [
                [name.replace("_", " "), number(v) if type(v) is int else _text(v)]
                for name, v in values.items()
            ]
            if rows:
                found.append(Table(title, heads, rows, frozenset({1})))
        return [*(_spread(record) if record.awards else ()), *found, *_rejected(record)]


def _progress(run: Any) -> Sequence[Fact]:
    """Say how far a worker is with a run that was asked for."""
    computation = Computation.objects.filter(run=run).first()
    if computation is None or run.state != RunState.COMPUTING:
        return ()
    begun = f"begun {computation.tries} of {computations.MOST_TRIES} times"
    return (("Progress", f"{computation.progress or 'waiting for a worker'} ({begun})"),)


def _payments(run: Any) -> Sequence[Fact]:
    """Say of a published run which disbursement pays it, what that waits for, and when it ends."""
    if run.state != RunState.PUBLISHED:
        return ()
    told = clock.hands(run.programme, timezone.now())
    return (
        ("Paid by", link(told["order"])),
        ("Payments wait for", told["waits"] or "nothing"),
        *((hand["label"], f"{hand['value']}. {hand['note']}") for hand in told["hands"]),
    )


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Give each figure of a group, such as the losses by class, a line of its own."""
    found: dict[str, Any] = {}
    for name, value in sorted(values.items(), key=_place):
        if isinstance(value, dict):
            found |= {f"{name.removesuffix('_by_class')}: {key}": value[key] for key in value}
        else:
            found[name] = value
    return found


def _place(pair: tuple[str, Any]) -> tuple[int, str]:
    """Give where a figure stands: the database keeps its own order of keys."""
    name, _ = pair
    return (FIGURES.index(name) if name in FIGURES else len(FIGURES), name)


def _spread(run: Any) -> tuple[Table, ...]:
    rows = [
        [money(band.start), money(band.end) if band.end else "more", number(band.persons)]
        + [money(band.total)]
        for band in figures.bands(run)
        if band.persons
    ]
    heads = ["From", "Below", "Persons", "Awarded"]
    return (Table("How awards are spread", heads, rows, frozenset({0, 1, 2, 3})),)


def _rejected(run: Any) -> tuple[Table, ...]:
    table = rejected.table(figures.rejects_file(run))
    return (table,) if table.rows else ()


def _money(run: Any, amount: int) -> Money:
    return Money(amount, run.programme.pool.asset)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        return written(value)
    return "none" if value is None else str(value)
