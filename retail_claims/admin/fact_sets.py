"""The console's pages over fact sets: gathering them, and simulating policies on them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from retail_claims.admin import rejected, simulation_shown
from retail_claims.admin.policies import flat
from retail_claims.admin.simulation_forms import Simulation, next_version
from retail_claims.models import FactSet, Policy
from retail_claims.operations import fact_sets, policies, simulations
from retail_claims.rules.policy_readers import BadPolicy
from retail_claims.rules.states import FactSetState
from together import Refused
from together.controls.admin.acts import Act, Call
from together.controls.admin.base import Fact, ReadOnlyAdmin, Route
from together.controls.admin.showing import (
    Table,
    address_of,
    link,
    moment,
    moment_column,
    number,
    number_column,
    state_column,
)
from together.controls.formats import csv_cells
from together.controls.models import Person
from together.controls.queries import held

HEADS = ("person", "decision before", "decision after", "award before", "award after", "difference")


def _again(call: Call) -> str:
    fact_sets.again(fact_set=call.record, by=call.by, at=call.at)
    return f"{call.record.number} is gathered anew by a worker."


class FactSetAdmin(ReadOnlyAdmin):
    reads = "claims.read"
    nothing = "No facts yet: open an evidence and gather its facts to simulate policies on them."
    list_display = (
        "number",
        state_column(),
        "evidence",
        "policy",
        number_column("persons"),
        moment_column("made_at", "asked"),
    )
    tones = {FactSetState.READY: "good"}
    works_in = (FactSetState.WAITING,)
    list_filter = ("state",)
    found_by = ("number",)
    ordering = ("-id",)
    waits_for = {
        FactSetState.WAITING: "a worker to gather it",
        FactSetState.READY: "simulations",
        FactSetState.UNUSABLE: "nothing: its evidence has faults, bring in better evidence",
        FactSetState.FAILED: "a person: the work broke off each time, the log says where",
    }
    acts = (
        Act(
            "again",
            "Gather anew",
            "claims.write",
            _again,
            lambda facts: (("Evidence", str(facts.evidence)), ("Counted as", str(facts.policy))),
            is_open=lambda facts: facts.state in (FactSetState.READY, FactSetState.FAILED),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("evidence", "policy__programme__pool", "made_by").defer(
            "policy__salt"
        )

    def more_views(self) -> Sequence[Route]:
        """Add the simulation and the downloads of its differences and of rejected cells."""
        return (
            ("<int:pk>/simulate/", self.simulate_view, "simulate"),
            ("<int:pk>/differences.csv", self.differences_view, "differences"),
            ("<int:pk>/rejects.csv", self.rejects_view, "rejects"),
        )

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Evidence", link(record.evidence)),
            ("Counted as", link(record.policy)),
            ("Progress", record.progress or ("waiting" if record.state == "waiting" else "")),
            ("Persons", number(record.persons)),
            ("Begun", f"{record.tries} of {fact_sets.MOST_TRIES} times"),
            ("Asked by", record.made_by),
            ("Asked", moment(record.made_at)),
            ("Ready", moment(record.ready_at)),
            ("Simulate", self._way(record)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        rows = [[name, value] for name, value in flat(dict(sorted(record.basis.items())))]
        counts = [
            [role, *(number(one[name]) for name in ("rows", "accepted", "duplicates", "rejected"))]
            for role, one in sorted(record.summary.get("inputs", {}).items())
        ]
        heads = ["File", "Rows", "Accepted", "Duplicates", "Rejected"]
        title = "What the facts rest on: every policy that says the same here can be simulated"
        return (
            Table("Rows", heads, counts, frozenset({1, 2, 3, 4}), "Not read yet."),
            rejected.table(self._rejects(record), self._all_rejects(record)),
            Table(title, ["Rule", "Value"], rows, empty="Not gathered yet."),
        )

    def rejects_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give all rejected cells as CSV."""
        self._demand_read(request)
        record = self._record(request, str(pk))
        return cast(HttpResponse, rejected.download(self._rejects(record), record.number))

    def _rejects(self, record: FactSet) -> Path:
        return Path(record.folder) / "rejects.csv"

    def _all_rejects(self, record: FactSet) -> Any:
        if not any(one["rejected"] for one in record.summary.get("inputs", {}).values()):
            return ""
        words = "Download all rejected cells as CSV"
        return format_html(
            '<a href="{}" download>{}</a>', self.address("rejects", record.pk), words
        )

    def simulate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a changed policy would decide; or enter it as the next version."""
        self._demand_read(request)
        record = self._ready(request, pk)
        base = self._base(request, record)
        # The address holds the whole policy, so that it can be kept, sent on, and entered as is.
        form = Simulation(request.GET if "award.cap" in request.GET else None, base=base)
        found, refusal, status = None, "", 200
        if form.is_bound:
            if not form.is_valid():
                status = 422
            elif request.method == "POST":
                return self._enter(request, record, form)
            else:
                try:
                    found = simulations.of(record, **_asked(form))
                except Refused as error:
                    refusal, status = str(error), 409
        context = self._context(request, record, form) | {"refusal": refusal}
        if found is not None:
            context |= simulation_shown.shown(found, form.cleaned_data["policy"], record)
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "console/simulation.html", context, status=status)

    def differences_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give who gains and who loses, a row a person, as CSV without a live formula."""
        self._demand_read(request)
        record = self._ready(request, pk)
        form = Simulation(request.GET, base=self._base(request, record))
        if not form.is_valid() or not form.cleaned_data["against"]:
            raise Http404
        rows = simulations.differences(record, **_asked(form))
        answer = StreamingHttpResponse(
            csv_cells.lines(_rows(rows)), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="{record.number}-differences.csv"'
        return cast(HttpResponse, answer)

    def _way(self, record: FactSet) -> Any:
        if record.state != FactSetState.READY:
            return ""
        words = "Change a policy and see what it decides"
        return format_html('<a href="{}">{}</a>', self.address("simulate", record.pk), words)

    def _ready(self, request: HttpRequest, pk: int) -> FactSet:
        record: FactSet = self._record(request, str(pk))
        if record.state != FactSetState.READY:
            raise Http404
        return record

    def _base(self, request: HttpRequest, record: FactSet) -> Policy:
        """Give the version that a simulation begins from: that of the facts, if none is named."""
        asked = request.GET.get("base", "")
        versions = Policy.objects.select_related("programme").filter(
            programme_id=record.policy.programme_id
        )
        found = versions.filter(pk=int(asked)).first() if asked.isdecimal() else None
        return found or versions.get(pk=record.policy_id)

    def _enter(self, request: HttpRequest, record: FactSet, form: Simulation) -> HttpResponse:
        """Enter the changed policy as the next version."""
        if not held.may(request.user, "claims.write"):
            raise PermissionDenied("None of your roles lets you enter a policy.")
        at: datetime = timezone.now()
        text = next_version(form.base, form.cleaned_data, f"from {form.base.name}"[:100])
        try:
            entered = policies.enter(
                programme=form.base.programme, text=text, by=cast(Person, request.user), at=at
            )
        except (Refused, BadPolicy) as error:
            messages.error(request, str(error))
            return redirect(self.address("simulate", record.pk))
        messages.success(request, f"{entered} is entered; its digest is {entered.digest[:12]}…")
        return redirect(address_of(entered))

    def _context(self, request: HttpRequest, record: FactSet, form: Simulation) -> dict[str, Any]:
        here = self.address("simulate", record.pk)
        versions = form.base.programme.policies.defer("salt").order_by("-version")[:12]
        query = request.GET.urlencode()
        return {
            **self._frame(request, record.state),
            "title": f"Simulate on {record.number}",
            "record": record,
            "persons": f"{record.persons:,}",
            "back": self.address("change", record.pk),
            "form": form,
            "bases": [
                (one, f"{here}?{urlencode({'base': one.pk})}", one.pk == form.base.pk)
                for one in versions
            ],
            "differences_url": f"{self.address('differences', record.pk)}?{query}",
            "may_enter": held.may(request.user, "claims.write"),
        }


def _asked(form: Simulation) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("policy", "against")}


def _rows(rows: Any) -> Any:
    yield list(HEADS)
    for row in rows:
        yield list(row)
