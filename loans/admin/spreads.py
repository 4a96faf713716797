"""The console's pages over accounts of institutions (spreads), and the form that enters them."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.models import Institution, Spread
from loans.operations import spreads
from loans.queries.confidential import open_documents
from loans.queries.underwriting import evidence_for, evidence_in_force, lacking, spreads_of
from loans.rules.credit.spreads import BASES, LINES, SECTIONS, cents, total_assets
from together.controls.admin.acts import Act, Call, Done
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
)
from together.controls.models import Document
from together.controls.queries.held import Visitor
from together.ledger.rules.money import Money, parse

AMOUNT = re.compile(r"-?[0-9]{1,3}(,?[0-9]{3})*(\.[0-9]{1,2})?")
# What shows accounts, on the page of an institution.
DOCUMENTS = (
    ("financials", "financial statements"),
    ("exposure", "evidence of exposure to exchanges"),
)


class CentsField(forms.Field):
    """An amount in whole dollars, kept in cents; left out it is nothing."""

    widget = forms.TextInput

    def __init__(self, *, label: str) -> None:
        super().__init__(label=label, required=False)

    def to_python(self, value: Any) -> int:
        """Read the amount; refused by its value and the rule."""
        text = str(value or "").strip()
        if not text:
            return 0
        if not AMOUNT.fullmatch(text):
            raise ValidationError(f"{text!r} is not an amount such as -1,250.50")
        return parse(text.replace(",", ""), "USD").minor_units

    def prepare_value(self, value: Any) -> Any:
        """Show an amount of cents as it is typed."""
        return cents(value) if isinstance(value, int) else value


class EnterSpread(forms.Form):
    ends_on = forms.DateField(label="Up to", widget=DateInput(), help_text="The balance sheet day.")
    months = forms.IntegerField(
        min_value=1, max_value=18, initial=12, help_text="How many months income and flows are of."
    )
    basis = forms.ChoiceField(choices=BASES, help_text="Who looked at them before us.")


def _evidence_name(section: str) -> str:
    return f"evidence_{section}"


def form_of(
    institution: Institution, visitor: Visitor, *, replaced: Spread | None = None
) -> type[forms.Form]:
    """Make the form: the lines by section, each section with the documents that may show it."""
    known = evidence_for(institution, timezone.now().date(), visitor)
    choices = [
        ("", "nothing: it is flagged"),
        *((d.number, f"{d.number} {d.title}") for d in known),
    ]

    class Enter(EnterSpread):
        is_dense = True

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            if replaced is not None:
                kwargs["initial"] = _initial(replaced)
            super().__init__(*args, **kwargs)
            for section, title in SECTIONS:
                lines = [line for line in LINES if line.section == section]
                for n, line in enumerate(lines):
                    field = CentsField(label=line.title)
                    field.heading = title if n == 0 else ""  # type: ignore[attr-defined]
                    self.fields[line.name] = field
                self.fields[_evidence_name(section)] = forms.ChoiceField(
                    label=f"{title}: shown by",
                    choices=choices,
                    required=False,
                )
            self.fields["note"] = forms.CharField(
                max_length=400,
                required=replaced is not None,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text="Why they are replaced." if replaced else "What is unusual in them.",
            )

    return Enter


def _initial(replaced: Spread) -> dict[str, Any]:
    evidence = {_evidence_name(name): number for name, number in replaced.evidence.items()}
    amounts = {name: replaced.amounts[name] for name in replaced.amounts}
    period = {"ends_on": replaced.ends_on, "months": replaced.months, "basis": replaced.basis}
    return {**amounts, **evidence, **period}


def _enter(call: Call, institution: Institution, replaces: Spread | None) -> Done:
    values = call.values
    made = spreads.enter(
        institution=institution,
        ends_on=values["ends_on"],
        months=values["months"],
        basis=values["basis"],
        amounts={line.name: values[line.name] for line in LINES},
        evidence={section: values[_evidence_name(section)] for section, _ in SECTIONS},
        note=values["note"],
        replaces=replaces,
        by=call.by,
        at=call.at,
    )
    return Done(f"Accounts {made.number} up to {made.ends_on} are entered.", made)


ENTER_ACT = Act(
    "accounts",
    "Enter accounts",
    "loans.write",
    lambda call: _enter(call, call.record, None),
    form_for=form_of,
    warning="Amounts in whole dollars; left empty they are 0. What shows them is filed on the"
    " institution's page first; a section that nothing shows is flagged wherever it counts.",
    button="Enter them",
)


def accounts_table(institution: Institution) -> Table:
    """Give the accounts of an institution, line by line, the newest period first."""
    known = spreads_of(institution)[:4]
    in_force = evidence_in_force(institution, timezone.now().date())
    lacks = [lacking(one, in_force) for one in known]
    rows: list[list[Any]] = [
        ["Months, basis", *(f"{one.months}, {one.get_basis_display()}" for one in known)],
        ["Number", *(link(one) for one in known)],
    ]
    for line in LINES:
        rows.append([line.title, *(cents(one.amounts[line.name]) for one in known)])
    rows.append(["Total assets", *(cents(total_assets(one.amounts)) for one in known)])
    for section, title in SECTIONS:
        shown = [one.evidence.get(section, "") for one in known]
        cells = [
            badge("not evidenced", "bad") if section in lack else number
            for lack, number in zip(lacks, shown, strict=True)
        ]
        rows.append([f"{title}: shown by", *cells])
    heads = ["USD", *(f"{one.ends_on:%d %b %Y}" for one in known)]
    return Table(
        "Accounts",
        heads,
        rows if known else [],
        frozenset(range(1, len(heads))),
        empty="No accounts yet: enter those of the last periods.",
    )


def _plain_total(record: Spread) -> str:
    """Give the total of the assets as plain decimal text, for exports."""
    return str(Money(total_assets(record.amounts), "USD").decimal)


class SpreadAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    is_confidential = True
    list_display = (
        "number",
        column("institution", lambda s: s.institution, lambda s: s.institution.number),
        "ends_on",
        "months",
        "basis",
        column("total assets", lambda s: cents(total_assets(s.amounts)), _plain_total),
        column("replaced by", lambda s: link(_next(s)), lambda s: str(_next(s) or "")),
        moment_column("entered_at", "entered"),
    )
    list_filter = ("basis",)
    found_by = ("number", "institution__number")
    ordering = ("-id",)
    acts = (
        Act(
            "replace",
            "Replace them",
            "loans.write",
            lambda call: _enter(call, call.record.institution, call.record),
            is_open=lambda record: _next(record) is None,
            form_for=lambda record, visitor: form_of(record.institution, visitor, replaced=record),
            warning="What stands here stays to be read; worksheets that rest on it are prepared"
            " anew.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("institution", "entered_by", "replaces", "replaced_by")

    def state_of(self, record: Any) -> str:
        return "replaced" if _next(record) else "current"

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Institution", link(record.institution)),
            ("Up to", day(record.ends_on)),
            ("Months", record.months),
            ("Basis", record.get_basis_display()),
            ("Note", record.note),
            ("Replaces", link(record.replaces)),
            ("Replaced by", link(_next(record))),
            ("Entered by", record.entered_by),
            ("Entered", moment(record.entered_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        in_force = evidence_in_force(record.institution, timezone.now().date())
        lacks, papers = lacking(record, in_force), _papers(record)
        return tuple(_section_table(record, *section, lacks, papers) for section in SECTIONS)


def _papers(record: Spread) -> dict[str, Document]:
    """Give the documents that show accounts; of a confidential application nobody reads a title."""
    numbers = [number for number in record.evidence.values() if number]
    return {one.number: one for one in open_documents(numbers)}


def _section_table(
    record: Spread, section: str, title: str, lacks: dict[str, str], papers: dict[str, Document]
) -> Table:
    rows: list[list[Any]] = [
        [line.title, cents(record.amounts[line.name])] for line in LINES if line.section == section
    ]
    paper = papers.get(record.evidence.get(section, ""))
    shown = link(paper) if paper else record.evidence.get(section, "")
    rows.append(["Shown by", badge("not evidenced", "bad") if section in lacks else shown])
    return Table(title, ["Line", "USD"], rows, frozenset({1}), more=lacks.get(section, ""))


def _next(record: Spread) -> Spread | None:
    return getattr(record, "replaced_by", None)
