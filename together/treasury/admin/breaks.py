"""Breaks: the acts on a line, and what stands on its page."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from together.controls.admin.acts import Act, Call, Done, Effect, WithReason
from together.controls.admin.showing import (
    Table,
    badge,
    link,
    moment,
    money,
)
from together.ledger.rules.money import Money
from together.treasury.models import Instruction, Resolution, StatementLine
from together.treasury.models.breaks import ResolutionKind
from together.treasury.operations import breaks
from together.treasury.operations.matching import undoing
from together.treasury.rules.states import LineState, ResolutionState


class Note(forms.Form):
    text = forms.CharField(
        label="Note",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What was found out. Kept in the audit trail of the line.",
    )


class ProposeResolution(forms.Form):
    kind = forms.ChoiceField(
        label="It is",
        choices=ResolutionKind.choices,
        help_text="The whole line, or what is left of it beside the payment named below.",
    )
    instruction = forms.CharField(
        label="Payment it belongs to",
        required=False,
        max_length=35,
        help_text="Reference of the instruction, if the line is it with another amount.",
    )
    reason = forms.CharField(max_length=200, help_text="Why. Approved with the rest, and kept.")


def _take_on(call: Call) -> str:
    breaks.take_on(line=call.record, by=call.by, at=call.at)
    return "It is yours to look into."


def _note(call: Call) -> str:
    breaks.note(line=call.record, text=call.values["text"], by=call.by, at=call.at)
    return "The note is in the trail."


def _propose(call: Call) -> Done:
    values, named = call.values, None
    if values["instruction"]:
        named = Instruction.objects.filter(reference=values["instruction"]).first()
        if named is None:
            raise ValidationError(
                f"instruction: {values['instruction']!r} is the reference of no instruction"
            )
    breaks.propose(
        line=call.record,
        kind=values["kind"],
        instruction=named,
        reason=values["reason"],
        by=call.by,
        at=call.at,
    )
    made = Resolution.objects.get(line=call.record, state=ResolutionState.PROPOSED)
    return Done("Asked for approval of this resolution. Somebody else approves it.", made)


def _propose_undo(call: Call) -> str:
    undoing.propose_undo(line=call.record, reason=call.values["reason"], by=call.by, at=call.at)
    return "Asked for approval to undo this match. Somebody else approves it."


def _undo(call: Call) -> str:
    undoing.undo(line=call.record, reason=call.values["reason"], by=call.by, at=call.at)
    return "The match is undone: the line is a break again, and the books say so."


def is_break(line: Any) -> bool:
    """Say whether a line waits for a person."""
    return bool(line.state == LineState.BREAK)


def _is_matched(line: Any) -> bool:
    return bool(line.state == LineState.MATCHED)


def line_effect(line: Any) -> Effect:
    """Tell which line it is, how much, and what it is now."""
    return (
        ("Line", f"{line.entry_id} of {line.account_id}"),
        ("Amount", money(Money(line.amount, line.account.asset))),
        ("Now", line.reason),
    )


def _undo_effect(line: Any) -> Effect:
    parts = [
        (f"Undone: {m.get_kind_display()}", f"{target_of(m)} {Money(m.amount, line.account.asset)}")
        for m in undoing.standing(line)
    ]
    return (*line_effect(line), *parts)


LINE_ACTS = (
    Act("take-on", "Take it on", "treasury.write", _take_on, line_effect, is_break),
    Act("note", "Note", "treasury.write", _note, form=Note),
    Act(
        "propose-resolution",
        "Propose a resolution",
        "treasury.write",
        _propose,
        line_effect,
        is_break,
        form=ProposeResolution,
    ),
    Act(
        "propose-undo",
        "Propose to undo the match",
        "treasury.write",
        _propose_undo,
        _undo_effect,
        _is_matched,
        form=WithReason,
    ),
    Act(
        "undo",
        "Undo the match",
        "treasury.write",
        _undo,
        _undo_effect,
        _is_matched,
        form=WithReason,
        tone="danger",
        has_step_up=True,
        warning="Passes only when exactly this undoing, with these words, was approved by"
        " somebody else.",
    ),
)


def target_of(part: Any) -> Any:
    """Give what a match or a proposal is about."""
    return part.instruction or part.funding or part.conversion or "no payment"


def tables_of(line: StatementLine) -> Sequence[Table]:
    """Give what a line is matched to, what it may be, and how people resolved it."""
    asset = line.account.asset
    related = ("instruction", "funding", "conversion", "confirmed_by", "undoes")
    matches = [
        [
            m.get_kind_display(),
            link(m.instruction or m.funding or m.conversion),
            money(Money(m.amount, asset)),
        ]
        + ["undoes a part" if m.undoes else m.rule, m.confirmed_by or "the rules"]
        + [moment(m.matched_at)]
        for m in line.matches.select_related(*related).order_by("id")
    ]
    offers = [
        [link(p, str(target_of(p))), money(Money(p.amount, asset)), p.reason]
        + [f"declined by {p.declined_by}" if p.declined_by else "open"]
        for p in line.proposals.select_related(
            "instruction", "funding", "conversion", "declined_by"
        )
    ]
    resolved = [
        [link(r, r.get_kind_display()), badge(r.state), r.reason, r.proposed_by]
        for r in line.resolutions.select_related("proposed_by", "line").order_by("-id")
    ]
    return (
        Table(
            "What it is",
            ["Part", "Matched to", "Amount", "By rule", "Confirmed by", "When (UTC)"],
            matches,
            frozenset({2}),
            "Nothing yet: it is a break.",
        ),
        Table(
            "What it may be",
            ["Proposal", "Amount", "Why", "State"],
            offers,
            frozenset({1}),
            "No rule has a proposal.",
        ),
        Table("Resolutions", ["It is", "State", "Reason", "Proposed by"], resolved, empty="None."),
    )
