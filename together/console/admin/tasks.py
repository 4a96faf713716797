"""The page of my tasks: what waits for who is signed in, the most urgent first, and its count."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from together.console.admin.approval_subjects import words_of
from together.console.queries.tasks.found import Task
from together.console.queries.tasks.mine import kept, tasks_of
from together.console.rules.tasks import BY_CODE, Kind, kinds_for, left
from together.controls.admin.showing import badge, moment
from together.controls.models import Person
from together.controls.queries import held

PAGE = 50
ON_DASHBOARD = 10
DECISIONS = ("approval", "approval.money")
OUTCOMES = ("request.approved", "request.declined")


def summary(person: Person, now: datetime) -> dict[str, Any]:
    """Give what the dashboard says of somebody's tasks: how many, how many overdue, the first."""
    found = tasks_of(person, now)
    return {
        "task_count": len(found),
        "overdue_count": sum(1 for one in found if one.is_overdue(now)),
        "waiting": [_shown(one, now) for one in found[:ON_DASHBOARD]],
    }


def count_view(request: HttpRequest) -> HttpResponse:
    """Give the count of tasks for the navigation, red where one of them is overdue."""
    now = timezone.now()
    found = tasks_of(cast(Person, request.user), now)
    late = any(one.is_overdue(now) for one in found)
    return HttpResponse(badge(f"{len(found):,}", "bad" if late else "plain") if found else "")


def list_view(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Show somebody's tasks: filtered, searched, by the page."""
    now, user = timezone.now(), cast(Person, request.user)
    found = tasks_of(user, now)
    kinds = kinds_for(held.codes_of(user))
    form = _form(kinds, request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    listed = kept(
        found, now, kind=said.get("kind", ""), is_overdue=bool(said.get("overdue", False))
    )
    listed = _searched(listed, said.get("q", ""))
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    query = urlencode({name: value for name, value in said.items() if value})
    request.current_app = site.name
    context = {
        **site.each_context(request),
        "title": "My tasks",
        "opts": None,
        "is_headed": True,
        "form": form,
        "count": len(found),
        "overdue": sum(1 for one in found if one.is_overdue(now)),
        "tasks": [_shown(one, now) for one in page.object_list],
        "page": page,
        "query": f"{query}&" if query else "",
        "is_filtered": bool(query),
    }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "console/tasks.html", context, status=status)


def _form(kinds: Iterable[Kind], values: Any) -> forms.Form:
    choices = [("", "All"), *((kind.code, kind.title) for kind in kinds)]
    fields: dict[str, forms.Field] = {
        "kind": forms.ChoiceField(
            choices=choices, required=False, error_messages={"invalid_choice": "%(value)s is none"}
        ),
        "overdue": forms.ChoiceField(
            choices=[("", "All"), ("1", "Overdue only")], required=False, label="Time"
        ),
        "q": forms.CharField(
            required=False, label="Search", max_length=80, help_text="Number, name or institution"
        ),
    }
    form = forms.Form(data={name: values.get(name, "") for name in fields})
    form.fields.update(fields)
    return form


def _searched(tasks: list[Task], text: str) -> list[Task]:
    wanted = text.strip().casefold()
    return [one for one in tasks if wanted in f"{one.name} {one.whose}".casefold()]


def _shown(task: Task, now: datetime) -> dict[str, Any]:
    # Of a request its kind is what is told in words.
    is_request = task.kind in (*DECISIONS, *OUTCOMES)
    kind = BY_CODE[task.kind].title
    return {
        "what": kind,
        "name": task.name,
        "whose": words_of(task.whose) if is_request else task.whose,
        "since": moment(task.since),
        "due": _due(task, now),
        "due_at": moment(task.due_at),
        "url": _address(task),
    }


def _due(task: Task, now: datetime) -> SafeString:
    return badge(left(task.due_at, now), "bad" if task.is_overdue(now) else "plain")


def _address(task: Task) -> str:
    if not task.key:
        return reverse(f"admin:{task.to}_changelist")
    return reverse(f"admin:{task.to}_change", args=[task.key])
