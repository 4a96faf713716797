"""The console's pages over programmes and policies."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from retail_claims.admin.acting import (
    POLICY_ACTS,
    PROGRAMME_ACTS,
    PROGRAMME_LIST_ACTS,
)
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    digest,
    digest_column,
    link,
    moment,
    moment_column,
)


class ProgrammeAdmin(ReadOnlyAdmin):
    reads = "claims.read"
    list_display = ("code", "name", "pool", moment_column("announced_at", "announced"))
    list_select_related = ("pool",)
    acts = PROGRAMME_ACTS
    list_acts = PROGRAMME_LIST_ACTS

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.code,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Pool", link(record.pool)),
            ("Announced", moment(record.announced_at)),
            ("Code", record.code),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        policies = [
            [p.version, link(p, p.name), digest(p.digest), p.entered_by, moment(p.entered_at)]
            for p in record.policies.select_related("entered_by").order_by("-version")[:20]
        ]
        heads = ["Version", "Policy", "Digest", "Entered by", "Entered"]
        return (Table("Policies", heads, policies, frozenset({0}), "No policy yet."),)


class PolicyAdmin(ReadOnlyAdmin):
    reads = "claims.read"
    list_display = (
        "name",
        "version",
        "programme",
        digest_column("digest"),
        "entered_by",
        moment_column("entered_at", "entered"),
    )
    list_filter = ("programme",)
    found_by = ("digest", "name")
    ordering = ("-id",)
    acts = POLICY_ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        # The salt stays secret, also from who may read everything else.
        return found.select_related("programme", "entered_by").defer("salt")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"{record.programme_id}:{record.version}",)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Programme", link(record.programme)),
            ("Version", record.version),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
            ("Digest", digest(record.digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        rules = [[name, value] for name, value in flat(record.document)]
        runs = [[link(r), r.get_state_display()] for r in record.runs.order_by("-id")[:20]]
        return (
            Table("Rules, without the salt", ["Rule", "Value"], rules),
            Table("Runs", ["Run", "State"], runs, empty="No run under this policy."),
        )


def flat(document: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Give a nested document as pairs of dotted name and value, for a table."""
    rows: list[tuple[str, str]] = []
    for name, value in document.items():
        if isinstance(value, Mapping):
            rows += flat(value, f"{before}{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            rows.append((f"{before}{name}", text))
    return rows
