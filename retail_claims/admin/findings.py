"""The console's pages over findings: stating one, putting it in force, and what it changes."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from retail_claims.admin.finding_forms import COUNTS, cells, form_of
from retail_claims.models import Finding
from retail_claims.operations import findings
from retail_claims.operations.findings import KIND
from retail_claims.rules import findings as rules
from retail_claims.rules.states import FindingState
from together.controls.admin.acts import Act, Call, Done, Effect, grouped, proposed_acts
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.documents import documents_table, file_act
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    NOTHING,
    Table,
    column,
    link,
    moment,
    moment_column,
    state_column,
)

KINDS = (
    ("claim.evidence", "Evidence"),
    ("claim.decision", "Decision of an authority or court"),
    ("claim.report", "Report of an incident"),
)
WARNINGS = {
    "holds": "A hold stands at once; two are needed to end it.",
    "incidents": "It changes the class of every loss in that time, and so everybody's award.",
}


def words(finding: Finding) -> str:
    """Say in a line what a finding is about."""
    return rules.words(finding.role, finding.cells)


def _state(role: str) -> Callable[[Call], Done]:
    def do(call: Call) -> Done:
        values = call.values
        made = findings.propose(
            programme=values["programme"],
            role=role,
            cells=cells(role, values),
            counts=values.get(COUNTS, "yes") == "yes",
            reason=values["reason"],
            by=call.by,
            at=call.at,
        )
        waits = "is in force" if made.state == FindingState.IN_FORCE else "waits for its approval"
        return Done(f"{made.number} ({words(made)}) {waits}.", made)

    return do


def _state_act(role: str, name: str) -> Act:
    return Act(
        f"state-{role}",
        name,
        "claims.write",
        _state(role),
        form_of=lambda _: form_of(role),
        warning=WARNINGS.get(role, "A claims approver agrees before it stands."),
        button="State it",
    )


def _put_in_force(call: Call) -> str:
    findings.put_in_force(finding=call.record, by=call.by, at=call.at)
    return f"{call.record} is in force: the next evidence that is drawn up says so."


def _withdraw(call: Call) -> str:
    findings.withdraw(finding=call.record, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _effect(finding: Any) -> Effect:
    return (
        ("What", finding.get_role_display()),
        ("About", words(finding)),
        ("It", "counts" if finding.counts else "does not count"),
        ("Because", finding.reason),
    )


class FindingAdmin(ReadOnlyAdmin):
    reads = "claims.read"
    nothing = "No findings: every run decides on the files of its evidence alone."
    list_display = (
        "number",
        state_column(),
        column("what", lambda f: f.get_role_display(), lambda f: f.get_role_display()),
        column("about", words, words),
        column("counts", lambda f: "yes" if f.counts else "no", lambda f: f.counts),
        "proposed_by",
        moment_column("proposed_at", "stated"),
    )
    list_filter = ("state", "role", "counts", "programme")
    found_by = ("number", "about")
    ordering = ("-id",)
    list_acts = grouped(
        "State a finding", *(_state_act(role, name) for role, name in rules.ROLES.items())
    )
    acts = (
        *proposed_acts(
            "claims.write",
            _put_in_force,
            _withdraw,
            _effect,
            "Passes only when a claims approver approved exactly this.",
        ),
        file_act("claims", KINDS, lambda finding: finding.number),
    )
    waits_for = {
        FindingState.PROPOSED: "a claims approver, then to be put in force",
        FindingState.IN_FORCE: "the next evidence that is drawn up; it stands until another"
        " finding about the same says otherwise",
        FindingState.SUPERSEDED: "nothing: a later finding says otherwise",
        FindingState.WITHDRAWN: "nothing: it was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("programme", "proposed_by")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Programme", link(record.programme)),
            ("What", record.get_role_display()),
            ("It", "counts" if record.counts else "does not count, whoever says so"),
            ("Reason", record.reason),
            approval_fact(KIND, record.number),
            ("Stated by", record.proposed_by),
            ("Stated", moment(record.proposed_at)),
            ("Ended", moment(record.ended_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        cells = [(c.name, record.cells.get(c.name, "")) for c in rules.columns(record.role)]
        rows = [[name.replace("_", " "), value or NOTHING] for name, value in cells]
        same = Finding.objects.filter(
            programme=record.programme, role=record.role, key=record.key
        ).exclude(pk=record.pk)
        others = [
            [link(one), one.get_state_display(), "yes" if one.counts else "no", one.reason]
            for one in same[:20]
        ]
        return (
            Table("The row", ["Column", "Value"], rows),
            Table(
                "Other findings about the same",
                ["Number", "State", "Counts", "Reason"],
                others,
                empty="None.",
            ),
            documents_table(record.number),
        )
