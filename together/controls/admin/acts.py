"""Acts: the explicit buttons of a record's page, each shown with its effect before it is done."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.utils import timezone

from together import Refused
from together.controls.models import Person
from together.controls.queries import held
from together.controls.queries.held import Visitor

Effect = Sequence[tuple[str, Any]]


class NothingToSay(forms.Form):
    """An act that needs no words: only to be confirmed."""


class WithReason(forms.Form):
    """An act that needs its reason in words."""

    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Kept in the audit trail.",
    )


@dataclass(frozen=True, slots=True)
class Call:
    """What an act is done with: the record, the form's values, who and when."""

    record: Any
    values: dict[str, Any]
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What an act did, in words, and the record that it made: its page is shown next."""

    words: str
    record: Any


@dataclass(frozen=True, slots=True)
class Attached:
    """What an act gives to take away: a file, with its name and media type."""

    name: str
    data: bytes
    media_type: str

    def response(self) -> HttpResponse:
        """Give it as a download."""
        answer = HttpResponse(self.data, content_type=self.media_type)
        answer["Content-Disposition"] = f'attachment; filename="{self.name}"'
        return answer


Do = Callable[[Call], str | Done | Attached]
Show = Callable[[Any], Effect]


@dataclass(frozen=True, slots=True)
class Act:
    """
    One act on a record, or on a list when it makes a new one.

    ``demands`` is the act of the role table that lets somebody see the button, or several of
    which one is enough, divided by ``|``; the operation itself demands it again. ``effect`` tells
    in numbers what will happen. ``is_open`` says whether the record's state allows it now. ``do``
    calls the operation and gives the words of success, with the record that it made if that is
    what people look at next, or a file to take away. ``has_step_up`` marks what moves money: who
    does it has shown who they are minutes ago. ``form_of`` makes the form where its choices are
    the record's, ``form_for`` where they depend on who looks as well. Acts of one ``group`` stand
    in a menu of that name; ``button`` is what the last button says where that is not the label.
    """

    name: str
    label: str
    demands: str
    do: Do
    effect: Show = lambda record: ()
    is_open: Callable[[Any], bool] = lambda record: True
    form: type[forms.Form] = NothingToSay
    form_of: Callable[[Any], type[forms.Form]] | None = None
    form_for: Callable[[Any, Visitor], type[forms.Form]] | None = None
    tone: str = "primary"
    has_step_up: bool = False
    warning: str = ""
    group: str = ""
    button: str = ""


def grouped(group: str, *known: Act) -> tuple[Act, ...]:
    """Put acts into the menu of a name."""
    return tuple(replace(act, group=group) for act in known)


def call(record: Any, values: dict[str, Any], by: Person) -> Call:
    """Make a call; this is the entrance, so it asks the clock."""
    return Call(record, values, by, timezone.now())


def form_of(act: Act, record: Any, visitor: Visitor) -> type[forms.Form]:
    """Give the form of an act on a record, for who looks."""
    if act.form_for is not None:
        return act.form_for(record, visitor)
    return act.form_of(record) if act.form_of else act.form


def said(reason: Refused) -> str:
    """
    Give a refusal in words.

    :raises Http404: if it is answered like something that does not exist
    """
    if reason.is_missing:
        raise Http404 from reason
    return str(reason)


def may(visitor: Visitor, act: Act) -> bool:
    """Say whether one of a visitor's roles lets them do an act."""
    return any(held.may(visitor, one) for one in act.demands.split("|"))


def offered(
    visitor: Visitor, known: Iterable[Act], address: Callable[[Act], str]
) -> dict[str, Any]:
    """Give the acts that somebody may do: each by itself, or in the menu of its group."""
    alone: list[tuple[Act, str]] = []
    menus: dict[str, list[tuple[Act, str]]] = {}
    for act in known:
        if may(visitor, act):
            listed = menus.setdefault(act.group, []) if act.group else alone
            listed.append((act, address(act)))
    return {"acts": alone, "menus": menus}


def in_state(*states: str) -> Callable[[Any], bool]:
    """Make the condition that a record's state is one of these, for an act to be open."""
    return lambda record: record.state in states


def named(known: Sequence[Act], name: str) -> Act:
    """Give the act of a name; another name is an address that does not exist."""
    for act in known:
        if act.name == name:
            return act
    raise Http404


def proposed_acts(
    demands: str, put_in_force: Do, withdraw: Do, effect: Show, warning: str
) -> tuple[Act, Act]:
    """Make the two acts of what is proposed: put it in force as approved, or give it up."""
    is_open = in_state("proposed")
    return (
        Act(
            "put-in-force", "Put in force", demands, put_in_force, effect, is_open, warning=warning
        ),
        Act("withdraw", "Withdraw", demands, withdraw, effect, is_open, tone="danger"),
    )
