"""Destinations: registered, confirmed by a second person, cooled off, revoked at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests import factories
from tests.factories import NOW, approve, funded_pool, person, registered
from together.controls.models import Approval, AuditRecord, Decision
from together.controls.operations import approvals
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.treasury.models import Destination, Instruction, Pool, RailPolicy
from together.treasury.operations import destinations, disbursements, order_effects, payouts
from together.treasury.operations.destinations import NotConfirmed, Owner, RegisteredAlready
from together.treasury.operations.disbursements import NotPayable, Order, Payment
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions
from together.treasury.rules.destinations import Details, NotADestination

LEI = "5493001KJTIIGC8Y1R12"
CONTRACT = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
PAYEE = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"


def prepare(pool, destination, *, payee="", kind="fee", amount="10", account=None, at=NOW):
    return disbursements.prepare(
        pool=pool,
        order=Order(kind, "L-1", "loan.drawdown", ("fund.available", pool.code)),
        payments=[
            Payment(
                "L-1",
                "L-1-DRAWDOWN",
                payee or destination.payee,
                factories.usdc(amount).minor_units,
                destination,
            )
        ],
        account=account,
        by=person("treasury_officer"),
        at=at,
    )


@pytest.fixture
def pool(own_database) -> Pool:
    return funded_pool()


def test_a_confirmed_destination_is_usable_after_its_cooling_off(pool):
    found = factories.confirmed(registered(at=NOW), at=NOW)
    hours = RailPolicy.objects.get(kind="exchange").cooling_off_hours
    assert found.state == "confirmed"
    assert found.usable_at == NOW + timedelta(hours=hours)
    with pytest.raises(NotPayable, match="cooling-off"):
        prepare(pool, found, at=found.usable_at - timedelta(seconds=1))
    assert prepare(pool, found, at=found.usable_at).count == 1
    assert Instruction.objects.get().destination == found
    what = AuditRecord.objects.filter(subject=found.number).values_list("what", flat=True)
    assert {"destination.registered", "destination.confirmed"} <= set(what)


def test_the_approval_of_an_order_covers_where_it_goes(pool):
    prepared = prepare(pool, factories.destination())
    other = order_effects.effect(prepared, [("L-1-DRAWDOWN", "w", 1, None)])
    same = order_effects.effect(prepared, [("L-1-DRAWDOWN", "w", 1, "d" * 64)])
    assert other["instructions"] != same["instructions"]


def test_who_registered_a_destination_does_not_confirm_it(own_database):
    found = registered()
    # The same person as officer and approver, asked by somebody else.
    found.registered_by.refresh_from_db()
    from together.controls.operations import people

    people.grant(
        person=found.registered_by,
        role="treasury_approver",
        by=factories.administrator(),
        at=NOW,
    )
    officer = person("treasury_officer")
    asked = destinations.propose_confirmation(
        destination=found, evidence="Letter", by=officer, at=NOW
    )
    approvals.decide(
        approval=asked, verdict=Decision.Verdict.APPROVED, by=found.registered_by, at=NOW
    )
    with pytest.raises(NotConfirmed, match="second person"):
        destinations.confirm(destination=found, by=officer, at=NOW)
    assert Destination.objects.get().state == "registered"


def test_who_asks_for_the_confirmation_does_not_give_it(own_database):
    found, both = registered(), person("treasury_officer", "treasury_approver")
    asked = destinations.propose_confirmation(destination=found, evidence="x", by=both, at=NOW)
    with pytest.raises(approvals.MayNotDecide):
        approvals.decide(approval=asked, verdict=Decision.Verdict.APPROVED, by=both, at=NOW)
    with pytest.raises(NotConfirmed):
        destinations.confirm(destination=found, by=both, at=NOW)


def test_a_confirmation_needs_evidence(own_database):
    for evidence in ("", "  ", "x" * 401):
        with pytest.raises(NotADestination, match="evidence"):
            destinations.propose_confirmation(
                destination=registered(), evidence=evidence, by=person("treasury_officer"), at=NOW
            )
    assert not Approval.objects.exists()


def test_the_digest_of_the_database_is_that_of_the_rules(own_database):
    found = registered(details=Details("chain", "USDC", PAYEE.lower(), "1"))
    assert found.identifier == PAYEE
    from together.treasury.rules.destinations import digest_of

    assert found.digest == digest_of(owner_kind="institution", owner=LEI, details=found.details)


def test_the_same_destination_is_registered_once_until_it_is_revoked(own_database):
    details = Details("exchange", "USDC", "wallet-x")
    first = registered(details=details)
    with pytest.raises(RegisteredAlready):
        registered(details=details)
    destinations.revoke(destination=first, reason="Closed", by=person("compliance"), at=NOW)
    assert registered(details=details).pk != first.pk


@pytest.mark.parametrize(
    ("details", "says"),
    [
        (Details("chain", "USDC", CONTRACT, "1"), "contract of USDC itself"),
        (Details("chain", "USDC", "0x" + "0" * 40, "1"), "belongs to nobody"),
        (Details("chain", "USDC", PAYEE, "2"), "not served"),
        (Details("chain", "USD", PAYEE, "1"), "not served"),
        (Details("exchange", "DOGE", "w"), "asset"),
    ],
)
def test_where_no_money_can_go_is_refused(own_database, details, says):
    with pytest.raises(NotADestination, match=says):
        registered(details=details)
    assert not Destination.objects.exists()


def test_owner_and_label_are_needed(own_database):
    with pytest.raises(NotADestination, match=r"owner.*label"):
        destinations.register(
            owner=Owner("institution", ""),
            details=Details("exchange", "USDC", "w"),
            label=" ",
            by=person("treasury_officer"),
            at=NOW,
        )


def test_only_who_may_registers_confirms_and_revokes(own_database):
    found, stranger = registered(), person("claims_officer")
    for call in (
        lambda: destinations.propose_confirmation(
            destination=found, evidence="x", by=stranger, at=NOW
        ),
        lambda: destinations.confirm(destination=found, by=stranger, at=NOW),
        lambda: destinations.revoke(destination=found, reason="x", by=stranger, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_a_revoked_destination_gets_no_money(pool):
    found = factories.destination()
    destinations.revoke(destination=found, reason="Hacked", by=person("treasury_approver"), at=NOW)
    found.refresh_from_db()
    with pytest.raises(NotPayable, match="revoked"):
        prepare(pool, found)
    for act in (
        lambda: destinations.revoke(destination=found, reason="x", by=person("compliance"), at=NOW),
        lambda: destinations.confirm(destination=found, by=person("treasury_officer"), at=NOW),
    ):
        with pytest.raises(NotPossibleNow):
            act()


def test_what_is_on_no_rail_of_the_account_is_not_paid(pool):
    found = factories.destination(details=Details("chain", "USDC", PAYEE, "1"))
    with pytest.raises(NotPayable, match="by chain; account retail pays USDC by exchange"):
        prepare(pool, found)
    with pytest.raises(NotPayable, match="is wallet"):
        prepare(pool, factories.destination(), payee="somebody-else")


def test_a_drawdown_to_no_destination_is_refused_by_the_database(pool):
    with pytest.raises(NotPayable, match="no destination that is usable"):
        prepare(pool, None, payee="anybody")
    assert not Instruction.objects.exists()


def test_awards_go_to_accounts_of_the_exchange_on_its_own_rail_only(pool):
    assert prepare(pool, None, payee="account-7", kind="award").count == 1
    with pytest.raises(NotPayable, match="no registered destination"):
        prepare(
            pool, None, payee="account-7", kind="award", account=factories.account(pool, "chain")
        )


def test_a_payment_whose_destination_is_revoked_after_release_is_not_sent(pool):
    rail().set_conditions(Conditions(latency=0, timeout_before=0, timeout_after=0, late=0))
    found = factories.destination()
    prepared = prepare(pool, found)
    approve(Approval.objects.get(subject=prepared.number))
    (batch,) = disbursements.release(
        disbursement=prepared, on=NOW.date(), by=person("treasury_officer"), at=NOW
    )
    destinations.revoke(destination=found, reason="Hacked", by=person("compliance"), at=NOW)
    assert payouts.work(batch=batch, worker="w", rail=rail(), seconds=5) == 0
    assert Instruction.objects.get().state == "ready"
    assert rail().calls("L-1-DRAWDOWN") == []
    with pytest.raises(IntegrityError, match="revoked"), transaction.atomic():
        Instruction.objects.update(state="sending")


def test_a_payment_without_answer_is_asked_about_but_not_sent_once_revoked(pool):
    rail().set_conditions(Conditions(latency=0, lateness=0, timeout_before=10_000))
    found = factories.destination()
    prepared = prepare(pool, found)
    approve(Approval.objects.get(subject=prepared.number))
    (batch,) = disbursements.release(
        disbursement=prepared, on=NOW.date(), by=person("treasury_officer"), at=NOW
    )
    payouts.work(batch=batch, worker="w", rail=rail(), seconds=1)
    destinations.revoke(destination=found, reason="Hacked", by=person("compliance"), at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE treasury_instruction SET lease_until = now() - interval '1 hour'")
    payouts.work(batch=batch, worker="w", rail=rail(), seconds=1)
    assert rail().calls("L-1-DRAWDOWN") == ["send", "query"]
    last = Instruction.objects.get().attempts.order_by("-id").first()
    assert "revoked" in last.outcome
