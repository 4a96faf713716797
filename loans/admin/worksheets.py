"""The console's pages over worksheets, the acts that prepare one, and the credit memo."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.admin.of_application import OfApplication
from loans.models import Application
from loans.operations import memos, underwriting
from loans.operations.underwriting import RECOMMENDATIONS
from loans.queries.underwriting import Found, underwrite
from loans.rules.credit.ratios import RATIOS, Accounts, in_words
from loans.rules.credit.spreads import cents
from loans.rules.exact import Fraction
from loans.rules.loan_to_value import percent
from loans.rules.states import ApplicationState
from together.controls.admin.acts import Act, Attached, Call, Done, Effect, in_state
from together.controls.admin.base import Fact
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    digest,
    link,
    moment,
    moment_column,
    money,
)
from together.ledger.rules.money import Money

PERIODS = 3


class Prepare(forms.Form):
    recommendation = forms.ChoiceField(
        choices=[(one, one) for one in RECOMMENDATIONS],
        help_text="Approve only where the scorecard says so.",
    )
    rationale = forms.CharField(
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who the borrower is, why it borrows, how it repays, what speaks against it."
        " It stands in the credit memo.",
    )


def _prepare(call: Call) -> Done:
    made = underwriting.prepare(
        application=call.record,
        recommendation=call.values["recommendation"],
        rationale=call.values["rationale"],
        by=call.by,
        at=call.at,
    )
    return Done(f"Worksheet {made.number} is version {made.version}.", made)


def _found(application: Application) -> Effect:
    found = underwrite(application, timezone.now())
    return (
        ("By the policy", link(found.policy)),
        ("Accounts", ", ".join(one.number for one in found.spreads) or "none yet"),
        ("Score", f"{found.assessment.score} of {found.assessment.most}"),
        ("Grade", found.assessment.grade.name),
        ("The scorecard says", found.assessment.recommendation),
        ("Why", "; ".join(found.assessment.reasons)),
        ("Expected loss a year", f"{cents(found.loss.cents)} USD"),
    )


PREPARE_ACT = Act(
    "underwrite",
    "Prepare a worksheet",
    "loans.write",
    _prepare,
    _found,
    in_state(ApplicationState.SUBMITTED),
    form=Prepare,
    button="Prepare it",
)


def worksheets_table(application: Application) -> Table:
    """Give the worksheets of an application, the newest first."""
    rows = [
        [link(w), w.version, badge(w.recommendation), w.assessment["score"], moment(w.prepared_at)]
        for w in application.worksheets.order_by("-version")[:10]
    ]
    heads = ["Number", "Version", "Recommends", "Score", "Prepared"]
    return Table(
        "Worksheets", heads, rows, frozenset({1, 3}), empty="None yet: nothing is proposed without."
    )


def ratios_table(application: Application, found: Found) -> Table:
    """Give every ratio of the last periods beside what the applicant stated."""
    known = found.spreads[:PERIODS]
    rows = []
    for ratio in RATIOS:
        newest = found.figures[ratio.name]
        values = [
            in_words(ratio.name, ratio.of(Accounts(one.amounts, one.months), found.added).written)
            for one in known
        ]
        stated = application.figures.get(ratio.name, {}).get("value")
        ok = badge("evidenced", "good") if newest.is_evidenced else badge("not evidenced", "bad")
        rows.append([ratio.title, *values, in_words(ratio.name, stated) or NOTHING, ok])
    heads = ["Ratio", *(f"{one.ends_on:%d %b %Y}" for one in known), "As stated", "Newest"]
    return Table(
        "Ratios, with the loan asked for",
        heads,
        rows if known else [],
        frozenset(range(1, len(heads) - 1)),
        empty="No accounts yet: enter them on the institution's page.",
        more="; ".join(dict.fromkeys(one.why for one in found.figures.values() if one.why)),
    )


def assessed_table(title: str, assessment: dict[str, Any]) -> Table:
    """Give what each factor added to a score."""
    rows = [
        [
            one["title"],
            in_words(one["factor"], one["figure"]) or NOTHING,
            badge("evidenced", "good") if one["evidenced"] else badge("not evidenced", "bad"),
            f"{one['points']} of {one['most']}",
        ]
        for one in assessment.get("contributions", [])
    ]
    heads = ["Factor", "Figure", "Evidence", "Points"]
    more = "; ".join(assessment.get("reasons", []))
    return Table(title, heads, rows, frozenset({1, 3}), more=more)


def limits_table(headrooms: Sequence[dict[str, Any]]) -> Table:
    """Give the limits with their room before and after the loan."""
    rows = []
    for one in headrooms:
        before = one["limit"] - one["used"]
        after = before - one["asked"]
        amounts = [Money(units, one["asset"]) for units in (one["limit"], before, after)]
        kept = badge("kept", "good") if after >= 0 else badge("exceeded", "bad")
        rows.append([one["name"], *map(money, amounts), kept])
    heads = ["Limit", "In all", "Free before", "Free after", ""]
    return Table("Limits", heads, rows, frozenset({1, 2, 3}))


class WorksheetAdmin(OfApplication):
    reads = "loans.read"
    is_confidential = True
    list_display = (
        "number",
        column("application", lambda w: link(w.application), lambda w: w.application.number),
        column("institution", lambda w: w.application.institution, lambda w: str(w.application)),
        "version",
        column("recommends", lambda w: badge(w.recommendation), lambda w: w.recommendation),
        column("score", lambda w: w.assessment["score"], lambda w: w.assessment["score"]),
        column("grade", lambda w: w.assessment["grade"], lambda w: w.assessment["grade"]),
        moment_column("prepared_at", "prepared"),
    )
    list_filter = ("recommendation",)
    found_by = ("number", "application__number")
    ordering = ("-id",)
    acts = (
        Act(
            "memo",
            "Credit memo (PDF)",
            "loans.read",
            lambda call: Attached(
                f"credit-memo-{call.record.number}.pdf",
                memos.credit_memo(worksheet=call.record, by=call.by, at=call.at),
                "application/pdf",
            ),
            lambda record: (
                ("Application", record.application),
                ("Content", "what this page says, as it was prepared"),
            ),
            button="Take it",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("application__institution", "policy", "prepared_by")

    def state_of(self, record: Any) -> str:
        return str(record.recommendation)

    def facts(self, record: Any) -> Sequence[Fact]:
        loss, scored = record.loss, record.assessment
        return (
            ("Application", link(record.application)),
            ("Institution", link(record.application.institution)),
            ("Recommended", record.recommendation),
            ("Version", record.version),
            ("Policy", link(record.policy)),
            ("Accounts", ", ".join(record.spreads) or NOTHING),
            ("Score", f"{scored['score']} of {scored['most']}, grade {scored['grade']}"),
            ("Probability of default", percent(Fraction(loss["pd"]))),
            ("Loss given default", percent(Fraction(loss["lgd"]))),
            ("Expected loss a year", f"{cents(loss['expected_loss_cents'])} USD"),
            ("Prepared by", record.prepared_by),
            ("Prepared", moment(record.prepared_at)),
            ("Digest", digest(record.digest)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        figures = [
            [ratio.title, in_words(ratio.name, one["value"]) or NOTHING, one["why"] or "evidenced"]
            for ratio in RATIOS
            if (one := record.figures.get(ratio.name))
        ]
        return (
            Table("Rationale", ["In the words of who prepared it"], [[record.rationale]]),
            assessed_table("Scorecard", record.assessment),
            limits_table(record.headrooms),
            Table("Ratios", ["Ratio", "Value", "Evidence"], figures, frozenset({1})),
        )
