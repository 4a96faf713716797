"""The console's pages over term sheets signed on paper, and the act that records one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.of_application import OfApplication
from loans.models import PaperAcceptance
from loans.operations import paper_acceptances
from loans.operations.paper_acceptances import Scan, Signature
from loans.operations.paper_ways import LETTER, SHEET, way_of
from loans.rules.institution_states import LetterState, PaperState
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
        offer=call.record,
        signature=Signature(values["signed_by"], values["signed_as"], values["signed_on"]),
        scan=Scan(values["file"].name, values["file"].read()),
        by=call.by,
        at=call.at,
    )
    made = PaperAcceptance.objects.get(number=asked.subject)
    return Done(f"{made} is recorded and waits for a credit checker.", made)


def _offer_effect(offer: Any) -> Effect:
    return (
        ("For", offer.loan.institution),
        ("Loan", offer.loan),
        ("Amount of the loan", money(Money(offer.loan.amount, offer.loan.pool.asset))),
        ("Version", offer.version),
        ("Digest on every page of it", digest(offer.digest)),
        ("Lapses on", day(offer.lapses_on)),
    )


def _is_open(offer: Any) -> bool:
    # Of both kinds of offer the first state has one name.
    is_issued = _state(offer) == LetterState.ISSUED
    return is_issued and not offer.paper_acceptances.filter(state=PaperState.PROPOSED).exists()


def _state(offer: Any) -> str:
    return state_on(offer.state, offer.lapses_on, timezone.now().date())


RECORD_ACT = Act(
    "signed-on-paper",
    "Record a signature on paper",
    "loans.write",
    _propose,
    _offer_effect,
    _is_open,
    form=RecordSignature,
    button="Record it",
    warning="Compare the digest on the signed pages with the one below. A credit checker looks at"
    " the document as well; it counts as accepted only after that.",
)


def _accept(call: Call) -> str:
    paper_acceptances.accept(paper=call.record, by=call.by, at=call.at)
    return f"{call.record.offer} is accepted."


def _withdraw(call: Call) -> str:
    paper_acceptances.withdraw(paper=call.record, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _effect(paper: Any) -> Effect:
    return (
        *_offer_effect(paper.offer),
        ("Signed by", f"{paper.signed_by}, {paper.signed_as}"),
        ("Signed on", day(paper.signed_on)),
        ("Digest of the signed document", digest(paper.document_digest)),
    )


class OfferFilter(SimpleListFilter):
    """Papers by what was signed."""

    title = "what was signed"
    parameter_name = "offer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both kinds."""
        return [(one.name, one.words) for one in (SHEET, LETTER)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what was chosen."""
        chosen = self.value()
        return queryset.filter(**{f"{chosen}__isnull": False}) if chosen else queryset


class PaperAcceptanceAdmin(OfApplication):
    # A letter is about a loan that is drawn: it is closed to nobody who serves that.
    application_path = "sheet__loan__application"
    reads = "loans.read"
    nothing = "Nothing was signed on paper: a term sheet or letter that is issued has the button."
    list_display = (
        "number",
        state_column(),
        column("what was signed", lambda p: link(p.offer), lambda p: p.offer.number),
        column("loan", lambda p: link(p.offer.loan), lambda p: p.offer.loan.number),
        column(
            "institution",
            lambda p: p.offer.loan.institution,
            lambda p: p.offer.loan.institution.number,
        ),
        "signed_by",
        column("signed on", lambda p: day(p.signed_on), lambda p: p.signed_on, order="signed_on"),
        moment_column("proposed_at", "recorded"),
    )
    list_filter = ("state", OfferFilter)
    found_by = (
        "number",
        "sheet__number",
        "letter__number",
        "sheet__loan__number",
        "letter__adjustment__loan__number",
        "document_digest",
    )
    ordering = ("-id",)
    acts = (
        Act(
            "accept",
            "Put into effect",
            "loans.write",
            _accept,
            _effect,
            in_state(PaperState.PROPOSED),
            warning="Passes only when a credit checker approved exactly this. What was signed is"
            " accepted then: the loan may be drawn, or its amendment booked.",
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
        PaperState.ACCEPTED: "nothing: what was signed is accepted by it",
        PaperState.WITHDRAWN: "nothing: it was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "sheet__loan__institution",
            "sheet__loan__pool",
            "letter__adjustment__loan__institution",
            "letter__adjustment__loan__pool",
            "document",
            "proposed_by",
        )

    def note(self, record: Any) -> str:
        state, words = _state(record.offer), way_of(record.offer).words.lower()
        if record.state == PaperState.PROPOSED and state != LetterState.ISSUED:
            return f"Its {words} {record.offer} is {state}: it cannot take effect; withdraw it."
        return ""

    def facts(self, record: Any) -> Sequence[Fact]:
        offer, way = record.offer, way_of(record.offer)
        return (
            (way.words, link(offer)),
            ("Loan", link(offer.loan)),
            ("Institution", link(offer.loan.institution)),
            ("Amount of the loan", money(Money(offer.loan.amount, offer.loan.pool.asset))),
            ("Signed by", record.signed_by),
            ("In which function", record.signed_as),
            ("Signed on", day(record.signed_on)),
            ("Signed document", link(record.document)),
            ("Digest of the signed document", digest(record.document_digest)),
            ("Digest of what was sent", digest(record.sheet_digest)),
            approval_fact(way.approval, record.number, record.effect_digest),
            ("Recorded by", record.proposed_by),
            ("Recorded", moment(record.proposed_at)),
        )
