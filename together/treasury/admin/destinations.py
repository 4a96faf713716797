"""The console's pages over destinations, and the policies of rails and chains."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from together.controls.admin.acts import Act, Call, Done, Effect, WithReason, in_state
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    badge,
    digest,
    link,
    moment,
    moment_column,
    money,
    number,
    state_column,
)
from together.controls.models import Approval
from together.ledger.rules.money import ASSETS, Money
from together.treasury.models import Instruction, RailPolicy
from together.treasury.operations import destinations
from together.treasury.operations.destinations import KIND, Owner
from together.treasury.rules.destinations import Details, RailKind
from together.treasury.rules.states import DestinationState

RAILS = [
    (RailKind.EXCHANGE, "Account at the exchange"),
    (RailKind.BANK, "Bank account"),
    (RailKind.CHAIN, "Address on a chain"),
]


class Register(forms.Form):
    owner_kind = forms.ChoiceField(
        label="Owner is",
        choices=[("institution", "an institution"), ("claimant", "a claimant")],
    )
    owner = forms.CharField(
        max_length=80, help_text="An institution's LEI, or a claimant's account at the exchange."
    )
    label = forms.CharField(max_length=80, help_text="How people here call it.")
    rail = forms.ChoiceField(choices=RAILS)
    asset = forms.ChoiceField(choices=[(name, name) for name in ASSETS])
    identifier = forms.CharField(
        label="Account, IBAN or address",
        max_length=80,
        help_text="An address may be in small letters; with capitals its checksum is compared.",
    )
    servicer = forms.CharField(
        label="Exchange, BIC or chain",
        max_length=40,
        required=False,
        help_text="The exchange's name, the bank's BIC, or the number of the chain (1: Ethereum).",
    )
    routing_number = forms.CharField(
        label="ABA routing number",
        max_length=9,
        required=False,
        help_text="Banks in the United States only: nine digits.",
    )
    holder = forms.CharField(
        max_length=70,
        required=False,
        help_text="Bank accounts: the name as the bank holds it, in letters A-Z. Never cut.",
    )
    country = forms.CharField(
        max_length=2, required=False, help_text="Bank accounts: the bank's country, two letters."
    )


class WithEvidence(forms.Form):
    evidence = forms.CharField(
        label="How it was confirmed",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A call back to a number we knew before, a test transfer, a signed letter:"
        " who, when, with whom.",
    )


def _register(call: Call) -> Done:
    values = dict(call.values)
    owner = Owner(values.pop("owner_kind"), values.pop("owner").strip())
    label = values.pop("label")
    found = destinations.register(
        owner=owner, details=Details(**values), label=label, by=call.by, at=call.at
    )
    return Done(f"{found.number} is registered. Somebody else has to confirm it.", found)


def _propose(call: Call) -> str:
    asked = destinations.propose_confirmation(
        destination=call.record, **call.values, by=call.by, at=call.at
    )
    return f"Asked for the confirmation of {asked.subject}."


def _confirm(call: Call) -> str:
    found = destinations.confirm(destination=call.record, by=call.by, at=call.at)
    return f"{found.number} is confirmed; money may go there from {found.usable_at:%d %b %H:%M} on."


def _revoke(call: Call) -> str:
    found = destinations.revoke(destination=call.record, **call.values, by=call.by, at=call.at)
    return f"{found.number} is revoked: no money goes there."


def _effect(found: Any) -> Effect:
    waiting = Instruction.objects.filter(destination=found, state="ready")
    total = sum(waiting.values_list("amount", flat=True))
    policy = RailPolicy.objects.filter(kind=found.kind).first()
    return (
        ("Owner", f"{found.owner_kind} {found.owner}"),
        ("Payee", found.payee),
        ("Holder", found.holder or "not kept on this rail"),
        ("Cooling-off after confirmation", f"{policy.cooling_off_hours} hours" if policy else "-"),
        ("Payments that wait to go there", number(waiting.count())),
        ("Their total", money(Money(total, found.asset))),
        ("Digest of all fields", digest(found.digest)),
    )


def _register_effect(_: Any) -> Effect:
    return tuple(
        (f"Cooling-off: {policy.kind}", f"{policy.cooling_off_hours} hours after confirmation")
        for policy in RailPolicy.objects.order_by("kind")
    )


class DestinationAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    also_reads = "loans.read"
    list_display = (
        "number",
        state_column(),
        "kind",
        "owner",
        "payee",
        "asset",
        moment_column("usable_at", "usable from"),
    )
    list_filter = ("state", "kind", "asset", "owner_kind")
    found_by = ("number", "owner", "payee", "identifier", "digest")
    found_in = ("label", "holder")
    ordering = ("-id",)
    waits_for = {
        DestinationState.REGISTERED: "somebody else to confirm it",
        DestinationState.CONFIRMED: "payments",
        DestinationState.REVOKED: "nothing: no money goes there",
    }
    list_acts = (
        Act(
            "register",
            "Register a destination",
            "treasury.write",
            _register,
            _register_effect,
            form=Register,
        ),
    )
    acts = (
        Act(
            "propose-confirmation",
            "Ask for confirmation",
            "treasury.write",
            _propose,
            _effect,
            in_state(DestinationState.REGISTERED),
            WithEvidence,
        ),
        Act(
            "confirm",
            "Confirm",
            "treasury.write",
            _confirm,
            _effect,
            in_state(DestinationState.REGISTERED),
            has_step_up=True,
            warning="Passes only when exactly these fields were approved, and not by the person"
            " who registered them.",
        ),
        Act(
            "revoke",
            "Revoke",
            "treasury.halt",
            _revoke,
            _effect,
            in_state(DestinationState.REGISTERED, DestinationState.CONFIRMED),
            WithReason,
            tone="danger",
            warning="At once, and for good: to be paid there again it is registered anew.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("registered_by")
        return found

    def note(self, record: Any) -> str:
        if record.state == "confirmed" and record.usable_at > timezone.now():
            until = f"{record.usable_at:%d %b, %H:%M}"
            return f"In its cooling-off: no money goes there before {until} UTC."
        return ""

    def facts(self, record: Any) -> Sequence[Fact]:
        shown = {
            "bank": (
                ("BIC", record.servicer or None),
                ("ABA routing number", record.routing_number or None),
                ("Holder", record.holder),
                ("Country", record.country),
            ),
            "chain": (("Chain", record.servicer),),
            "exchange": (("Exchange", record.servicer or None),),
        }
        return (
            ("Owner", f"{record.owner_kind} {record.owner}"),
            ("Label", record.label),
            ("Rail", record.get_kind_display()),
            ("Asset", record.asset),
            ("Payee", record.payee),
            *shown[record.kind],
            ("How it was confirmed", record.evidence or None),
            ("Registered by", record.registered_by),
            ("Registered", moment(record.registered_at)),
            ("Confirmed", moment(record.confirmed_at)),
            ("Usable from", moment(record.usable_at)),
            ("Revoked", moment(record.revoked_at)),
            ("Why", record.reason or None),
            ("Digest of all fields", digest(record.digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        asked = Approval.objects.filter(kind=KIND, subject=record.number).order_by("-id")[:10]
        requests = [[link(a, "Request"), a.requested_by, moment(a.requested_at)] for a in asked]
        paid = Instruction.objects.filter(destination=record).order_by("-id")[:50]
        rows = [[link(i), money(Money(i.amount, i.asset)), badge(i.state)] for i in paid]
        return (
            Table(
                "Requests for confirmation",
                ["Request", "By", "When (UTC)"],
                requests,
                empty="Nobody asked for its confirmation yet.",
            ),
            Table(
                "Payments to it",
                ["Reference", "Amount", "State"],
                rows,
                frozenset({1}),
                empty="No payment goes there.",
                more="The newest 50." if len(rows) == 50 else "",
            ),
        )
