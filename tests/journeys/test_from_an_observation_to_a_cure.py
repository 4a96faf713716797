"""The life of collateral: prices come in, secure a loan, fall, call for more, and are cured."""

from datetime import timedelta

import pytest

from loans.models import Instrument, MarginCall, MarketEntry
from loans.operations import applications, drawdowns, margin_calls, market_entries, releases
from loans.operations.cover import NotCovered
from loans.queries.collateral import covering
from tests.factories import NOW, TODAY, approve, person
from tests.loans import collateral, market
from tests.loans.collateral import HOUR, pledged, secured
from tests.loans.conftest import CALM
from tests.loans.factories import approved, close, loans_pool, paid, release, settle, unproven
from together.controls.models import Approval
from together.controls.operations.approvals import NotApproved
from together.treasury.operations import payouts
from together.treasury.operations.rails import rail


def test_collateral_from_its_first_price_to_its_release(own_database):
    rail().set_conditions(CALM)
    pool, officer = loans_pool(), person("loan_officer")

    def pay(batch: str) -> None:
        payouts.work(batch=batch, worker="w", rail=rail(), seconds=20)

    # The treasury enters what is observed, risk says what is accepted of it, the committee says
    # how much of it counts. BTC stands at 100,000.
    collateral.markets()

    # An institution asks for a million, secured up to 72 %. Fourteen BTC are pledged on a
    # statement of their custodian; one more person looks at it.
    asked = secured(pool)
    pledge = pledged(asked, "14")
    ready = approved(asked)

    # Nobody sends prices for a day: nothing is lent on what BTC was worth yesterday.
    with pytest.raises(NotCovered, match="is 25 hours old"):
        applications.approve(application=ready, on=TODAY, by=officer, at=NOW + 25 * HOUR)
    loan = applications.approve(application=ready, on=TODAY, by=officer, at=NOW)
    release(loan)
    loan.refresh_from_db()
    settle(loan, pay)
    drawdowns.record_drawn(on=TODAY, at=NOW)

    # An hour later the feed says 60,000: a slip, or a crash? It is held, and counts for nothing.
    then = NOW + HOUR
    assert market.fed(market.row("BTC", then, "60000"), at=then).counts["held"] == 1
    assert margin_calls.watch(at=then).opened == []
    held = MarketEntry.objects.get()
    treasurer = person("treasury_officer")
    market_entries.withdraw(entry=held, reason="A slip of the feed", by=treasurer, at=then)

    # Then it really falls. The monitor calls, whoever is asleep.
    market.price("BTC", "86000", then + HOUR)
    assert margin_calls.watch(at=then + HOUR).opened == ["MC-0001"]
    call = MarginCall.objects.get()
    assert call.due_at == then + 25 * HOUR

    # They ask for two hours more. That is not for one person to give.
    wait = margin_calls.propose_extension(
        call=call,
        until=call.due_at + 2 * HOUR,
        reason="Their custodian moves it tonight",
        by=officer,
        at=then + HOUR,
    )
    with pytest.raises(NotApproved):
        margin_calls.extend(call=call, by=officer, at=then + HOUR)
    approve(wait, at=then + HOUR)
    margin_calls.extend(call=call, by=officer, at=then + HOUR)

    # Two BTC more are pledged and a little is repaid: within 72 % again, and the call is met.
    pledged(asked, "2", at=then + HOUR)
    paid(loan, "20000", TODAY)
    assert margin_calls.watch(at=then + HOUR).met == ["MC-0001"]

    # While the loan lives the first pledge stays: without it there would be too little.
    with pytest.raises(NotCovered):
        releases.propose(pledge=pledge, reason="They asked", by=officer, at=then + HOUR)

    # Repaid, everything goes back, at whatever price, and the books agree.
    paid(loan, "980000", TODAY)
    close(loan, TODAY + timedelta(days=1))
    assert loan.state == "closed"
    for one in asked.pledges.filter(state="in_force"):
        later = then + 99 * HOUR
        releases.propose(pledge=one, reason="Repaid", by=officer, at=later)
        request = Approval.objects.get(kind="collateral.release", subject=one.number)
        approve(request, at=later)
        releases.release(pledge=one, by=officer, at=later)
    assert covering(asked, then).why_not == "nothing is pledged and in force"
    assert Instrument.objects.count() == 2
    assert unproven() == []
