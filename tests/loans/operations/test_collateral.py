"""Collateral: pledged under four eyes, valued at fresh prices, and demanded before money goes."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import CollateralPolicy, Loan, Pledge
from loans.operations import applications, collateral_policies, drawdowns, pledges, releases
from loans.operations.applications import BadTerms
from loans.operations.collateral_policies import OutOfBounds
from loans.operations.cover import NotCovered
from loans.operations.pledges import NotPledgeable
from loans.queries.collateral import covering, coverings
from loans.rules.loan_to_value import MARGIN_CALL, WITHIN
from tests.factories import NOW, TODAY, approve, person
from tests.loans import collateral, market
from tests.loans.collateral import HOUR, evidence, in_force, pledged, proposed, secured
from tests.loans.factories import accepted, application, approved, close, paid, release, settle
from tests.loans.parties import institution
from together.controls.models import Approval, AuditRecord
from together.controls.operations import approvals, documents
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow


@pytest.fixture
def asked(pool):
    """Give a secured application of a million, with BTC at 100,000."""
    collateral.markets()
    return secured(pool)


def commit(ready, *, at=NOW):
    loan = applications.approve(application=ready, on=TODAY, by=person("loan_officer"), at=at)
    accepted(loan, at=at)
    return loan


def drawn(ready, pay) -> Loan:
    loan = commit(approved(ready))
    release(loan)
    loan.refresh_from_db()
    settle(loan, pay)
    drawdowns.record_drawn(on=TODAY, at=NOW)
    loan.refresh_from_db()
    return loan


# --- the policy ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"margin_call": 7200}, "bands: 7200, 7200, 9100 must rise"),
        ({"liquidation": 10001}, "bands: "),
        ({"cure_hours": 0}, "cure_hours: 0 must be from 1"),
        ({"haircuts": {}}, "haircuts: one instrument at least"),
        ({"haircuts": {"DOGE": 1}}, "haircuts: 'DOGE' is no instrument with a price"),
        ({"haircuts": {"BTC": 10000}}, "haircuts: 10000 of BTC must be from 0 to 9999"),
    ],
)
@pytest.mark.django_db
def test_a_collateral_policy_says_what_is_wrong(change, words):
    market.instrument()
    with pytest.raises(OutOfBounds, match=words):
        collateral.policy(**{"haircuts": {"BTC": 1}, **change})
    assert not CollateralPolicy.objects.exists()


@pytest.mark.django_db
def test_a_collateral_policy_needs_the_committee():
    market.instrument()
    officer = person("loan_officer")
    made = collateral.rules(haircuts={"BTC": 2000})
    waits = collateral_policies.propose(rules=made, by=officer, at=NOW)
    with pytest.raises(NotApproved):
        collateral_policies.put_in_force(by=officer, at=NOW)
    with pytest.raises(MayNotDecide):
        approvals.decide(approval=waits, verdict="approved", by=person("credit_checker"), at=NOW)
    approve(waits)
    assert collateral_policies.put_in_force(by=officer, at=NOW).version == 1
    assert collateral.policy(haircuts={"BTC": 2500}).version == 2
    with pytest.raises(NotAllowed):
        collateral_policies.propose(rules=made, by=person("credit_checker"), at=NOW)


# --- pledging -----------------------------------------------------------------------------------
def test_a_pledge_counts_once_it_was_approved_and_put_in_force(asked):
    pledge, officer = proposed(asked, "14"), person("loan_officer")
    assert covering(asked, NOW).why_not == "nothing is pledged and in force"
    with pytest.raises(NotApproved):
        pledges.put_in_force(pledge=pledge, by=officer, at=NOW)
    in_force(pledge)
    found = covering(asked, NOW)
    assert (str(found.cover.ltv), found.band) == ("5/7", WITHIN)
    assert (found.cover.market_value, found.cover.lendable_value) == (1_400_000, 1_120_000)
    with pytest.raises(NotPossibleNow):
        pledges.put_in_force(pledge=pledge, by=officer, at=NOW)
    with pytest.raises(NotPossibleNow):
        pledges.withdraw(pledge=pledge, by=officer, at=NOW)
    assert AuditRecord.objects.filter(subject=pledge.number).last().what == "pledge.in_force"


def test_everything_that_is_wrong_with_a_pledge_is_named(pool, asked):
    other = secured(pool, borrower=institution())
    market.instrument("ETH")
    with pytest.raises(NotPledgeable) as refused:
        proposed(asked, "1,5x", "ETH", custodian=" ", evidence=evidence(other))
    words = str(refused.value)
    for field in (
        "instrument: ETH has no haircut",
        "custodian: '' must be stated",
        f"is not of {asked.number}, expired or withdrawn",
        "quantity: '1,5x' is not a plain decimal",
    ):
        assert field in words
    for quantity in ("0", "-1", "0.000000001"):
        with pytest.raises(NotPledgeable, match="quantity: "):
            proposed(asked, quantity)
    assert not Pledge.objects.exists()


def test_nothing_is_pledged_for_an_unsecured_or_declined_application(pool, asked):
    with pytest.raises(NotPledgeable, match="its terms say that it is unsecured"):
        proposed(application(pool, borrower=institution()), "1")
    applications.decline(application=asked, reason="No", by=person("loan_officer"), at=NOW)
    with pytest.raises(NotPledgeable, match="is declined"):
        proposed(asked, "1")


def test_the_same_account_secures_one_loan_at_a_time(pool, asked):
    other = secured(pool, borrower=institution())
    first = pledged(asked, "14", reference="ACC-X")
    twice = proposed(other, "14", reference="ACC-X")
    with pytest.raises(NotPledgeable, match=f"is pledged already, as {first.number}"):
        in_force(twice)
    with pytest.raises(DatabaseError, match="is pledged already"), transaction.atomic():
        Pledge.objects.filter(pk=twice.pk).update(state="in_force")


def test_evidence_that_was_withdrawn_meanwhile_stops_it(asked):
    pledge = proposed(asked, "14")
    documents.withdraw(document=pledge.evidence, reason="forged", by=person("loan_officer"), at=NOW)
    with pytest.raises(NotPledgeable, match="expired or was withdrawn"):
        in_force(pledge)


# --- what it is demanded for --------------------------------------------------------------------
@pytest.mark.parametrize(
    "secured_", [{}, {"most_ltv": "1.1"}, {"most_ltv": "0"}, {"x": "1"}, "yes"]
)
def test_terms_that_are_secured_by_nothing_that_makes_sense_are_refused(pool, secured_):
    from loans.rules.products import terms_of

    terms = terms_of("level_monthly", rate="0.12", instalments=12)
    with pytest.raises(BadTerms, match=r"terms\.secured"):
        application(pool, terms={**terms, "secured": secured_})


def test_a_secured_loan_is_not_committed_without_enough_collateral(asked):
    ready = approved(asked)
    with pytest.raises(NotCovered, match="nothing is pledged and in force"):
        commit(ready)
    pledged(asked, "13")
    with pytest.raises(NotCovered) as refused:
        commit(ready)
    assert "loan to value 76.92 % is above 72.00 %; 88888.89 USD more are needed" in str(
        refused.value
    )
    pledged(asked, "0.8888889")
    assert commit(ready).number == "L-0001"


def test_terms_may_ask_for_more_than_the_policy(pool):
    collateral.markets()
    strict = secured(pool, most_ltv="0.5")
    pledged(strict, "14")
    with pytest.raises(NotCovered, match=r"is above 50\.00 %"):
        commit(approved(strict))


def test_haircuts_may_ask_for_more_than_the_bands(pool):
    market.instrument()
    collateral.policy(haircuts={"BTC": 5000})
    market.price("BTC", "100000")
    volatile = secured(pool)
    pledged(volatile, "14")
    with pytest.raises(NotCovered, match=r"after haircuts its collateral is 300000 USD short"):
        commit(approved(volatile))


def test_a_stale_price_stops_commitment_and_drawdown_and_names_itself(asked):
    pledged(asked, "15")
    ready, later = approved(asked), NOW + timedelta(hours=25)
    with pytest.raises(NotCovered, match=r"BTC: the last price, 100000 .* is 25 hours old"):
        commit(ready, at=later)
    loan = commit(ready)
    with pytest.raises(NotCovered, match="loan to value cannot be said: BTC: the last price"):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=later)
    market.price("BTC", "99000", later)
    drawdowns.ask(loan=loan, by=person("loan_officer"), at=later)


def test_a_price_that_fell_stops_the_drawdown(asked):
    pledged(asked, "14")
    loan = commit(approved(asked))
    market.price("BTC", "85000", NOW + HOUR)
    with pytest.raises(NotCovered, match=r"loan to value 84\.03 %"):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW + HOUR)
    loan.refresh_from_db()
    assert (loan.state, loan.disbursement) == ("committed", None)


def test_an_unsecured_loan_is_lent_as_before(pool, django_assert_num_queries):
    from loans.operations import cover

    plain = application(pool)
    with django_assert_num_queries(0):
        cover.demand(plain, NOW)
    drawdowns.ask(loan=commit(approved(plain)), by=person("loan_officer"), at=NOW)


# --- release and substitution -------------------------------------------------------------------
def test_a_pledge_is_released_only_where_the_loan_stays_covered(asked):
    first, second = pledged(asked, "14"), pledged(asked, "2")
    commit(approved(asked))
    officer = person("loan_officer")
    with pytest.raises(NotCovered, match="is above"):
        releases.propose(pledge=first, reason="They asked", by=officer, at=NOW)
    with pytest.raises(NotPledgeable, match="reason: must be given"):
        releases.propose(pledge=second, reason=" ", by=officer, at=NOW)
    waits = releases.propose(pledge=second, reason="They asked", by=officer, at=NOW)
    assert waits.amount_cents == 200_000_00
    with pytest.raises(NotApproved):
        releases.release(pledge=second, by=officer, at=NOW)
    approve(waits)
    market.price("BTC", "99000", NOW + HOUR)
    with pytest.raises(NotCovered):
        releases.release(pledge=second, by=officer, at=NOW + HOUR)
    market.price("BTC", "101000", NOW + 2 * HOUR)
    releases.release(pledge=second, by=officer, at=NOW + 2 * HOUR)
    second.refresh_from_db()
    assert second.state == "released"
    with pytest.raises(NotPossibleNow):
        releases.release(pledge=second, by=officer, at=NOW + 2 * HOUR)


def test_a_large_release_needs_the_committee_as_well(asked):
    pledged(asked, "14")
    large = pledged(asked, "21")
    commit(approved(asked))
    waits = releases.propose(pledge=large, reason="x", by=person("loan_officer"), at=NOW)
    assert waits.roles == ["credit_checker", "committee"]


def test_collateral_of_a_closed_loan_goes_back_at_any_price(asked, pay):
    pledge = pledged(asked, "14")
    loan = drawn(asked, pay)
    paid(loan, "1000000", TODAY)
    close(loan, TODAY + timedelta(days=1))
    assert loan.state == "closed"
    later, officer = NOW + timedelta(days=9), person("loan_officer")
    approve(releases.propose(pledge=pledge, reason="Repaid", by=officer, at=later), at=later)
    releases.release(pledge=pledge, by=officer, at=later)


def test_a_substitute_takes_the_place_of_a_pledge_in_one_step(asked):
    old = pledged(asked, "14")
    commit(approved(asked))
    small = proposed(asked, "1", replaces=old)
    with pytest.raises(NotPledgeable, match=f"another pledge that replaces {old.number} waits"):
        proposed(asked, "14", replaces=old)
    with pytest.raises(NotCovered):
        in_force(small)
    pledges.withdraw(pledge=small, by=person("loan_officer"), at=NOW)
    # The same account may hold less or more of it.
    new = pledged(asked, "1500000", "USDC", replaces=old)
    old.refresh_from_db()
    assert (old.state, new.state) == ("substituted", "in_force")
    assert [one.pledge for one in covering(asked, NOW).pledges] == [new]
    with pytest.raises(NotPledgeable, match=f"replaces: {old.number} is not in force"):
        proposed(asked, "1", replaces=old)


# --- valuation ----------------------------------------------------------------------------------
def test_an_active_loan_is_valued_by_what_the_books_say(asked, pay):
    pledged(asked, "14")
    loan = drawn(asked, pay)
    paid(loan, "400000", TODAY)
    found = covering(asked, NOW)
    assert found.owed.minor_units == 600_000 * 10**6
    market.price("BTC", "55000", NOW + HOUR)
    assert covering(asked, NOW + HOUR).band == MARGIN_CALL


def test_thirty_loans_are_valued_in_as_many_queries_as_one(pool, django_assert_num_queries):
    collateral.markets()
    found = [secured(pool, borrower=institution(), amount="1000") for _ in range(5)]
    for one in found:
        pledged(one, "1")
    with django_assert_num_queries(6):
        one = coverings(found[:1], NOW)
    with django_assert_num_queries(6):
        many = coverings(found, NOW)
    assert many[found[0].pk] == one[found[0].pk]


def test_the_database_keeps_the_promises_of_pledges(asked):
    pledge, waits = pledged(asked, "14"), proposed(asked, "1")
    for changed, change in (
        (pledge, {"quantity": 1}),
        (pledge, {"state": "released"}),
        (pledge, {"state": "substituted"}),
        (pledge, {"state": "proposed"}),
        (waits, {"state": "in_force"}),
    ):
        with pytest.raises(DatabaseError, match="pledge"), transaction.atomic():
            Pledge.objects.filter(pk=changed.pk).update(**change)
    assert Approval.objects.filter(kind="collateral.pledge").count() == 2
