"""Market data, pledges and margin calls at the same moment, and broken off half way."""

from collections.abc import Callable

import pytest

from loans.models import MarginCall, MarketEntry, MarketFile, Observation, Pledge
from loans.operations import margin_calls, market_files, observations, pledges
from loans.operations.observations import NotTaken
from loans.operations.pledges import NotPledgeable
from tests.at_once import at_once as all_at_once
from tests.factories import NOW, approve, person
from tests.loans import collateral, market
from tests.loans.collateral import HOUR, pledged, proposed, secured
from tests.loans.conftest import CALM
from tests.loans.factories import loans_pool
from tests.loans.margin_calls import drawn
from tests.loans.parties import institution
from together.controls.models import Approval, AuditRecord
from together.treasury.operations import payouts
from together.treasury.operations.rails import rail

AT_ONCE = 8


def at_once(*runs: Callable[[], object]) -> list[object]:
    """Run all of these at the same moment; give what each answered or refused."""
    return all_at_once(*runs, refusals=(NotTaken, NotPledgeable))


def test_feeds_that_send_the_same_moment_at_once_store_one_value(own_database):
    market.instrument()
    feed = person("market_feed")

    def send(value: str) -> Callable[[], object]:
        rows = [market.row("BTC", NOW, value)]
        return lambda: observations.feed(rows=rows, by=feed, at=NOW).counts["stored"]

    answers = at_once(*[send("65000") for _ in range(AT_ONCE)], send("65001"))
    assert len(answers) == AT_ONCE + 1
    assert answers.count(1) == 1
    assert NotTaken in answers
    assert Observation.objects.count() == 1


def test_the_same_file_at_once_is_taken_once(own_database):
    market.instrument()
    officer = person("treasury_officer")
    data = b"instrument,observed_at,value,source\nBTC,2025-10-14T11:00:00Z,65000,composite\n"
    answers = at_once(
        *[lambda: market_files.bring(data=data, name="x", by=officer, at=NOW)[1]] * AT_ONCE
    )
    assert sorted(map(str, answers)) == ["False"] * (AT_ONCE - 1) + ["True"]
    assert (MarketFile.objects.count(), Observation.objects.count()) == (1, 1)


def test_the_same_account_is_not_pledged_twice_at_once(own_database):
    collateral.markets()
    pool, officer = loans_pool(), person("loan_officer")
    waiting = [
        proposed(secured(pool, borrower=institution(), amount="1000"), "1", reference="ACC-X")
        for _ in range(4)
    ]
    for one in waiting:
        approve(Approval.objects.get(kind="collateral.pledge", subject=one.number))

    def put(pledge: Pledge) -> Callable[[], object]:
        def run() -> object:
            try:
                return pledges.put_in_force(pledge=pledge, by=officer, at=NOW)
            except Exception as error:  # refused by the operation, or by the database
                assert "pledged already" in str(error)
                return "refused"

        return run

    answers = at_once(*map(put, waiting))
    assert answers.count(None) == 1
    assert Pledge.objects.filter(state="in_force").count() == 1


def test_monitors_that_look_at_once_open_one_call(own_database):
    rail().set_conditions(CALM)
    collateral.markets()
    pool = loans_pool()
    loan = drawn(pool, lambda b: payouts.work(batch=b, worker="w", rail=rail(), seconds=20))
    market.price("BTC", "87000", NOW + HOUR)
    answers = at_once(*[lambda: margin_calls.watch(at=NOW + HOUR).opened] * AT_ONCE)
    assert sorted(map(len, answers)) == [0] * (AT_ONCE - 1) + [1]
    assert MarginCall.objects.get().loan == loan


def test_a_feed_that_breaks_off_leaves_nothing(own_database, monkeypatch):
    market.instrument()
    rows = [market.row("BTC", NOW - HOUR, "100000"), market.row("BTC", NOW, "1")]
    before = AuditRecord.objects.count()

    def broken(**_):
        raise RuntimeError("half way")

    feed = person("market_feed")
    with monkeypatch.context() as patched:
        patched.setattr(observations, "record", broken)
        with pytest.raises(RuntimeError):
            observations.feed(rows=rows, by=feed, at=NOW)
    assert not Observation.objects.exists()
    assert not MarketEntry.objects.exists()
    assert AuditRecord.objects.count() >= before
    assert observations.feed(rows=rows, by=feed, at=NOW).counts == {
        "stored": 1,
        "known": 0,
        "held": 1,
    }


def test_a_substitution_that_breaks_off_leaves_the_old_pledge_in_force(own_database, monkeypatch):
    collateral.markets()
    asked = secured(loans_pool())
    old = pledged(asked, "14")
    new = proposed(asked, "15", replaces=old)
    approve(Approval.objects.get(kind="collateral.pledge", subject=new.number))
    officer, moved, real = person("loan_officer"), [], pledges.move

    def broken(*given):
        if moved:
            raise RuntimeError("half way")
        moved.append(real(*given))

    with monkeypatch.context() as patched:
        patched.setattr(pledges, "move", broken)
        with pytest.raises(RuntimeError):
            pledges.put_in_force(pledge=new, by=officer, at=NOW)
    states = dict(Pledge.objects.values_list("number", "state"))
    assert states == {old.number: "in_force", new.number: "proposed"}
    pledges.put_in_force(pledge=new, by=officer, at=NOW)
    states = dict(Pledge.objects.values_list("number", "state"))
    assert states == {old.number: "substituted", new.number: "in_force"}
