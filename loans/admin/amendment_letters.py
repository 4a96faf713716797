"""The console's pages over amendment letters: what the borrower is told, and what it answered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from loans.admin.offered import OfferStateFilter, signed_by, state_today
from loans.admin.paper_acceptances import RECORD_ACT
from loans.admin.term_sheets import content_tables
from loans.queries.amendments import needs_borrower
from loans.rules.amendments import LETTER_WORDINGS, wording
from loans.rules.institution_states import LetterState
from loans.rules.term_sheets import LAPSED
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
)


def letters_table(adjustment: Any) -> list[Table]:
    """Give the letters of an adjustment, the newest first; of what needs none no table."""
    if not needs_borrower(adjustment):
        return []
    found = adjustment.letters.select_related("answered_by").prefetch_related("paper_acceptances")
    rows = [
        [
            link(one),
            one.version,
            badge(state_today(one)),
            day(one.lapses_on),
            signed_by(one, one.answered_by),
            moment(one.answered_at) if one.answered_at else NOTHING,
            one.words or NOTHING,
        ]
        for one in found.order_by("-version")[:10]
    ]
    heads = ["Letter", "Version", "State", "Lapses on", "Answered by", "Answered", "In words"]
    empty = "None was issued: it is not booked before its borrower accepts one."
    return [Table("Amendment letters", heads, rows, frozenset({1}), empty=empty)]


class StateFilter(OfferStateFilter):
    """Letters by their state today."""

    states = tuple(LetterState)


class AmendmentLetterAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = "No letter was issued: the page of an approved amendment has the button."
    list_display = (
        "number",
        column("state", lambda x: badge(state_today(x)), state_today),
        column("amendment", lambda x: link(x.adjustment), lambda x: x.adjustment.number),
        column("kind", lambda x: x.adjustment.get_type_display(), lambda x: x.adjustment.type),
        column("loan", lambda x: link(x.loan), lambda x: x.loan.number),
        column("institution", lambda x: x.loan.institution, lambda x: x.loan.institution.number),
        "version",
        column("lapses on", lambda x: day(x.lapses_on), lambda x: x.lapses_on, order="lapses_on"),
        moment_column("issued_at", "issued"),
        moment_column("answered_at", "answered"),
    )
    list_filter = (StateFilter, "adjustment__type")
    acts = (RECORD_ACT,)
    found_by = ("number", "adjustment__number", "adjustment__loan__number", "digest")
    ordering = ("-id",)
    waits_for = {
        LetterState.ISSUED: "its borrower to answer it in the portal, or to sign it on paper",
        LAPSED: "nothing: a loan officer issues another one on the amendment's page",
        LetterState.ACCEPTED: "nothing: its amendment may be booked",
        LetterState.DECLINED: "nothing: its borrower does not agree",
        LetterState.SUPERSEDED: "nothing: a later version took its place",
        LetterState.WITHDRAWN: "nothing: its amendment was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related(
            "adjustment__loan__institution",
            "adjustment__loan__pool",
            "document",
            "issued_by",
            "answered_by",
        )

    def state_of(self, record: Any) -> str:
        return state_today(record)

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.number, record.adjustment.number)

    def note(self, record: Any) -> str:
        known = record.loan.events.count()
        if record.state == LetterState.ISSUED and known != record.adjustment.event_count:
            return (
                f"Loan {record.loan} has changed since: nothing can come of this letter. Withdraw"
                f" {record.adjustment} and propose it anew."
            )
        return ""

    def facts(self, record: Any) -> Sequence[Fact]:
        papers = list(record.paper_acceptances.order_by("-id")[:1])
        return (
            ("Amendment", link(record.adjustment)),
            ("Kind", record.adjustment.get_type_display()),
            ("Loan", link(record.loan)),
            ("Institution", link(record.loan.institution)),
            ("Version", record.version),
            ("Lapses on", day(record.lapses_on)),
            ("Last day to answer", day(record.lapses_on - timedelta(days=1))),
            ("Issued by", record.issued_by),
            ("Issued", moment(record.issued_at)),
            ("PDF as it was sent", link(record.document)),
            ("Digest of the letter", digest(record.digest)),
            ("Digest of what was approved", digest(record.effect_digest)),
            ("Answered by", signed_by(record, record.answered_by)),
            ("Signed on paper", link(papers[0]) if papers else NOTHING),
            ("Answered", moment(record.answered_at) if record.answered_at else NOTHING),
            ("In the words", _words(record)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return content_tables(record.content)


def _words(letter: Any) -> str:
    """Give what a person said who answered a letter."""
    if letter.words:
        return str(letter.words)
    if letter.wording not in LETTER_WORDINGS:
        return NOTHING
    return f"{wording(letter.wording, letter.loan.institution.legal_name)} ({letter.wording})"
