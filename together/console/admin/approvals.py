"""The approvals inbox: what is asked, its effect in numbers and its digest, and the decision."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest

from together.console.admin.approval_subjects import (
    ABOUT,
    asset_of,
    subject_link,
    words_of,
)
from together.console.queries.approvals import name_of, was_withdrawn
from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    digest,
    digest_column,
    moment,
    moment_column,
    money,
)
from together.controls.models import Approval, Decision
from together.controls.operations import approvals
from together.controls.queries import held
from together.controls.rules.roles import BY_CODE
from together.ledger.rules.money import Money, from_cents

# Figures of an effect that are minor units of its asset.
AMOUNTS = (
    *("amount", "total", "award_total", "escrow_total", "payable_total"),
    *("allowance", "suspended"),
    *("matched", "rest", "sold", "bought", "charges_up_to", "fees", "limit"),
)
DIGESTS = (
    "run_digest",
    "merkle_root",
    "policy_digest",
    "instructions",
    "terms_digest",
    "difference",
    "digest",
    "facts_digest",
    "entry_digest",
)

DECIDE = "loans.approve|loans.comply|claims.approve|treasury.approve"


class WithOptionalReason(forms.Form):
    reason = forms.CharField(max_length=400, required=False, help_text="Kept with the decision.")


class WithReason(forms.Form):
    reason = forms.CharField(max_length=400, help_text="Kept with the decision; it is final.")


def _decide(verdict: Decision.Verdict) -> Any:
    def do(call: Call) -> str:
        decision = approvals.decide(
            approval=call.record,
            verdict=verdict,
            reason=call.values["reason"],
            by=call.by,
            at=call.at,
        )
        return f"{call.record.subject}: stage {decision.stage} is {verdict.value}."

    return do


def effect(approval: Approval) -> Effect:
    """Tell in numbers what is approved, and its digest."""
    bound = [(name, v) for name, v in _bound(approval) if name != "amount"]
    return (*_amount(approval), *bound, ("Digest of the effect", digest(approval.effect_digest)))


def _amount(approval: Approval) -> Effect:
    """Give the amount that says who must decide, where there is one."""
    if not approval.amount_cents:
        return ()
    return (("Amount", money(from_cents(approval.amount_cents, asset_of(approval)))),)


def _bound(approval: Approval) -> Effect:
    """Give the figures of the effect itself; of what changes, each before and after."""
    rows = dict(approval.effect)
    if isinstance(rows.get("before"), dict) and isinstance(rows.get("after"), dict):
        before, after = rows.pop("before"), rows.pop("after")
        rows.pop("changes", None)
        for name in [one for one in after if after[one] != before.get(one)]:
            rows |= {f"{name}, before": before.get(name), f"{name}, after": after[name]}
    return [
        (name.replace("_", " "), _value(name.partition(",")[0], value, asset_of(approval, name)))
        for name, value in rows.items()
    ]


def _value(name: str, value: Any, asset: str) -> Any:
    if name in AMOUNTS and isinstance(value, list):
        value = ", ".join(str(Money(one, asset)) for one in value)
    if name in AMOUNTS and type(value) is int:
        return money(Money(value, asset))
    if name in DIGESTS:
        return digest(str(value))
    if value in (None, {}, [], ""):
        return NOTHING
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, dict)):
        return _waves(value, asset) if name == "waves" else _many(value, asset)
    return str(value)


def _many(value: list[Any] | dict[str, Any], asset: str) -> str:
    """Write several values, or an entry: account, whose, debits positive."""
    if isinstance(value, dict):
        return ", ".join(f"{k}: {v}" for k, v in value.items())
    if not isinstance(value[0], list):
        return ", ".join(map(str, value))
    return "; ".join(
        f"{code} of {subject}: {'debit' if amount > 0 else 'credit'} {Money(abs(amount), asset)}"
        for code, subject, amount in value
    )


def _waves(value: Any, asset: str) -> str:
    """Write the waves that an order leaves in."""
    return "; ".join(
        f"wave {number}: {count:,} payments of {Money(total, asset)}"
        for number, count, total in value
    )


def state(approval: Any) -> str:
    """Give the state of a request: waiting, approved, declined, or given up by who asked."""
    if approval.declined:
        return "declined"
    if approval.passed >= len(approval.roles):
        return "approved"
    return "withdrawn" if approval.is_withdrawn else "waiting"


def _waits(approval: Any) -> bool:
    return state(approval) == "waiting"


def waits_for_role(approval: Any) -> str:
    """Give the name of the role that a request waits for, or nothing."""
    return BY_CODE[approval.roles[approval.passed]].name if _waits(approval) else ""


def _readable(request: HttpRequest) -> list[str]:
    """Give the kinds of requests that somebody may read: those whose records they may."""
    return [kind for kind, about in ABOUT.items() if held.may(request.user, about.reads)]


class KindFilter(SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, words_of(kind)) for kind in _readable(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() in ABOUT else queryset


class ApprovalAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    also_reads = "claims.read"
    list_display = (
        column("about", name_of, name_of, order="subject"),
        column("state", lambda a: badge(state(a)), state),
        column("kind", lambda a: words_of(a.kind), lambda a: a.kind, order="kind"),
        column(
            "amount",
            lambda a: money(from_cents(a.amount_cents, "USD")) if a.amount_cents else NOTHING,
            lambda a: from_cents(a.amount_cents, "USD").decimal,
            order="amount_cents",
        ),
        column("waits for", lambda a: waits_for_role(a) or NOTHING, waits_for_role),
        "requested_by",
        moment_column("requested_at", "requested"),
        digest_column("effect_digest", "digest"),
    )
    list_filter = (KindFilter,)
    found_by = ("subject", "effect_digest")
    ordering = ("-id",)
    acts = (
        Act(
            "approve",
            "Approve",
            DECIDE,
            _decide(Decision.Verdict.APPROVED),
            effect,
            _waits,
            WithOptionalReason,
            has_step_up=True,
        ),
        Act(
            "decline",
            "Decline",
            DECIDE,
            _decide(Decision.Verdict.DECLINED),
            effect,
            _waits,
            WithReason,
            tone="danger",
            has_step_up=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request).select_related("requested_by")
        counted: QuerySet = found.filter(kind__in=_readable(request)).annotate(
            passed=Count("decisions", filter=Q(decisions__verdict="approved")),
            declined=Count("decisions", filter=Q(decisions__verdict="declined")),
            is_withdrawn=ExpressionWrapper(was_withdrawn(), BooleanField()),
        )
        return counted

    def state_of(self, record: Any) -> str:
        return state(record)

    def title_of(self, record: Any) -> str:
        return f"{words_of(record.kind)}: {name_of(record)}"

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.subject,)

    def note(self, record: Any) -> str:
        role = waits_for_role(record)
        return (
            f"Stage {record.passed + 1} of {len(record.roles)} waits for a {role}." if role else ""
        )

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("About", subject_link(record)),
            ("Kind", words_of(record.kind)),
            ("Requested by", record.requested_by),
            ("Requested", moment(record.requested_at)),
            *_amount(record),
            ("Digest of the effect", digest(record.effect_digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        decided = {d.stage: d for d in record.decisions.select_related("person")}
        rows = []
        for stage, role in enumerate(record.roles, start=1):
            one = decided.get(stage)
            answer = (
                [badge(one.verdict), one.person, moment(one.decided_at), one.reason or NOTHING]
                if one
                else [badge("waiting"), NOTHING, NOTHING, NOTHING]
            )
            rows.append([stage, BY_CODE[role].name, *answer])
        heads = ["Stage", "Role", "Decision", "By", "When (UTC)", "Reason"]
        bound = [[name[:1].upper() + name[1:], value] for name, value in _bound(record)]
        return (
            Table("Stages", heads, rows),
            Table("What is approved: exactly this", ["Figure", "Value"], bound),
        )
