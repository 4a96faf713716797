"""
The life of a loan: application, underwriting, approval, drawdown, accrual, receipts, closure.

A market maker borrows 1,200,000 for three months at 6 % in level payments on 30/360. It pays the
first instalment on time, the second in two parts, and 10 too much at the end. Real workers pay
the drawdown; what it repays arrives on statements.
"""

from datetime import date, timedelta

import pytest
from django.conf import settings

from loans.models import Event, Loan
from loans.operations import applications, closing, drawdowns, receipts
from loans.operations.applications import NotRecommended
from loans.queries import proofs_of_books
from loans.queries.standing import standing
from tests import workers
from tests.factories import approve, person, usdc
from tests.loans import factories as lending
from tests.loans.factories import at
from together.console.operations.demo import funds
from together.controls.models import Approval
from together.ledger.models import Account
from together.treasury.operations import disbursements
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions

START = date(2025, 11, 3)
TERMS = {
    "method": "level_payment",
    "rate": "0.06",
    "day_count": "30/360",
    "instalments": 3,
    "interest_on": "balance",
    "product": "level payment, monthly",
}


def balance(code, subject):
    found = Account.objects.filter(chart_id=code, subject=subject).first()
    return found.balance if found else 0


@pytest.fixture
def fleet(own_database, broker, tmp_path):
    """Real workers on this test's database and rail."""
    rail().set_conditions(Conditions(latency=0, lateness=0.3, returned=0))
    with workers.fleet(
        database=own_database,
        broker=broker.url,
        rail=settings.SIMULATED_RAIL_FILE,
        folder=tmp_path,
        workers=1,
    ) as running:
        yield running


class Story:
    """What happens day by day: money comes in, is allocated, the day is closed."""

    def __init__(self, pool, treasurer):
        self.pool, self.treasurer = pool, treasurer

    def live_until(self, day, **paid):
        loan = Loan.objects.get()
        while loan.business_date < day:
            today = loan.business_date + timedelta(days=1)
            funds.world().set_clock(wallet=self.pool.wallet, at=at(today))
            if today == day and paid:
                self._receive(paid["amount"])
            closing.close_day(on=today, at=at(today))
            loan.refresh_from_db()
            if loan.state == "closed":
                break

    def _receive(self, amount):
        funds.world().receive(
            wallet=self.pool.wallet,
            reference="L-0001",
            counterparty="wallet-mm",
            amount=usdc(amount).minor_units,
            asset="USDC",
        )
        funds.bring_statements(self.pool, by=self.treasurer, at=at(START))
        assert len(receipts.allocate(pool=self.pool, at=at(START))) == 1


def test_an_application_becomes_a_loan_that_is_repaid_and_closed(fleet):
    # The institution's own Admin applies; what it hides is referred, and referred is not funded.
    officer, treasurer = person("loan_officer"), person("treasury_officer")
    pool = lending.loans_pool("2000000")
    borrower = lending.institution(limit="1500000", by=officer)
    admin = person("institution_admin", scope=borrower.number)
    hidden = {**lending.GOOD, "exchange_exposure_ratio": {"value": "0.08", "evidenced": False}}
    asked = applications.submit(
        institution=borrower,
        pool=pool,
        amount=usdc("1200000"),
        purpose="Inventory after the crash",
        terms=TERMS,
        figures=hidden,
        by=admin,
        at=at(START),
    )
    with pytest.raises(NotRecommended, match="not evidenced"):
        applications.propose(application=asked, by=officer, at=at(START))
    applications.restate(application=asked, figures=lending.GOOD, by=officer, at=at(START))

    # Proposed by one, checked by another; the amount leaves what the pool has available.
    approve(applications.propose(application=asked, by=officer, at=at(START)))
    asked.refresh_from_db()
    loan = applications.approve(application=asked, on=START, by=officer, at=at(START))
    assert balance("fund.committed", "L-0001") == -1_200_000_000_000
    assert balance("fund.available", "loans") == -800_000_000_000

    # The drawdown is a payment like any other; the loan lives from the day the rail booked it.
    funds.world().set_clock(wallet=pool.wallet, at=at(START))
    order = drawdowns.ask(loan=loan, by=admin, at=at(START))
    approve(Approval.objects.get(kind="loan.drawdown", subject=order.number))
    disbursements.release(disbursement=order, on=START, by=treasurer, at=at(START))
    workers.wait_until(lambda: drawdowns.record_drawn(on=START, at=at(START)), seconds=90)
    assert rail().paid(wallet=pool.wallet) == {"L-0001-DRAWDOWN": [1_200_000_000_000]}
    loan.refresh_from_db()
    assert (loan.state, loan.business_date) == ("active", START)

    # 1,200,000 at half a per cent a month, three times: 404,006.65, by hand
    # 1,200,000 x 0.005 / (1 - 1.005^-3). The first month earns 6,000.00.
    story = Story(pool, treasurer)
    first, second, third = (row.due_on for row in standing(loan, START).instalments)
    assert standing(loan, START).instalments[0].due == usdc("404006.65")
    story.live_until(first, amount="404006.65")
    assert balance("loan.principal", "L-0001") == usdc("801993.35").minor_units
    assert balance("loan.interest", "L-0001") == 0
    assert balance("income.interest", "loans") == -usdc("6000").minor_units

    # Half of the second instalment comes; ten days later it is late, and then it comes.
    story.live_until(second, amount="200000")
    story.live_until(second + timedelta(days=10))
    late = standing(loan, second + timedelta(days=10))
    assert (late.due_now, late.days_past_due) == (usdc("204006.65"), 10)
    story.live_until(second + timedelta(days=11), amount="204006.65")
    assert standing(loan, second + timedelta(days=11)).due_now == usdc("0")

    # The last payment is 10 too much: the loan closes, and the 10 are owed to the borrower.
    rest = standing(loan, third).due_now
    story.live_until(third, amount=str(rest.decimal + 10))
    loan.refresh_from_db()
    assert loan.state == "closed"
    assert balance("loan.principal", "L-0001") == 0
    assert balance("loan.interest", "L-0001") == 0
    assert balance("loan.overpaid", "L-0001") == -usdc("10").minor_units
    assert balance("fund.lent", "loans") == 0
    assert list(Event.objects.values_list("type", flat=True)) == ["drawdown"] + ["repayment"] * 4

    # Everything the borrower paid is principal, interest, or still theirs.
    paid = sum(Event.objects.filter(type="repayment").values_list("amount", flat=True))
    income = -balance("income.interest", "loans")
    assert paid == loan.amount + income + usdc("10").minor_units
    assert [check.name for check in proofs_of_books.checks() if not check.holds] == []
