"""The working list of applications by stage: where each stands, whose turn it is, until when."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from loans.queries.stages import UnderWay, under_way
from loans.rules.stages import NAMES, STAGES
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.shared import by_asset
from together.console.rules.tasks import OF_STAGE, due, morning
from together.controls.formats.reports import Column, Lead, Report, Row
from together.controls.rules.roles import BY_CODE

PARAMETERS = ("through", "pool", "stage")
ORDER = {code: n for n, (code, _) in enumerate(STAGES)}


def by_stage(asked: Asked) -> Report:
    """Give the applications that are under way by their stages, the longest waiting first."""
    evening = datetime.combine(asked.through + timedelta(days=1), time(), tzinfo=UTC)
    found = [
        one for one in under_way(asked.through, asked.pool) if asked.stage in ("", one.stage.code)
    ]
    found.sort(key=lambda one: (ORDER[one.stage.code], one.stage.since, one.application.number))
    rows: list[Row] = []
    for code, name in STAGES:
        mine = [one for one in found if one.stage.code == code]
        told = [one for one in mine if not one.is_confidential]
        for n, (asset, amount) in enumerate(by_asset(one.amount for one in told).items()):
            count = len([one for one in told if one.amount.asset == asset])
            title = name if n == 0 else ""
            rows.append(
                Row((title, "", "", count, asset, amount, "", None, None, None, ""), "subtotal")
            )
        rows += [_hidden(one) if one.is_confidential else _row(one, evening) for one in mine]
    return Report(
        name="applications-by-stage",
        title="Applications by stage",
        question="Where does each application stand, whose turn is it, and until when?",
        through=asked.through,
        parameters=asked.words(PARAMETERS),
        columns=(
            *(Column("Stage"), Column("Application"), Column("Institution")),
            *(Column("Applications", "number"), Column("Asset"), Column("Amount", "money")),
            *(Column("Turn of"), Column("Since", "date"), Column("Due", "date")),
            *(Column("Days overdue", "number"), Column("Who entered it")),
        ),
        rows=rows,
        totals=_sums([one for one in found if not one.is_confidential]),
        notes=(
            "As it is known now; stages and days are those of the day asked for.",
            "What is confidential stands by its number only, and in no sum.",
        ),
        source="Applications that are neither declined nor withdrawn, and undrawn loans.",
        empty="No application is under way.",
    )


def _row(one: UnderWay, evening: datetime) -> Row:
    due_at = deadline(one)
    late = max((evening - due_at).days, 0)
    record = one.loan or one.application
    to = "loans_loan" if one.loan else "loans_application"
    cells = (
        *(NAMES[one.stage.code], str(record), one.application.institution.legal_name, None),
        *(one.amount.asset, one.amount, BY_CODE[one.stage.role].name),
        *(one.stage.since.date(), due_at.date(), late or None, str(one.application.submitted_by)),
    )
    return Row(cells, leads={1: Lead(to, (("pk", str(record.pk)),))})


def _hidden(one: UnderWay) -> Row:
    """Tell that there is a confidential application, and its stage; the same to everybody."""
    cells = (NAMES[one.stage.code], one.application.number, "confidential", None, "", None)
    turn = BY_CODE[one.stage.role].name
    return Row((*cells, turn, one.stage.since.date(), None, None, ""))


def deadline(one: UnderWay) -> datetime:
    """Give the moment up to which a stage may take: the offer's own, or that of its work."""
    if one.stage.lapses_on is not None:
        return morning(one.stage.lapses_on, one.stage.since)
    return due(OF_STAGE[one.stage.code], one.stage.since)


def _sums(found: Sequence[UnderWay]) -> list[Row]:
    rows = []
    for asset, amount in by_asset(one.amount for one in found).items():
        count = sum(1 for one in found if one.amount.asset == asset)
        cells = ("Sum", "", "", count, asset, amount, "", None, None, None, "")
        rows.append(Row(cells))
    return rows
