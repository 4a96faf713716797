"""The console's pages over verifications (KYB), and the act that proposes one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.models import Institution
from loans.operations import verifications
from loans.rules.states import VerificationState
from loans.rules.verifications import KINDS, MOST_DAYS, REQUIRED
from together.controls.admin.acts import Act, Call, Effect, WithReason, in_state, proposed_acts
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import (
    Table,
    badge,
    column,
    day,
    link,
    moment,
    moment_column,
    state_column,
)
from together.controls.models import Document
from together.controls.queries import documents as filed

WRITES = "loans.write|loans.comply"


class ProposeVerification(forms.Form):
    documents = forms.ModelMultipleChoiceField(
        Document.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="What shows who it is. Needed are "
        + ", ".join(dict(KINDS)[kind] for kind in REQUIRED)
        + "; file what is missing on the institution's page first.",
    )
    expires_on = forms.DateField(
        label="Holds until",
        widget=DateInput(),
        help_text=f"The day that it expires: up to {MOST_DAYS} days from now, and not after any of"
        " the documents.",
    )
    finding = forms.CharField(
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the documents show: owners, who signs, anything that was unusual.",
    )


def form_of(institution: Institution) -> type[forms.Form]:
    """Make the form with the documents of an institution that are in force."""
    known = filed.valid([institution.number], timezone.now().date()).order_by("kind", "id")

    class ProposeForInstitution(ProposeVerification):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["documents"].queryset = known  # type: ignore[attr-defined]

    return ProposeForInstitution


def _propose(call: Call) -> str:
    asked = verifications.propose(
        institution=call.record,
        documents=list(call.values["documents"]),
        expires_on=call.values["expires_on"],
        finding=call.values["finding"],
        by=call.by,
        at=call.at,
    )
    return f"Verification {asked.subject} is proposed and waits for compliance."


def _put_in_force(call: Call) -> str:
    verifications.put_in_force(verification=call.record, by=call.by, at=call.at)
    return f"{call.record} is in force until {call.record.expires_on}."


def _withdraw(call: Call) -> str:
    verifications.withdraw(verification=call.record, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _revoke(call: Call) -> str:
    reason = call.values["reason"]
    verifications.revoke(verification=call.record, reason=reason, by=call.by, at=call.at)
    return f"{call.record} is revoked."


def _effect(verification: Any) -> Effect:
    return (
        ("Institution", verification.institution),
        ("Verified on", day(verification.verified_on)),
        ("Expires", day(verification.expires_on)),
        ("Documents", ", ".join(verification.documents)),
    )


PROPOSE_ACT = Act("verify", "Propose a verification", "loans.write", _propose, form_of=form_of)


def verifications_table(institution: Institution) -> Table:
    """Give the verifications of an institution."""
    rows = [
        [link(one), badge(one.state), day(one.verified_on), day(one.expires_on), one.proposed_by]
        for one in institution.verifications.select_related("proposed_by")[:10]
    ]
    heads = ["Number", "State", "Verified on", "Expires", "Proposed by"]
    return Table("Verifications (KYB)", heads, rows, empty="Nobody verified who it is.")


class VerificationAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    list_display = (
        "number",
        state_column(),
        column("institution", lambda v: v.institution, lambda v: v.institution.number),
        "verified_on",
        "expires_on",
        moment_column("proposed_at", "proposed"),
    )
    list_filter = ("state",)
    found_by = ("number", "institution__number")
    ordering = ("-id",)
    acts = (
        *proposed_acts(
            WRITES,
            _put_in_force,
            _withdraw,
            _effect,
            "Passes only when compliance approved exactly this.",
        ),
        Act(
            "revoke",
            "Revoke",
            WRITES,
            _revoke,
            _effect,
            in_state(VerificationState.IN_FORCE),
            form=WithReason,
            tone="danger",
            warning="No application is proposed or committed, and nothing drawn, until another"
            " verification is in force.",
        ),
    )
    waits_for = {
        VerificationState.PROPOSED: "compliance to approve it, then to be put in force",
        VerificationState.IN_FORCE: "the day that it expires",
        VerificationState.WITHDRAWN: "nothing: it was given up",
        VerificationState.REVOKED: "nothing: it holds no more",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("institution", "proposed_by")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Institution", link(record.institution)),
            ("Verified on", day(record.verified_on)),
            ("Expires", day(record.expires_on)),
            ("Finding", record.finding),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        looked_at = Document.objects.filter(number__in=record.documents).order_by("kind", "id")
        words = dict(KINDS)
        rows = [
            [link(one), words.get(one.kind, one.kind), day(one.issued_on), day(one.expires_on)]
            for one in looked_at
        ]
        heads = ["Document", "Kind", "Issued", "Expires"]
        empty = "Nothing: it was entered before evidence was kept."
        return (Table("Looked at", heads, rows, empty=empty),)
