"""The life of a loan: applied for, scored, approved, drawn, serviced, repaid, closed, proven."""

from datetime import timedelta

import pytest

from loans.models import Application
from loans.operations import (
    applications,
    drawdown_releases,
    drawdowns,
    receipts,
    servicing,
    term_sheets,
)
from loans.operations.applications import LimitExceeded
from loans.operations.term_sheets import NotAccepted
from loans.operations.underwriting import BadWorksheet
from loans.queries import proofs_of_books
from loans.queries.limits import limits_of
from loans.queries.standing import payoff, planned, standing
from loans.rules.products import terms_of
from tests.factories import NOW, TODAY, approve, person, usdc
from tests.loans.conftest import CALM
from tests.loans.credit import LAST_YEAR, spread, worksheet
from tests.loans.factories import GOOD, accept, at, balance, close, loans_pool, receipt
from tests.loans.parties import institution
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.treasury.operations import payouts
from together.treasury.operations.rails import rail

M = 10**6


def demand_proven() -> None:
    broken = [check for check in proofs_of_books.checks() if not check.holds]
    assert not broken, broken


def test_a_loan_from_its_application_to_its_end(own_database):
    rail().set_conditions(CALM)
    # The pool that lends holds 20m. Alpha Markets is verified and may owe up to 3m.
    pool = loans_pool("20000000")
    alpha = institution(legal_name="Alpha Markets Ltd", limit="3000000")
    officer, admin = person("loan_officer"), person("institution_admin", scope=alpha.number)

    # Its Admin applies for 3m over a year, and says how it stands.
    terms = terms_of("level_monthly", rate="0.045", instalments=12)
    asked = applications.submit(
        institution=alpha,
        pool=pool,
        amount=usdc("3000000"),
        purpose="Collateral was liquidated on 10 October",
        terms=terms,
        figures=GOOD,
        by=admin,
        at=NOW,
    )

    # What it says is not what counts: without accounts nothing is known. Those of last year come
    # with everything but evidence of what is on exchanges, so approval cannot be recommended.
    with pytest.raises(BadWorksheet, match="not known"):
        worksheet(asked)
    spread(alpha, ends_on=LAST_YEAR)
    unevidenced = spread(alpha, lacks={"exposure"})
    with pytest.raises(BadWorksheet, match=r"refer .*no document shows the exposure"):
        worksheet(asked)
    spread(alpha, replaces=unevidenced, note="The custodian's letter came")
    found = worksheet(asked)
    assert (found.assessment["score"], found.loss["grade"]) == (100, "A")

    # Proposed with its worksheet it needs two pairs of eyes: above 2m the committee decides as well.
    request = applications.propose(application=asked, by=officer, at=NOW)
    assert request.roles == ["credit_checker", "committee"]
    with pytest.raises(NotApproved):
        applications.approve(application=asked, on=TODAY, by=officer, at=NOW)
    approve(request)
    loan = applications.approve(application=asked, on=TODAY, by=officer, at=NOW)
    assert balance("fund.committed", loan.number) == 3_000_000 * M
    assert limits_of(alpha).before == usdc("0")
    demand_proven()

    # What is promised counts against the limit: a second application of one USDC is too much.
    more = Application.objects.get(
        pk=applications.submit(
            institution=alpha,
            pool=pool,
            amount=usdc("1"),
            purpose="A little more",
            terms=terms,
            figures=GOOD,
            by=admin,
            at=NOW,
        ).pk
    )
    worksheet(more)
    with pytest.raises(LimitExceeded):
        applications.propose(application=more, by=officer, at=NOW)

    # A term sheet says what it is offered on. Nothing is drawn before alpha accepts just that one:
    # its Admin has read it and may sign; no officer may for it, nor anybody of somebody else.
    stranger = person("institution_admin", scope="I-9999")
    sheet = term_sheets.issue(loan=loan, lapses_on=TODAY + timedelta(days=14), by=officer, at=NOW)
    with pytest.raises(NotAccepted, match="TS-0001 waits for Alpha Markets Ltd to accept it"):
        drawdowns.ask(loan=loan, by=admin, at=NOW)
    for somebody in (officer, stranger):
        with pytest.raises(NotAllowed):
            accept(sheet, by=somebody)
    accept(sheet, by=admin)

    # Only its own people or an officer ask for the money; the treasury approves and releases it.
    with pytest.raises(NotAllowed):
        drawdowns.ask(loan=loan, by=stranger, at=NOW)
    order = drawdowns.ask(loan=loan, by=admin, at=NOW)
    treasurer = person("treasury_officer")
    with pytest.raises(NotApproved):
        drawdown_releases.release(disbursement=order, on=TODAY, by=treasurer, at=NOW)
    approve(Approval.objects.get(kind="loan.drawdown", subject=order.number))
    (batch,) = drawdown_releases.release(disbursement=order, on=TODAY, by=treasurer, at=NOW)
    payouts.work(batch=batch, worker="w1", rail=rail(), seconds=20)
    (loan,) = drawdowns.record_drawn(on=TODAY, at=NOW)
    drawn_on = loan.business_date
    assert balance("loan.principal", loan.number) == 3_000_000 * M

    # From now on the plan is the one that the institution saw before it drew.
    rows = standing(loan, drawn_on).instalments
    assert rows == planned(terms, usdc("3000000"), drawn_on)

    # The first instalment is paid on its day.
    first, second = rows[0], rows[1]
    close(loan, first.due_on)
    receipt(loan, str(first.due.decimal), first.due_on)
    (done,) = receipts.allocate(pool=pool, at=at(first.due_on))
    assert (done.split.principal, done.split.interest) == (first.principal, first.interest)
    demand_proven()

    # The second one is late: it shows as arrears, and the late days earn interest.
    late = second.due_on + timedelta(days=12)
    close(loan, late)
    assert standing(loan, late).bucket == "1-30"

    # Then a payment turns up that had come in on time. The day is closed: it waits for a person,
    # who proposes it with the bank's date and sees what that changes. Approved and booked, it is
    # as if it had never been late.
    line = receipt(loan, str(second.due.decimal), second.due_on)
    assert receipts.allocate(pool=pool, at=at(late)) == []
    before = balance("income.interest", pool.code)
    asked = servicing.propose_receipt(
        loan=loan, line=line, reason="The bank reported it late", by=officer, at=at(late)
    )
    moved = {account: amount for account, _, amount in asked.difference["entry"]}
    with pytest.raises(NotApproved):
        servicing.book(adjustment=asked, by=officer, at=at(late))
    approve(asked.approval)
    servicing.book(adjustment=asked, by=officer, at=at(late))
    assert before - balance("income.interest", pool.code) == moved["income.interest"] > 0
    assert standing(loan, late).bucket == "current"
    demand_proven()

    # Money without a reference waits until somebody says whose it is.
    nameless = receipt(pool, "1000", late, reference="thank you")
    assert receipts.allocate(pool=pool, at=at(late)) == []
    receipts.assign(line=nameless, loan=loan, by=officer, at=at(late))

    # The institution pays the quoted payoff, and five more by mistake: those stay its own.
    end = late + timedelta(days=30)
    close(loan, end - timedelta(days=1))
    receipt(loan, str(payoff(loan, end).decimal + 5), end)
    receipts.allocate(pool=pool, at=at(end))
    close(loan, end)
    assert loan.state == "closed"
    assert balance("loan.principal", loan.number) == balance("loan.interest", loan.number) == 0
    assert balance("loan.overpaid", loan.number) == 5 * M
    assert balance("fund.available", pool.code) == 20_000_000 * M
    assert limits_of(alpha).used == usdc("0")
    demand_proven()

    # Every step stands in the trail.
    told = set(AuditRecord.objects.filter(subject=loan.number).values_list("what", flat=True))
    assert told >= {
        "loan.committed",
        "loan.drawdown_asked",
        "loan.drawn",
        "loan.day_closed",
        "loan.receipt_allocated",
        "loan.closed",
    }
