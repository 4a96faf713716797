"""
Wrong files (RELIABILITY E9): each is stopped before the canary leaves, or at the canary.

Where it is stopped stands in the name of the test: at the run, at the release, at the statement.
What left by then is at most the canary: 100 payees, and 0.1 % of the pool as it was ordered.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests import factories
from tests.factories import NOW, TODAY, approve, payments, person
from tests.retail_claims import factories as claims
from tests.treasury.paying import CALM, Waves
from together import Refused
from together.controls.models import Approval
from together.ledger.models import Account
from together.ledger.operations.posting import Overdrawn
from together.treasury.formats.parsed import Unreadable
from together.treasury.models import Instruction
from together.treasury.operations import brakes, disbursements, statements
from together.treasury.operations.disbursements import Order, PaidAlready, WaveNotPossible
from together.treasury.operations.rails import rail


class Rail:
    """The rail, over which somebody sends something else than was ordered."""

    lateness_seconds = 0.2

    def __init__(self, change):
        self.change = change

    def send(self, **payment):
        return rail().send(**{**payment, **self.change(payment)})

    def query(self, **asked):
        return rail().query(**asked)


def ordered(rows):
    """Order payments from what a run of 150 payments of 5.00 to 44.00 set aside."""
    rail().set_conditions(CALM)
    pool, officer = factories.funded_pool(amount="4000"), person("treasury_officer")
    order = disbursements.prepare(
        pool=pool,
        order=Order("award", "RUN-1", "retail.payout", ("fund.available", pool.code)),
        payments=rows,
        by=officer,
        at=NOW,
    )
    approve(Approval.objects.get(subject=order.number))
    return lambda: disbursements.release(disbursement=order, on=TODAY, by=officer, at=NOW)


def stopped_at_the_canary(paying, said):
    """Say that the canary stopped it, and give what left."""
    brake = brakes.look(disbursement=paying.order, at=NOW)
    assert brake is not None
    assert said in brake.reason
    with pytest.raises(WaveNotPossible, match="it is stopped"):
        paying.release()
    paid = rail().paid(wallet=paying.account.identifier)
    assert len(paid) <= 100
    assert not Instruction.objects.filter(batch__wave__number=2).exclude(state="ready").exists()
    return paid


ROWS = [f"{5 + n % 40}.00" for n in range(150)]


def test_amounts_a_hundredfold_are_stopped_at_the_release(own_database):
    wrong = [replace(row, amount=row.amount * 100) for row in payments(ROWS)]
    release = ordered(wrong)
    with pytest.raises(Overdrawn, match="lacks"):
        release()
    assert not Account.objects.filter(chart_id="allotment").exclude(balance=0).exists()


def test_amounts_that_are_account_numbers_are_stopped_at_the_release(own_database):
    wrong = [replace(row, amount=7_391_820_465 + n) for n, row in enumerate(payments(ROWS))]
    release = ordered(wrong)
    with pytest.raises(Overdrawn, match="lacks"):
        release()
    assert rail().paid(wallet="wallet-retail") == {}


def test_a_rail_that_pays_a_hundredfold_is_stopped_at_the_canary(own_database):
    paying = Waves()
    over = Rail(lambda payment: {"amount": payment["amount"] * 100})
    paying.pay(paying.release(), over=over)
    paying.state()
    stopped_at_the_canary(paying, "no payment explains")


def test_btc_for_usdc_is_refused_with_the_statement_and_ends_at_the_canary(own_database):
    paying = Waves()
    paying.pay(paying.release())
    text = rail().statement(wallet=paying.account.identifier, after=0).replace("USDC", "BTC")
    with pytest.raises((Refused, Unreadable)):
        statements.import_file(account=paying.account, data=text.encode(), by=None, at=NOW)
    with pytest.raises(WaveNotPossible, match="not on statements yet"):
        paying.release()


def test_a_file_that_is_carried_out_twice_is_stopped_at_the_canary(own_database):
    paying = Waves()
    batches = paying.release()
    paying.pay(batches)
    for row in Instruction.objects.filter(batch__number__in=batches):
        rail().send(
            wallet=paying.account.identifier,
            reference=row.reference,
            payee=row.payee,
            amount=row.amount,
            asset=row.asset,
        )
    paying.state()
    paid = stopped_at_the_canary(paying, "no payment explains")
    assert {len(times) for times in paid.values()} == {2}


def test_the_same_order_twice_is_refused_before_it_is_prepared(own_database):
    paying = Waves()
    with pytest.raises(PaidAlready):
        disbursements.prepare(
            pool=paying.pool,
            order=Order("award", "RUN-2", "retail.payout", ("fund.available", paying.pool.code)),
            payments=paying.rows,
            by=paying.officer,
            at=NOW,
        )


def test_payees_shifted_by_a_column_are_stopped_at_the_canary(own_database):
    paying = Waves()
    shifted = Rail(lambda payment: {"payee": str(Decimal(payment["amount"]))})
    paying.pay(paying.release(), over=shifted)
    paying.state()
    stopped_at_the_canary(paying, "no payment explains")


def test_evidence_shifted_by_a_column_is_stopped_at_the_run(own_database, tmp_path):
    officer = person("claims_officer")
    files = claims.three_persons(tmp_path / "evidence")
    head, *rows = files["fills"].read_text().splitlines()
    shifted = [",".join(row.split(",")[1:] + [""]) for row in rows]
    files["fills"].write_text("\n".join([head, *shifted]) + "\n")
    run = claims.computed(claims.programme(officer=officer), files, tmp_path, by=officer)
    assert (run.state, run.awards) == ("bad_data", 0)
    assert run.summary["rejects"]


def test_evidence_given_twice_is_the_same_and_its_rows_count_once(own_database, tmp_path):
    officer = person("claims_officer")
    programme = claims.programme(officer=officer)
    files = claims.three_persons(tmp_path / "evidence")
    once = claims.registered(programme, files, by=officer)
    assert claims.registered(programme, files, by=officer) == once
    head, *rows = files["fills"].read_text().splitlines()
    files["fills"].write_text("\n".join([head, *rows, *rows]) + "\n")
    run = claims.computed(programme, files, tmp_path, by=officer)
    assert (run.state, run.award_total) == ("decided", factories.usdc("300").minor_units)
