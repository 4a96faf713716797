"""The base of every console page: read only, filtered, exported, acted on by explicit buttons."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from together import Refused
from together.controls.admin import acts, export, searching, trail
from together.controls.admin.acts import Act, Attached
from together.controls.admin.showing import NOTHING, Table, address_of, badge
from together.controls.models import Person
from together.controls.operations import access
from together.controls.queries import held

Fact = tuple[str, Any]
Route = tuple[str, Callable[..., HttpResponse], str]


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """
    A list and a page for each record; nothing is added, changed or deleted by a form.

    ``reads`` is the act of the role table that lets somebody see it; ``waits_for`` says of each
    state what a record in it waits for; ``found_by`` are the indexed columns that search compares
    whole, ``found_in`` those of small tables that it looks into. Who looks at a record that
    ``is_confidential`` is written down. ``nothing`` is what an empty list says;
    ``tones`` names states whose badge has another tone than that word has elsewhere, ``works_in``
    those in which a worker is at a record: its page comes again by itself meanwhile.
    """

    reads: ClassVar[str]
    also_reads: ClassVar[str] = ""
    is_confidential: ClassVar[bool] = False
    tones: ClassVar[Mapping[str, str]] = {}
    works_in: ClassVar[Collection[str]] = ()
    nothing: ClassVar[str] = "No record has been made yet."
    waits_for: ClassVar[Mapping[str, str]] = {}
    acts: ClassVar[tuple[Act, ...]] = ()
    list_acts: ClassVar[tuple[Act, ...]] = ()
    found_by: ClassVar[tuple[str, ...]] = ()
    found_in: ClassVar[tuple[str, ...]] = ()
    actions = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    list_filter_sheet = False
    list_before_template = "console/list_tools.html"
    list_disable_select_all = True
    empty_value_display = NOTHING

    # --- what each page of an app says of its records ---------------------------------------
    def facts(self, record: Any) -> Sequence[Fact]:
        """Give the facts at the head of a record's page."""
        return ()

    def tables(self, record: Any) -> Sequence[Table]:
        """Give the tables below the facts."""
        return ()

    def chart(self, record: Any) -> dict[str, Any] | None:
        """Give the chart of a record as the script that draws it reads it, or nothing."""
        return None

    def names_in_trail(self, record: Any) -> Sequence[str]:
        """Give the subjects under which acts on the record are written down."""
        return (str(record),)

    def title_of(self, record: Any) -> str:
        """Give the name of a record, as its page is headed."""
        return str(record)

    def state_of(self, record: Any) -> str:
        """Give the state of a record, or nothing where it has none."""
        return str(getattr(record, "state", ""))

    def note(self, record: Any) -> str:
        """Give a sentence to read before anything else."""
        return ""

    # --- who may ------------------------------------------------------------------------------
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask the roles."""
        return held.may(request.user, self.reads) or held.may(request.user, self.also_reads)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask the roles."""
        return self.has_view_permission(request)

    def _refuse(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: records are made and changed by operations, and nothing is deleted."""
        return False

    has_add_permission = has_change_permission = has_delete_permission = _refuse

    # --- lists --------------------------------------------------------------------------------
    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """Tell the theme whether there is a search box."""
        return self.found_by + self.found_in

    @property
    def search_help_text(self) -> str:
        """Say what is searched."""
        names = [name.split("__")[0].replace("_", " ") for name in self.found_by + self.found_in]
        return f"Search {', '.join(dict.fromkeys(names))}"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Compare indexed columns whole; look into the columns of small tables."""
        return searching.found(queryset, search_term, self.found_by, self.found_in), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, with its export and the acts that make a new record."""
        self._demand_read(request)
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        tools = {
            "export_url": f"{self.address('export')}{query}",
            **acts.offered(
                request.user, self.list_acts, lambda act: self.address("begin", act.name)
            ),
        }
        answer: HttpResponse = super().changelist_view(request, {**tools, **(extra_context or {})})
        return answer

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Give the list as filtered, whole, as CSV."""
        self._demand_read(request)
        return cast(HttpResponse, export.answer(self, request))

    # --- one record ---------------------------------------------------------------------------
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one record: facts, tables, what may be done, its trail and history."""
        self._demand_read(request)
        record = self._record(request, object_id)
        if self.is_confidential:
            access.look(subject=str(record), by=cast(Person, request.user), at=timezone.now())
        return self._page(request, record)

    def begin_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Make a new record by an act."""
        return self._act(request, None, acts.named(self.list_acts, name))

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Do an act on a record, after its effect was shown."""
        self._demand_read(request)
        return self._act(request, self._record(request, object_id), acts.named(self.acts, name))

    def more_views(self) -> Sequence[Route]:
        """Give what a page has besides: address, view and name of each."""
        return ()

    def get_urls(self) -> list[URLPattern]:
        """Give the addresses: list, export, begin, record, act, and those of ``more_views``."""
        views: tuple[Route, ...] = (
            *self.more_views(),
            ("", self.changelist_view, "changelist"),
            ("export.csv", self.export_view, "export"),
            ("new/<slug:name>/", self.begin_view, "begin"),
            ("<path:object_id>/act/<slug:name>/", self.act_view, "act"),
            ("<path:object_id>/change/", self.change_view, "change"),
        )
        return [
            path(route, self._entrance(view), name=f"{self._stem}_{name}")
            for route, view, name in views
        ]

    def address(self, view: str, *arguments: Any) -> str:
        """Give the address of one of this page's views."""
        return reverse(f"admin:{self._stem}_{view}", args=arguments)

    # --- inside ---------------------------------------------------------------------------------
    @property
    def _stem(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _entrance(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def entrance(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, *args, **kwargs)

        entrance.model_admin = self  # type: ignore[attr-defined]
        guarded: Callable[..., HttpResponse] = self.admin_site.admin_view(entrance)
        words = " or ".join(filter(None, (self.reads, self.also_reads)))
        guarded.who = f"console: {words}"  # type: ignore[attr-defined]
        return guarded

    def _demand_read(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            names = self.opts.verbose_name_plural
            raise PermissionDenied(f"None of your roles lets you see {names}.")

    def _record(self, request: HttpRequest, object_id: str) -> Any:
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        return record

    def _page(self, request: HttpRequest, record: Any) -> HttpResponse:
        state = self.state_of(record)
        context = {
            **self._frame(request, state),
            "title": self.title_of(record),
            "model_name": self.opts.verbose_name,
            "waits_for": self.waits_for.get(state, ""),
            "note": self.note(record),
            "facts": self.facts(record),
            "chart": self.chart(record),
            "tables": self.tables(record),
            "trails": [
                trail.acts_table(self.names_in_trail(record)),
                *filter(None, [trail.history_table(record)]),
            ],
            **self._offered(request, record),
        }
        request.current_app = self.admin_site.name
        headers = {"Refresh": "5"} if state in self.works_in else None
        return TemplateResponse(request, "console/record.html", context, headers=headers)

    def _frame(self, request: HttpRequest, state: str) -> dict[str, Any]:
        """Give what stands around a record in a state, and around an act on it."""
        return {
            **self.admin_site.each_context(request),
            "state": badge(state, self.tones.get(state, "")) if state else "",
            "opts": None,
            "is_headed": True,
            "list_name": self.opts.verbose_name_plural,
            "list_url": self.address("changelist"),
        }

    def _offered(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        known = [act for act in self.acts if act.is_open(record)]
        return acts.offered(
            request.user, known, lambda act: self.address("act", record.pk, act.name)
        )

    def _act(self, request: HttpRequest, record: Any, act: Act) -> HttpResponse:
        if not acts.may(request.user, act):
            raise PermissionDenied(f"{act.label}: none of your roles lets you do this.")
        if act.has_step_up and settings.MFA_REQUIRED:
            again = reauthentication_required(lambda r: self._confirm(r, record, act))
            return cast(HttpResponse, again(request))
        return self._confirm(request, record, act)

    def _confirm(self, request: HttpRequest, record: Any, act: Act) -> HttpResponse:
        """Show the effect; on a second look, do it and say what was done, or why not."""
        is_sent = request.method == "POST"
        make = acts.form_of(act, record, request.user)
        form = make(request.POST, request.FILES) if is_sent else make()
        back = self.address("change", record.pk) if record else self.address("changelist")
        refusal, status = "", 200
        if is_sent and form.is_valid():
            try:
                done = act.do(acts.call(record, form.cleaned_data, cast(Person, request.user)))
            except Refused as reason:
                refusal, status = acts.said(reason), 409
            except ValidationError as error:
                form.add_error(None, ValidationError(error.messages))
            else:
                if isinstance(done, Attached):
                    return done.response()
                messages.success(request, done if isinstance(done, str) else done.words)
                return redirect(back if isinstance(done, str) else address_of(done.record))
        if form.errors:
            status = 422
        context = {
            **self._frame(request, self.state_of(record) if record else ""),
            "title": act.label,
            "act": act,
            "record": self.title_of(record) if record else "",
            "effect": act.effect(record),
            "form": form,
            "refusal": refusal,
            "back": back,
        }
        return TemplateResponse(request, "console/act.html", context, status=status)
