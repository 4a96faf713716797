"""The console's pages over requests of institutions about their collateral, and their acts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.collateral import facts as covered
from loans.admin.of_application import OfApplication
from loans.models import CollateralRequestKind
from loans.operations import collateral_requests
from loans.queries.confidential import visible_documents
from loans.rules.institution_states import CollateralRequestState
from loans.rules.market_data import written
from together.controls.admin.acts import Act, Call, Done, Effect, WithReason
from together.controls.admin.base import Fact
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    figures,
    link,
    moment,
    moment_column,
    state_column,
)
from together.controls.models import Document
from together.controls.queries import documents as filed
from together.controls.queries.held import Visitor


def quantity(request: Any) -> str:
    """Write what is announced, or the pledge that is asked back."""
    if request.instrument is None:
        return str(request.pledge)
    plain = written(request.quantity, request.instrument.quantity_scale)
    return f"{figures(plain)} {request.instrument_id}"


def pledge_form(request: Any, visitor: Visitor) -> type[forms.Form]:
    """Make the form with the documents of the application that show what was announced."""
    found = filed.valid([request.application.number], timezone.now().date())
    papers = visible_documents(found, visitor).order_by("-id")

    class ProposePledge(forms.Form):
        custodian = forms.CharField(
            max_length=60, initial=request.kept_by, help_text="Who keeps it."
        )
        reference = forms.CharField(
            max_length=80,
            initial=request.reference,
            help_text="Its account or agreement at the custodian; one secures one loan at a time.",
        )
        evidence = forms.ModelChoiceField(
            papers, help_text="What shows that it is there and pledged."
        )

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["evidence"].queryset = papers.all()  # type: ignore[attr-defined]

    if not Document.objects.filter(pk__in=papers.values("pk")).exists():
        ProposePledge.base_fields[
            "evidence"
        ].help_text = (
            "Nothing is filed about the application: file the custodian's statement there first."
        )
    return ProposePledge


def _propose_pledge(call: Call) -> Done:
    made = collateral_requests.propose_pledge(
        request=call.record, by=call.by, at=call.at, **_plain(call.values)
    )
    return Done(f"Pledge {made} is proposed and waits for a credit checker.", made)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("custodian", "reference", "evidence")}


def _propose_release(call: Call) -> str:
    asked = collateral_requests.propose_release(request=call.record, by=call.by, at=call.at)
    return f"Asked for approval of the release of {asked.subject}."


def _decline(call: Call) -> str:
    reason = call.values["reason"]
    collateral_requests.decline(request=call.record, reason=reason, by=call.by, at=call.at)
    return f"{call.record} is declined."


def _effect(record: Any) -> Effect:
    return (
        ("Application", record.application),
        ("Asks for", record.get_kind_display()),
        ("Collateral", quantity(record)),
        ("In place of", record.pledge if record.kind == CollateralRequestKind.SUBSTITUTION else ""),
        *covered(record.application, timezone.now()),
    )


def _is_open(*kinds: str) -> Any:
    return lambda r: r.state == CollateralRequestState.OPEN and r.kind in kinds


def requests_table(application: Any) -> Table:
    """Give what an institution asked about the collateral of an application, the newest first."""
    found = application.collateral_requests.select_related("instrument", "pledge", "asked_by")
    rows = [
        [
            link(one),
            badge(one.state),
            one.get_kind_display(),
            quantity(one),
            one.asked_by,
            moment(one.asked_at),
        ]
        for one in found[:20]
    ]
    heads = ["Request", "State", "Asks for", "Collateral", "Asked by", "Asked"]
    return Table("Asked by the institution about its collateral", heads, rows, empty="Nothing.")


class CollateralRequestAdmin(OfApplication):
    is_open_once_lent = True
    reads = "loans.read"
    tones = {CollateralRequestState.OPEN: "wait"}
    nothing = "No institution announced or asked for anything about its collateral yet."
    list_display = (
        "number",
        state_column(),
        column("asks for", lambda r: r.get_kind_display(), lambda r: r.get_kind_display()),
        column("application", lambda r: link(r.application), lambda r: r.application.number),
        column("collateral", quantity, quantity),
        "reference",
        moment_column("asked_at", "asked"),
    )
    list_filter = ("state", "kind", "instrument")
    found_by = ("number", "application__number", "reference")
    ordering = ("-id",)
    acts = (
        Act(
            "pledge",
            "Propose the pledge",
            "loans.write",
            _propose_pledge,
            _effect,
            _is_open(CollateralRequestKind.PLEDGE, CollateralRequestKind.SUBSTITUTION),
            form_for=pledge_form,
            warning="It is of just what was announced, and counts once a credit checker has"
            " approved it and it is put in force.",
        ),
        Act(
            "release",
            "Propose the release",
            "loans.write",
            _propose_release,
            _effect,
            _is_open(CollateralRequestKind.RELEASE),
            warning="Refused if the loan to value were above the initial one without it.",
        ),
        Act(
            "decline",
            "Decline",
            "loans.write",
            _decline,
            _effect,
            _is_open(*CollateralRequestKind.values),
            form=WithReason,
            tone="danger",
            warning="Its institution reads the reason.",
        ),
    )
    waits_for = {
        CollateralRequestState.OPEN: "a loan officer to take it up or to decline it",
        CollateralRequestState.TAKEN_UP: "nothing: its pledge or release goes on by itself",
        CollateralRequestState.DECLINED: "nothing: it was declined",
        CollateralRequestState.WITHDRAWN: "nothing: its institution took it back",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "application__pool",
            "application__institution",
            "instrument",
            "pledge",
            "made",
            "sender",
            "asked_by",
            "ended_by",
        )

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Application", link(record.application)),
            ("Institution", link(record.application.institution)),
            ("Asks for", record.get_kind_display()),
            ("Collateral", quantity(record)),
            ("Kept by", record.kept_by or NOTHING),
            ("Transfer", record.reference or NOTHING),
            ("Sent from", link(record.sender)),
            ("In place of, or back", link(record.pledge)),
            ("Reason", record.reason or NOTHING),
            ("Asked by", record.asked_by),
            ("Asked", moment(record.asked_at)),
            ("Pledge proposed on it", link(record.made)),
            ("Ended by", record.ended_by or NOTHING),
            ("Declined for", record.ended_for or NOTHING),
            *covered(record.application, timezone.now()),
        )
