"""The console's pages over mappings of columns: made by a form that shows what it reads."""

import base64
from collections.abc import Sequence
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from together import Refused
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    Table,
    address_of,
    digest,
    figures,
    link,
    moment,
    moment_column,
)
from together.controls.models import Person
from together.controls.operations.approvals import digest as digest_of
from together.controls.queries import held
from together.treasury.admin.mapping_forms import MappingForm, filled
from together.treasury.formats import mapped_csv
from together.treasury.formats.csv_mapping import Mapping
from together.treasury.formats.parsed import Unreadable, refuse
from together.treasury.models import CashAccount, ColumnMapping
from together.treasury.operations import mappings

SHOWN = 10
LINE_HEADS = ("Row", "Booked", "Type", "Amount", "Balance", "Entry", "Reference", "Counterparty")


def _map_address(account: CashAccount) -> str:
    return reverse("admin:treasury_columnmapping_begin", args=[account.code])


def mappings_of(account: CashAccount) -> Table:
    """Give the newest mappings of an account."""
    rows = [[link(one), one.saved_by, moment(one.saved_at)] for one in mappings.newest(account)]
    make = format_html('<a href="{}">Map the columns of a CSV</a>', _map_address(account))
    empty = format_html("None yet; only the CSV of a bank needs one. {}", make)
    return Table("Column mappings", ["Mapping", "Saved by", "Saved"], rows, empty=empty, more=make)


class ColumnMappingAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = ("__str__", "account", moment_column("saved_at", "saved"), "saved_by")
    list_filter = ("account",)
    ordering = ("-id",)
    found_in = ("name",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account", "saved_by")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (f"mapping:{record.pk}",)

    def begin_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Make a mapping of the account that the address names: look first, then save."""
        account = CashAccount.objects.filter(pk=name).first()
        if account is None:
            raise Http404
        if not held.may(request.user, "treasury.write"):
            raise PermissionDenied("Map the columns: none of your roles lets you do this.")
        if request.method != "POST":
            of = account.mappings.filter(pk=_number(request.GET.get("of", ""))).first()
            return self._form_page(request, account, MappingForm(initial=filled(of) if of else {}))
        form = MappingForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._form_page(request, account, form, status=422)
        return self._look_or_save(request, account, form)

    def _look_or_save(
        self, request: HttpRequest, account: CashAccount, form: MappingForm
    ) -> HttpResponse:
        """Show what the mapping reads of the sample; save it once just that was looked at."""
        sample = form.sample_bytes()
        try:
            mapping = mappings.mapping_for(account, form.told())
            if not sample:
                form.add_error("sample", "A file is needed, to show what the mapping reads of it.")
                return self._form_page(request, account, form, status=422)
            rows = mapped_csv.sample(sample, mapping, SHOWN)
            _demand_asset(rows, account)
        except Unreadable as refusal:
            for fault in refusal.faults:
                form.add_error(_field_of(fault.column, form), str(fault))
            return self._form_page(request, account, form, sample=sample, status=422)
        seen = digest_of(
            {"mapping": mapping.to_json(), "sample": base64.b64encode(sample).decode()}
        )
        if "save" in request.POST and form.cleaned_data["looked_at"] == seen:
            return self._save(request, account, form, mapping)
        return self._form_page(request, account, form, sample=sample, rows=rows, seen=seen)

    def _save(
        self, request: HttpRequest, account: CashAccount, form: MappingForm, mapping: Mapping
    ) -> HttpResponse:
        try:
            saved = mappings.save(
                account=account,
                mapping=mapping,
                by=cast(Person, request.user),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self._form_page(request, account, form, status=409)
        self.message_user(request, f"{saved} is saved; Import a statement offers it now.")
        return redirect(address_of(saved))

    def _form_page(
        self,
        request: HttpRequest,
        account: CashAccount,
        form: MappingForm,
        *,
        sample: bytes = b"",
        rows: Sequence[mapped_csv.Row] = (),
        seen: str = "",
        status: int = 200,
    ) -> HttpResponse:
        if form.is_bound:
            form.keep(sample, seen)
        context = {
            **self.admin_site.each_context(request),
            "title": "Map the columns of a CSV",
            "opts": None,
            "is_headed": True,
            "account": account,
            "back": address_of(account),
            "form": form,
            "table": _shown(rows) if rows else None,
            "has_sample": bool(sample),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "console/mapping.html", context, status=status)

    def facts(self, record: Any) -> Sequence[Fact]:
        document = record.document
        plain: tuple[str, ...] = (
            "delimiter",
            "encoding",
            "dates",
            "decimal_sign",
            "thousands_sign",
            "debit_sign",
        )
        plain += ("balances", "order", "rows_before_header", "has_header", "asset", "servicer")
        said = [(name.replace("_", " "), _said(document[name])) for name in plain]
        return (
            ("Account", link(record.account)),
            ("Name", record.name),
            ("Version", record.version),
            *said,
            ("Next version", _next(record)),
            ("Saved by", record.saved_by),
            ("Saved", moment(record.saved_at)),
            ("Digest", digest(digest_of(document))),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        columns = [
            [name.replace("_", " "), place] for name, place in record.document["columns"].items()
        ]
        types = [[code, type_] for code, type_ in record.document["types"].items()]
        return (
            Table("Columns", ["Field of a line", "Column of the file"], columns),
            Table("Codes of the bank", ["Code", "Type"], types, empty="None: the sign tells."),
        )


def _next(mapping: ColumnMapping) -> SafeString:
    address = f"{_map_address(mapping.account)}?of={mapping.pk}"
    return format_html('<a href="{}">Begin with what this one says</a>', address)


def _said(value: Any) -> Any:
    words = {"\t": "tab", " ": "blank", "": None, True: "yes", False: "no"}
    return words.get(value, value) if isinstance(value, str | bool) else value


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _field_of(column: str, form: MappingForm) -> str | None:
    """Give the field of the form that a fault is about."""
    for name in (column, f"column_{column}"):
        if name in form.fields:
            return name
    return None


def _demand_asset(rows: Sequence[mapped_csv.Row], account: CashAccount) -> None:
    """Refuse a mapping whose lines are of another asset than the account keeps."""
    for row in rows:
        if row.line.asset != account.asset:
            rule = f"is not {account.asset}, which account {account.code} keeps"
            raise refuse(rule, row=row.row, column="asset", value=row.line.asset)


def _shown(rows: Sequence[mapped_csv.Row]) -> Table:
    """Show lines as the mapping reads them."""
    cells = [
        [
            one.row,
            one.line.booked_at.date(),
            one.line.type,
            f"{figures(one.line.amount)} {one.line.asset}",
        ]
        + [
            one.balance and figures(one.balance),
            one.line.entry_id or "by its content",
            one.line.reference,
        ]
        + [one.line.counterparty]
        for one in rows
    ]
    return Table("Read with this mapping", LINE_HEADS, cells, frozenset({0, 3, 4}))
