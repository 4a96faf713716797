"""Covenant tests: the monitor opens them and lets them run out; a waiver needs four eyes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import transaction

from loans.models import CovenantTest, Institution, Loan
from loans.operations.allowed import demand_any
from loans.queries import covenant_tests as queries
from loans.queries.covenant_tests import Missing
from loans.rules.covenant_tests import RUNNING, WAIVABLE, figure_in_words, run_out
from loans.rules.covenants import words
from loans.rules.states import COVENANT_TEST_MOVES, CovenantTestState, LoanState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.approvals import NotApproved
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import in_cents

log = structlog.get_logger(__name__)
KIND = "covenant.waiver"
STATE = CovenantTestState


class BadWaiver(Refused):
    """Raised when a waiver cannot be asked for so; says which field, its value and the rule."""


class CovenantsBroken(Refused):
    """Raised when money is asked for by a borrower that breaks a covenant; says each that is."""


@dataclass(slots=True)
class Watched:
    """
    What the monitor did: tests opened, overdue and defaulted.

    ``unexamined`` are tests whose day is over and whose certificate nobody looked at; ``parked``
    says of each loan or test that failed why.
    """

    opened: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    defaulted: list[str] = field(default_factory=list)
    unexamined: list[str] = field(default_factory=list)
    parked: dict[str, str] = field(default_factory=dict)


def watch(*, at: datetime) -> Watched:
    """
    Open the tests of every period that ended, and let run out what nobody certified or cured.

    What is to be done is found by as many queries for many loans as for one; each loan, and each
    test, is a transaction of its own that decides anew. Run twice it does nothing, stopped it goes
    on, and what fails is named and stops nobody else.
    """
    found, on = Watched(), at.date()
    for loan in dict.fromkeys(one.covenant.application.loan for one in queries.missing(on)):
        _parking(found, loan.number, partial(_open, loan, at, found))
    for test in queries.ran_out(on):
        _parking(found, test.number, partial(_run_out, test, at, found))
    found.unexamined = [one.number for one in queries.unexamined(on)]
    return found


def _parking(found: Watched, number: str, do: Callable[[], None]) -> None:
    try:
        do()
    except Exception as error:
        log.exception("covenant_test.parked", subject=number)
        found.parked[number] = f"{type(error).__name__}: {error}"


@transaction.atomic(durable=True)
def _open(loan: Loan, at: datetime, found: Watched) -> None:
    """Open what a loan misses; another monitor that is at it is waited for."""
    Loan.objects.select_for_update(of=("self",)).get(pk=loan.pk)
    active = Loan.objects.filter(pk=loan.pk, state=LoanState.ACTIVE)
    opened = [_opened(one, loan, at).number for one in queries.missing(at.date(), active)]
    found.opened.extend(opened)


def _opened(missing: Missing, loan: Loan, at: datetime) -> CovenantTest:
    made = CovenantTest.objects.create(
        number=next_number(CovenantTest, "CVT"),
        covenant=missing.covenant,
        loan=loan,
        period_ends_on=missing.ends_on,
        due_on=missing.due_on,
        since_at=at,
        opened_at=at,
    )
    _record(made, "opened", None, at, due_on=made.due_on.isoformat())
    return made


@transaction.atomic(durable=True)
def _run_out(test: CovenantTest, at: datetime, found: Watched) -> None:
    test = locked(test)
    before = test.state
    catch_up(test, at)
    if before != test.state:
        told = found.overdue if test.state == STATE.OVERDUE else found.defaulted
        told.append(test.number)


def catch_up(test: CovenantTest, at: datetime) -> None:
    """
    Let a locked test run out by what is true at a moment; part of an operation.

    So what is decided about it does not hang on whether the monitor came by in time.
    """
    while test.state in RUNNING and queries.ran_out(at.date()).filter(pk=test.pk).exists():
        move(test, run_out(STATE(test.state)), at)


def move(
    test: CovenantTest,
    state: CovenantTestState,
    at: datetime,
    by: Person | None = None,
    **details: Any,
) -> None:
    """
    Bring a locked test into a state; part of an operation. Its cure period begins only once.

    :raises NotPossibleNow: if its table has no such move
    """
    before = STATE(test.state)
    test.state = lifecycle.move(COVENANT_TEST_MOVES, before, state, what=f"test {test.number}")
    test.cure_until, test.since_at = _cure_until(test, before, state, at.date()), at
    fields = ["state", "cure_until", "since_at", "waiver_digest", "waived_for"]
    test.save(update_fields=fields)
    _record(test, state.value, by, at, before=before.value, **details)


def _cure_until(
    test: CovenantTest, before: CovenantTestState, state: CovenantTestState, on: date
) -> date | None:
    """Give the last day of the cure period: late papers do not buy another one."""
    days = timedelta(days=test.covenant.cure_days)
    if state == STATE.OVERDUE:
        return test.due_on + days
    if state == STATE.BREACHED and before != STATE.OVERDUE:
        return on + days
    return test.cure_until


@transaction.atomic(durable=True)
def propose_waiver(*, test: CovenantTest, reason: str, by: Person, at: datetime) -> Approval:
    """
    Ask to let a period of a covenant go that was broken, or not certified.

    :raises BadWaiver: if no reason is given
    :raises NotPossibleNow: if nothing is broken, or its loan lives no more
    """
    people.demand(by, "loans.write")
    test = locked(test)
    catch_up(test, at)
    _demand_waivable(test)
    if not reason.strip() or len(reason) > 400:
        raise BadWaiver("reason: must be given, in up to 400 letters")
    return approvals.request(
        kind=KIND,
        subject=test.number,
        effect=effect(test, reason.strip()),
        amount_cents=in_cents(test.loan.amount, test.loan.pool.asset),
        by=by,
        at=at,
    )


def effect(test: CovenantTest, reason: str) -> dict[str, Any]:
    """Give what an approval binds: the test as it stands, its last figure, and why it is let go."""
    covenant, seen = test.covenant, queries.tests().get(pk=test.pk)
    kept = words(
        covenant.kind, covenant.ratio, covenant.bound, covenant.text, is_least=covenant.is_least
    )
    return {
        "number": test.number,
        "loan": test.loan.number,
        "covenant": covenant.number,
        "kept": kept,
        "period_ends_on": test.period_ends_on.isoformat(),
        "state": str(test.state),
        "figure": figure_in_words(covenant.ratio, seen.last_figure or ""),
        "reason": reason,
    }


@transaction.atomic(durable=True)
def waive(*, test: CovenantTest, by: Person, at: datetime) -> None:
    """
    Give an approved waiver effect: nothing of this period stands against the borrower.

    :raises NotApproved: if no waiver of the test as it stands was approved
    :raises NotPossibleNow: if nothing is broken, or its loan lives no more
    """
    demand_any(by, "loans.write", "loans.approve")
    test = locked(test)
    catch_up(test, at)
    _demand_waivable(test)
    asked = approved(test)
    if asked is None:
        raise NotApproved(f"{KIND} {test.number}: no waiver of it as it stands was approved")
    test.waiver_digest, test.waived_for = approvals.digest(asked), asked["reason"]
    move(test, STATE.WAIVED, at, by, reason=asked["reason"])


def approved(test: CovenantTest) -> dict[str, Any] | None:
    """Give the newest approved waiver of a test as it stands now, as its effect, or None."""
    for request in Approval.objects.filter(kind=KIND, subject=test.number).order_by("-id"):
        asked: dict[str, Any] = json.loads(request.effect_text)
        is_of_now = asked == effect(test, asked["reason"])
        if is_of_now and approvals.is_approved(kind=KIND, subject=test.number, effect=asked):
            return asked
    return None


def _demand_waivable(test: CovenantTest) -> None:
    if test.state not in WAIVABLE or test.loan.state not in queries.LIVING:
        told = f"test {test.number} is {test.state}, its loan {test.loan.state}"
        raise lifecycle.NotPossibleNow(f"{told}: there is nothing to waive")


def demand(institution: Institution, on: date) -> None:
    """
    Let money go out only to a borrower that keeps its covenants, as they stand on a day.

    :raises CovenantsBroken: if a breach is neither cured nor waived, or a certificate is overdue
    """
    found = queries.against(institution, on)
    if found:
        told = "; ".join(found)
        raise CovenantsBroken(f"{institution.legal_name} draws nothing more: {told}")


def locked(test: CovenantTest) -> CovenantTest:
    """Lock a test, as part of an operation."""
    found = CovenantTest.objects.select_for_update(of=("self",))
    return found.select_related("covenant", "loan__institution", "loan__pool").get(pk=test.pk)


def _record(test: CovenantTest, what: str, by: Person | None, at: datetime, **details: Any) -> None:
    said = {
        "loan": test.loan.number,
        "covenant": test.covenant.number,
        "period_ends_on": test.period_ends_on.isoformat(),
        **details,
    }
    record(what=f"covenant_test.{what}", subject=test.number, by=by, at=at, details=said)
