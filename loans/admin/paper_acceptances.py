"""The console's pages over term sheets signed on paper, and the act that records one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.of_application import OfApplication
from loans.models import PaperAcceptance
from loans.operations import paper_acceptances
from loans.operations.paper_acceptances import KIND, Scan, Signature
from loans.rules.institution_states import PaperState
from loans.rules.states import TermSheetState
from loans.rules.term_sheets import state_on
from together.controls.admin.acts import Act, Call, Done, Effect, in_state
from together.controls.admin.base import Fact
from together.controls.admin.fields import DateInput, FileInput
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.controls.rules.documents import MOST_BYTES
from together.ledger.rules.money import Money


class RecordSignature(forms.Form):
    file = forms.FileField(
        label="Signed document",
        widget=FileInput,
        help_text=f"A scan as PDF, PNG or JPEG, up to {MOST_BYTES // 2**20} MB.",
    )
    signed_by = forms.CharField(max_length=120, help_text="Who signed, by full name.")
    signed_as = forms.CharField(
        max_length=80, label="In which function", help_text="Such as: chief financial officer."
    )
    signed_on = forms.DateField(
        widget=DateInput(), help_text="The day beside the signature, not before the issue."
    )


def _propose(call: Call) -> Done:
    values = call.values
    asked = paper_acceptances.propose(
        sheet=call.record,
        signature=Signature(values["signed_by"], values["signed_as"], values["signed_on"]),
        scan=Scan(values["file"].name, values["file"].read()),
        by=call.by,
        at=call.at,
    )
    made = PaperAcceptance.objects.get(number=asked.subject)
    return Done(f"{made} is recorded and waits for a credit checker.", made)


def _sheet_effect(sheet: Any) -> Effect:
    return (
        ("For", sheet.loan.institution),
        ("Amount", money(Money(sheet.loan.amount, sheet.loan.pool.asset))),
        ("Version", sheet.version),
        ("Digest of the sheet, on every page", digest(sheet.digest)),
        ("Lapses on", day(sheet.lapses_on)),
    )


def _is_open(sheet: Any) -> bool:
    today = timezone.now().date()
    is_issued = state_on(sheet.state, sheet.lapses_on, today) == TermSheetState.ISSUED
    return is_issued and not sheet.paper_acceptances.filter(state=PaperState.PROPOSED).exists()


RECORD_ACT = Act(
    "signed-on-paper",
    "Record a signature on paper",
    "loans.write",
    _propose,
    _sheet_effect,
    _is_open,
    form=RecordSignature,
    button="Record it",
    warning="Compare the digest on the signed pages with the one below. A credit checker looks at"
    " the document as well; the loan may be drawn only after that.",
)


def _accept(call: Call) -> str:
    paper_acceptances.accept(paper=call.record, by=call.by, at=call.at)
    return f"{call.record.sheet} is accepted. The loan may be drawn."


def _withdraw(call: Call) -> str:
    paper_acceptances.withdraw(paper=call.record, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _effect(paper: Any) -> Effect:
    return (
        *_sheet_effect(paper.sheet),
        ("Signed by", f"{paper.signed_by}, {paper.signed_as}"),
        ("Signed on", day(paper.signed_on)),
        ("Digest of the signed document", digest(paper.document_digest)),
    )


class PaperAcceptanceAdmin(OfApplication):
    application_path = "sheet__loan__application"
    reads = "loans.read"
    nothing = "No term sheet was signed on paper: the page of one that is issued has the button."
    list_display = (
        "number",
        state_column(),
        column("term sheet", lambda p: link(p.sheet), lambda p: p.sheet.number),
        column("loan", lambda p: link(p.sheet.loan), lambda p: p.sheet.loan.number),
        column(
            "institution",
            lambda p: p.sheet.loan.institution,
            lambda p: p.sheet.loan.institution.number,
        ),
        "signed_by",
        column("signed on", lambda p: day(p.signed_on), lambda p: p.signed_on, order="signed_on"),
        moment_column("proposed_at", "recorded"),
    )
    list_filter = ("state",)
    found_by = ("number", "sheet__number", "sheet__loan__number", "document_digest")
    ordering = ("-id",)
    acts = (
        Act(
            "accept",
            "Put into effect",
            "loans.write",
            _accept,
            _effect,
            in_state(PaperState.PROPOSED),
            warning="Passes only when a credit checker approved exactly this. The term sheet is"
            " accepted then, and the loan may be drawn.",
        ),
        Act(
            "withdraw",
            "Withdraw",
            "loans.write",
            _withdraw,
            _effect,
            in_state(PaperState.PROPOSED),
            tone="danger",
        ),
    )
    waits_for = {
        PaperState.PROPOSED: "a credit checker to approve it, then to be put into effect",
        PaperState.ACCEPTED: "nothing: its term sheet is accepted by it",
        PaperState.WITHDRAWN: "nothing: it was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "sheet__loan__institution", "sheet__loan__pool", "document", "proposed_by"
        )

    def note(self, record: Any) -> str:
        is_open = record.state == PaperState.PROPOSED
        today = timezone.now().date()
        state = state_on(record.sheet.state, record.sheet.lapses_on, today)
        if is_open and state != TermSheetState.ISSUED:
            return f"Its term sheet {record.sheet} is {state}: it cannot take effect; withdraw it."
        return ""

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Term sheet", link(record.sheet)),
            ("Loan", link(record.sheet.loan)),
            ("Institution", link(record.sheet.loan.institution)),
            ("Amount", money(Money(record.sheet.loan.amount, record.sheet.loan.pool.asset))),
            ("Signed by", record.signed_by),
            ("In which function", record.signed_as),
            ("Signed on", day(record.signed_on)),
            ("Signed document", link(record.document)),
            ("Digest of the signed document", digest(record.document_digest)),
            ("Digest of the sheet", digest(record.sheet_digest)),
            approval_fact(KIND, record.number, record.effect_digest),
            ("Recorded by", record.proposed_by),
            ("Recorded", moment(record.proposed_at)),
        )
