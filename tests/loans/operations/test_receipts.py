"""Receipts in another asset than the loan's: no loan takes them, and no proof counts them."""

from datetime import timedelta

import pytest

from loans.operations import receipts, servicing
from loans.operations.effects import NotAdjustable
from loans.operations.receipts import NotAllocatable
from loans.queries.receipts import waiting, waiting_for
from tests import factories
from tests.factories import NOW, TODAY, person
from tests.loans.factories import active_loan, at, unproven
from together.treasury.models import StatementLine
from together.treasury.operations import statements


@pytest.fixture
def dollars(pool, pay):
    """A receipt of dollars that names a loan in USDC."""
    loan = active_loan(pool, pay)
    account = factories.account(pool, "bank", asset="USD", code="loans-usd")
    stamp = at(TODAY + timedelta(days=1)).isoformat()
    text = (
        "record,entry_id,booked_at,type,amount,asset,reference,counterparty\n"
        f"opening,1,{stamp},,0,USD,{account.identifier},\n"
        f"entry,usd-1,{stamp},receipt,500,USD,{loan.number},payer\n"
        f"closing,1,{stamp},,500,USD,{account.identifier},\n"
    )
    statements.import_file(account=account, data=text.encode(), by=None, at=NOW)
    return loan, StatementLine.objects.get(entry_id="usd-1")


def test_dollars_are_not_taken_for_the_asset_of_a_loan(dollars, pool):
    loan, line = dollars
    assert line.is_receipt
    assert receipts.allocate(pool=pool, at=NOW) == []
    reasons = [one.reason for one in (*waiting(pool), *waiting_for(loan))]
    assert reasons == [f"it came in USD, loan {loan.number} is owed in USDC"] * 2
    with pytest.raises(NotAllocatable, match="it came in USD"):
        receipts.assign(line=line, loan=loan, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotAdjustable, match="line: usd-1 is in USD"):
        servicing.propose_receipt(
            loan=loan, line=line, reason="Theirs", by=person("loan_officer"), at=NOW
        )
    assert loan.events.count() == 1


def test_the_proof_of_what_is_unallocated_is_of_the_pools_own_asset(dollars):
    assert unproven() == []
