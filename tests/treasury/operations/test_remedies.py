"""Remedies: a failed payment is paid again elsewhere, or given back; never both, never twice."""

from dataclasses import replace

import pytest

from tests.factories import NOW, TODAY, approve, payments, person
from tests.treasury.paying import CALM, Waves
from together.controls.models import Approval
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Account
from together.treasury.models import Disbursement, Instruction, Remedy
from together.treasury.operations import brakes, disbursements, remedies
from together.treasury.operations.disbursements import PaidAlready
from together.treasury.operations.rails import rail
from together.treasury.operations.remedies import DecidedAlready, MayStillBePaid, SamePayee
from together.treasury.queries import checks


def balance(code):
    return -sum(Account.objects.filter(chart_id=code).values_list("balance", flat=True))


@pytest.fixture
def shut(own_database):
    """Give three payments of 5, 6 and 7; the account of the first is closed."""
    first, *rest = payments(["5", "6", "7"])
    paying = Waves([replace(first, payee="closed-1"), *rest])
    paying.canary()
    return paying


@pytest.fixture
def back(own_database):
    """Give two payments that were paid and came back."""
    paying = Waves(payments(["5", "6"]), conditions=replace(CALM, returned=10_000))
    paying.canary()
    paying.state()
    assert set(Instruction.objects.values_list("state", flat=True)) == {"returned"}
    return paying


def failed():
    return Instruction.objects.filter(state__in=("refused", "returned")).order_by("id").first()


def proposed(paying, payee="", reason="the payee wrote", row=None):
    return remedies.propose(
        instruction=row or failed(), payee=payee, reason=reason, by=paying.officer, at=NOW
    )


def booked(paying, payee=""):
    approve(proposed(paying, payee))
    remedy = Remedy.objects.latest("id")
    remedies.book(remedy=remedy, on=TODAY, by=paying.officer, at=NOW)
    return remedy


def paid_again(paying, remedy):
    order = remedies.pay_again(remedy=remedy, by=paying.officer, at=NOW)
    approve(Approval.objects.get(kind="payment.again", subject=order.number))
    batches = disbursements.release(disbursement=order, on=TODAY, by=paying.officer, at=NOW)
    paying.pay(batches)
    return order


def failing():
    return [check for check in checks.checks() if not check.holds and "cash" not in check.name]


def test_a_refused_payment_is_paid_again_from_its_allotment(shut):
    old = failed()
    order = paid_again(shut, booked(shut, "payee-1b"))
    new = Instruction.objects.get(batch__disbursement=order)
    assert (new.payee, new.amount, new.state) == ("payee-1b", old.amount, "settled")
    assert (new.kind, new.reference) == ("payment.again", "RM-0001-01")
    assert rail().paid(wallet=shut.account.identifier)["RM-0001-01"] == [5_000_000]
    old.refresh_from_db()
    assert (old.state, balance("allotment")) == ("refused", 0)
    shut.state()
    assert (failing(), brakes.look(disbursement=shut.order, at=NOW)) == ([], None)


def test_money_of_a_refused_payment_goes_back_to_the_pool(shut):
    before = balance("fund.available")
    booked(shut)
    assert balance("fund.available") - before == 5_000_000
    assert (balance("allotment"), failing()) == (0, [])


def test_what_came_back_is_paid_again_or_given_back(back):
    paid_again(back, booked(back, "payee-1b"))
    assert balance("payments.returned") == 6_000_000
    last = Instruction.objects.filter(state="returned").order_by("id").last()
    approve(proposed(back, row=last))
    remedies.book(remedy=Remedy.objects.get(instruction=last), on=TODAY, by=back.officer, at=NOW)
    assert balance("payments.returned") == 0
    assert failing() == []


def test_what_failed_again_is_decided_again_and_keeps_its_origin(shut):
    paid_again(shut, booked(shut, "closed-2"))
    again = Instruction.objects.get(kind="payment.again")
    assert again.state == "refused"
    approve(proposed(shut, "payee-1c", row=again))
    second = Remedy.objects.latest("id")
    remedies.book(remedy=second, on=TODAY, by=shut.officer, at=NOW)
    paid_again(shut, second)
    assert second.origin == shut.order
    assert balance("allotment") == 0


def test_what_may_still_be_paid_is_not_remedied(shut):
    settled = Instruction.objects.filter(state="settled").first()
    with pytest.raises(MayStillBePaid, match="is settled"):
        proposed(shut, "payee-9", row=settled)


def test_a_payment_is_decided_once(shut):
    booked(shut, "payee-1b")
    with pytest.raises(DecidedAlready):
        proposed(shut)


def test_a_remedy_that_was_given_up_leaves_room_for_another(shut):
    asked = proposed(shut, "payee-1b")
    remedies.withdraw(remedy=Remedy.objects.get(), by=shut.officer, at=NOW)
    approve(asked)
    with pytest.raises(NotPossibleNow):
        remedies.book(remedy=Remedy.objects.get(), on=TODAY, by=shut.officer, at=NOW)
    booked(shut)


def test_a_remedy_is_booked_only_as_it_was_approved_and_once(shut):
    asked = proposed(shut, "payee-1b")
    remedy = Remedy.objects.get()
    with pytest.raises(NotApproved):
        remedies.book(remedy=remedy, on=TODAY, by=shut.officer, at=NOW)
    with pytest.raises(NotPossibleNow):
        remedies.pay_again(remedy=remedy, by=shut.officer, at=NOW)
    approve(asked)
    remedies.book(remedy=remedy, on=TODAY, by=shut.officer, at=NOW)
    with pytest.raises(NotPossibleNow):
        remedies.book(remedy=remedy, on=TODAY, by=shut.officer, at=NOW)


def test_the_new_payment_is_prepared_once_and_anew_after_it_was_given_up(shut):
    remedy = booked(shut, "payee-1b")
    order = remedies.pay_again(remedy=remedy, by=shut.officer, at=NOW)
    with pytest.raises(PaidAlready):
        remedies.pay_again(remedy=remedy, by=shut.officer, at=NOW)
    disbursements.withdraw(disbursement=order, by=shut.officer, at=NOW)
    paid_again(shut, remedy)
    assert rail().paid(wallet=shut.account.identifier)["RM-0001-02"] == [5_000_000]
    assert Disbursement.objects.filter(kind="payment.again").count() == 2


def test_it_does_not_go_again_where_it_failed(shut):
    with pytest.raises(SamePayee):
        proposed(shut, "closed-1")


def test_only_the_treasury_proposes(shut):
    with pytest.raises(NotAllowed):
        remedies.propose(
            instruction=failed(), payee="x", reason="y", by=person("claims_officer"), at=NOW
        )
