"""Tasks of lending: applications by stage, conditions, offers, calls, fixings, receipts."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from loans.models import AmendmentLetter, Loan
from loans.queries import (
    amendments,
    collateral_requests,
    fixings,
    information,
    margin_calls,
    receipts,
    stages,
)
from loans.queries.stages import UnderWay
from together.console.queries.tasks.found import For, Task
from together.console.rules.tasks import OF_STAGE, due, morning
from together.ledger.rules.money import Money

# From so many days before it lapses an offer that nobody accepted is somebody's task.
LAPSING_DAYS = 5
# Stages whose work stands with a request, or with a condition, already.
ELSEWHERE = ("proposed", "drawdown", "conditions")


def of_stages(asked: For) -> Iterator[Task]:
    """Give the applications and loans whose stage is a kind of work; three queries."""
    if not asked.kinds & set(OF_STAGE.values()):
        return
    for one in stages.under_way(asked.now.date(), seen_by=asked.person):
        kind = OF_STAGE.get(one.stage.code, "")
        if kind in asked.kinds and one.stage.code not in ELSEWHERE:
            yield _of_stage(one, kind)


def _of_stage(one: UnderWay, kind: str) -> Task:
    application, loan = one.application, one.loan
    name, to, key = application.number, "loans_application", application.pk
    if loan is not None and kind == "payment.release" and loan.disbursement is not None:
        name, to, key = loan.disbursement.number, "treasury_disbursement", loan.disbursement.pk
    elif loan is not None:
        name, to, key = loan.number, "loans_loan", loan.pk
    return Task(
        kind=kind,
        name=f"{name}: {one.amount}",
        whose=application.institution.legal_name,
        since=one.stage.since,
        due_at=due(kind, one.stage.since),
        to=to,
        key=str(key),
    )


def of_information(asked: For) -> Iterator[Task]:
    """Give the questions that an institution did not answer in time; one query."""
    if "application.information" not in asked.kinds:
        return
    for one in information.overdue(asked.now.date(), asked.person):
        since = morning(one.due_on + timedelta(days=1), asked.now)
        yield Task(
            kind="application.information",
            name=f"{one.number} of {one.application.number}: not answered",
            whose=one.application.institution.legal_name,
            since=since,
            due_at=since,
            to="loans_informationrequest",
            key=str(one.pk),
        )


def of_collateral_requests(asked: For) -> Iterator[Task]:
    """Give what institutions announced or ask for about their collateral; one query."""
    if "collateral.request" not in asked.kinds:
        return
    for one in collateral_requests.waiting(asked.person):
        yield Task(
            kind="collateral.request",
            name=f"{one.number} of {one.application.number}: {one.get_kind_display().lower()}",
            whose=one.application.institution.legal_name,
            since=one.asked_at,
            due_at=due("collateral.request", one.asked_at),
            to="loans_collateralrequest",
            key=str(one.pk),
        )


def of_conditions(asked: For) -> Iterator[Task]:
    """Give the open conditions of what is under way; one query."""
    if "condition.open" not in asked.kinds:
        return
    for one in stages.open_conditions(asked.person):
        since = one.application.proposed_at or one.added_at
        yield Task(
            kind="condition.open",
            name=f"{one.number}: {one.text}",
            whose=one.application.institution.legal_name,
            since=since,
            due_at=due("condition.open", since),
            to="loans_condition",
            key=str(one.pk),
        )


def of_offers(asked: For) -> Iterator[Task]:
    """Give the term sheets that nobody accepted and that lapse soon; one query."""
    if "loan.term_sheet.lapsing" not in asked.kinds:
        return
    today = asked.now.date()
    soon = today + timedelta(days=LAPSING_DAYS)
    for one in stages.lapsing(today, asked.person).filter(lapses_on__gt=today, lapses_on__lte=soon):
        yield Task(
            kind="loan.term_sheet.lapsing",
            name=f"{one.number} of {one.loan.number}",
            whose=one.loan.institution.legal_name,
            since=one.issued_at,
            due_at=morning(one.lapses_on, asked.now),
            to="loans_termsheet",
            key=str(one.pk),
        )


def of_letters(asked: For) -> Iterator[Task]:
    """Give the amendment letters that lapse soon or did, and those declined; two queries."""
    soon = asked.now.date() + timedelta(days=LAPSING_DAYS)
    if "loan.amendment.lapsing" in asked.kinds:
        for one in amendments.waiting().filter(lapses_on__lte=soon):
            yield _of_letter(
                one, "loan.amendment.lapsing", one.issued_at, morning(one.lapses_on, asked.now)
            )
    if "loan.amendment.declined" in asked.kinds:
        for one in amendments.declined():
            since = one.answered_at or one.issued_at
            yield _of_letter(
                one, "loan.amendment.declined", since, due("loan.amendment.declined", since)
            )


def _of_letter(one: AmendmentLetter, kind: str, since: datetime, due_at: datetime) -> Task:
    return Task(
        kind=kind,
        name=f"{one.number} of {one.loan.number}",
        whose=one.loan.institution.legal_name,
        since=since,
        due_at=due_at,
        to="loans_adjustment",
        key=str(one.adjustment_id),
    )


def of_margin_calls(asked: For) -> Iterator[Task]:
    """Give the margin calls that are not met; one query."""
    if "margin_call.open" not in asked.kinds:
        return
    for one in margin_calls.live().select_related("loan__institution"):
        yield Task(
            kind="margin_call.open",
            name=f"{one.number} of {one.loan.number}",
            whose=one.loan.institution.legal_name,
            since=one.opened_at,
            due_at=one.due_at,
            to="loans_margincall",
            key=str(one.pk),
        )


def of_receipts(asked: For) -> Iterator[Task]:
    """Give the receipts that no loan has, each with the loan that it names; two queries."""
    if "receipt.waiting" not in asked.kinds:
        return
    rows = list(receipts.unallocated_of(Loan.objects.values("pool_id")))
    named = {one.pk: receipts.loan_number(one.reference) for one in rows}
    known = dict(
        Loan.objects.filter(number__in=set(named.values()) - {None}).values_list("number", "pk")
    )
    for one in rows:
        yield Task(
            kind="receipt.waiting",
            name=f"{one.entry_id}: {Money(one.amount, one.account.asset)}",
            whose=one.counterparty or one.reference or "nobody named",
            since=one.booked_at,
            due_at=due("receipt.waiting", one.booked_at),
            # Where it names no loan, the officer looks for the one that it is for.
            to="loans_loan",
            key=str(known.get(named[one.pk] or "", "")),
        )


def of_fixings(asked: For) -> Iterator[Task]:
    """Give the loans that wait for a fixing, or follow one that was corrected; three queries."""
    if "loan.fixing" not in asked.kinds:
        return
    for one in fixings.waiting(on=asked.now.date() - timedelta(days=1)):
        since = morning(one.day + timedelta(days=1), asked.now)
        yield Task(
            kind="loan.fixing",
            name=f"{one.loan.number}: {one.why}",
            whose=one.loan.institution.legal_name,
            since=since,
            due_at=due("loan.fixing", since),
            to="loans_loan",
            key=str(one.loan.pk),
        )
