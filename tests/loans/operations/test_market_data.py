"""Market data: taken in whole, the same again changes nothing, what moves too far is held."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Instrument, InstrumentPolicy, MarketEntry, MarketFile, Observation
from loans.operations import instruments, market_entries, market_files, observations
from loans.operations.instruments import NotAnInstrument, OutOfBounds
from loans.operations.market_entries import NotEnterable
from loans.operations.observations import NotTaken, NoValue
from loans.queries import market_data
from tests.factories import NOW, approve, person
from tests.loans import market
from tests.loans.market import booked, by_hand, fed, instrument, price, row, said
from together.controls.models import Approval, AuditRecord, Decision
from together.controls.operations import approvals
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def csv(*rows: dict[str, str]) -> bytes:
    head = "instrument,observed_at,value,source"
    return "\n".join([head, *(",".join(one.values()) for one in rows)]).encode() + b"\n"


def bring(*rows: dict[str, str], at=NOW):
    return market_files.bring(
        data=csv(*rows), name="prices.csv", by=person("treasury_officer"), at=at
    )


def test_an_instrument_accepts_nothing_before_its_policy_is_in_force():
    made = instrument(has_policy=False)
    with pytest.raises(NotTaken, match="no instrument with a policy in force"):
        fed(row("BTC", NOW, "65000"))
    officer = person("treasury_officer")
    asked = instruments.propose_policy(
        instrument=made, rules=market.rules(made), by=officer, at=NOW
    )
    with pytest.raises(NotApproved):
        instruments.put_in_force(instrument=made, by=officer, at=NOW)
    with pytest.raises(MayNotDecide):
        approvals.decide(approval=asked, verdict="approved", by=officer, at=NOW)
    approve(asked)
    assert instruments.put_in_force(instrument=made, by=officer, at=NOW).version == 1
    with pytest.raises(NotApproved):
        instruments.put_in_force(instrument=made, by=officer, at=NOW)
    assert fed(row("BTC", NOW, "65000")).counts == {"stored": 1, "known": 0, "held": 0}


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "btc"), ("name", " "), ("kind", "index"), ("scale", 13), ("quantity_scale", -1)],
)
def test_an_instrument_says_which_field_is_wrong(field, value):
    with pytest.raises(NotAnInstrument, match=f"{field}: "):
        instrument(**{field: value})
    assert not Instrument.objects.exists()


def test_an_instrument_is_entered_once_by_the_treasury():
    instrument()
    with pytest.raises(NotAnInstrument, match="'BTC' is entered already"):
        instrument()
    with pytest.raises(NotAllowed):
        instrument("ETH", by=person("loan_officer"))


@pytest.mark.parametrize(
    ("field", "value"),
    [("sources", []), ("most_age", 0), ("most_age", 745), ("most_move", 0), ("least", 0)],
)
def test_a_policy_keeps_its_bounds(field, value):
    made = instrument(has_policy=False)
    with pytest.raises(OutOfBounds, match=f"{field}: "):
        market.policy(made, **{field: value})
    assert not InstrumentPolicy.objects.exists()


def test_the_same_observation_again_changes_nothing_and_another_value_is_refused():
    instrument()
    feed = person("market_feed")
    assert fed(row("BTC", NOW, "65000"), by=feed).counts["stored"] == 1
    assert fed(row("BTC", NOW, "65000.00"), by=feed).counts == {"stored": 0, "known": 1, "held": 0}
    with pytest.raises(NotTaken, match="differs from 65000, which is here for the same moment"):
        fed(row("BTC", NOW - HOUR, "64000"), row("BTC", NOW, "65001"), by=feed)
    assert [said(one) for one in Observation.objects.all()] == ["65000"]


def test_one_request_cannot_say_two_things_of_one_moment():
    instrument()
    with pytest.raises(NotTaken, match="row 2, value, '65001'"):
        fed(row("BTC", NOW, "65000"), row("BTC", NOW, "65001"))
    assert fed(row("BTC", NOW, "65000"), row("BTC", NOW, "65000")).counts["known"] == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"value": "6,5"}, "row 1, value, '6,5': is not a plain decimal"),
        ({"value": "0"}, "is out of the bounds"),
        ({"source": "rumour"}, "source, 'rumour': is not an accepted source: composite"),
        ({"instrument": "DOGE"}, "instrument, 'DOGE': is no instrument"),
        ({"observed_at": "2025-10-14"}, "is not a moment with its offset"),
        ({"observed_at": "2025-10-14T12:02:00Z"}, "is in the future"),
    ],
)
def test_what_is_wrong_is_named_by_row_column_value_and_rule(change, rule):
    instrument()
    with pytest.raises(NotTaken, match=rule):
        fed({**row("BTC", NOW, "65000"), **change})
    assert not Observation.objects.exists()


def test_only_a_feed_may_feed_and_it_may_do_nothing_else():
    made = instrument()
    with pytest.raises(NotAllowed):
        fed(row("BTC", NOW, "65000"), by=person("treasury_officer"))
    with pytest.raises(NotAllowed):
        by_hand(made, NOW.isoformat(), "1", by=person("market_feed"))
    with pytest.raises(NotTaken, match="must be from 1 to 1,000"):
        fed()


def test_a_value_that_moves_too_far_is_held_for_a_person_and_then_for_another():
    instrument()
    taken = fed(
        row("BTC", NOW - HOUR, "100000"), row("BTC", NOW, "79999"), row("BTC", NOW - HOUR / 2, "1")
    )
    assert taken.counts == {"stored": 1, "known": 0, "held": 2}
    entry = MarketEntry.objects.get(observed_at=NOW)
    assert (entry.state, entry.move) == ("held", 2001)
    assert said(market_data.as_of(["BTC"], NOW)["BTC"].observation) == "100000"
    assert fed(row("BTC", NOW, "79999")).counts["known"] == 1
    with pytest.raises(NotTaken, match="differs from 79999"):
        fed(row("BTC", NOW, "80001"))
    officer = person("treasury_officer")
    asked = market_entries.stand_by(entry=entry, reason="Crash", by=officer, at=NOW)
    with pytest.raises(NotApproved):
        market_entries.book(entry=entry, by=officer, at=NOW)
    with pytest.raises(MayNotDecide):
        approvals.decide(approval=asked, verdict="approved", by=officer, at=NOW)
    approve(asked)
    found = market_entries.book(entry=entry, by=officer, at=NOW)
    assert (said(found), found.way) == ("79999", "feed")
    with pytest.raises(NotPossibleNow):
        market_entries.book(entry=entry, by=officer, at=NOW)


def test_what_was_held_before_a_value_that_counts_is_overtaken():
    instrument()
    fed(*(row("BTC", NOW - HOUR * n, "50000" if n < 3 else "100000") for n in range(4)))
    assert MarketEntry.objects.filter(state="held").count() == 3
    entry = MarketEntry.objects.get(observed_at=NOW - HOUR)
    officer = person("treasury_officer")
    approve(market_entries.stand_by(entry=entry, reason="It fell", by=officer, at=NOW))
    market_entries.book(entry=entry, by=officer, at=NOW)
    states = MarketEntry.objects.order_by("observed_at").values_list("state", flat=True)
    assert list(states) == ["withdrawn", "booked", "held"]


def test_a_held_value_that_was_withdrawn_is_known_when_it_comes_again():
    instrument()
    fed(row("BTC", NOW - HOUR, "100000"), row("BTC", NOW, "1"))
    entry = MarketEntry.objects.get()
    with pytest.raises(NotEnterable, match="reason: must be given"):
        market_entries.withdraw(entry=entry, reason="", by=person("treasury_officer"), at=NOW)
    market_entries.withdraw(
        entry=entry, reason="A slip of the feed", by=person("treasury_officer"), at=NOW
    )
    assert fed(row("BTC", NOW, "1")).counts["known"] == 1
    assert AuditRecord.objects.filter(subject=entry.number).last().what == "market.withdrawn"


def test_values_that_arrive_out_of_order_are_compared_with_the_one_before_in_time():
    instrument()
    fed(row("BTC", NOW - HOUR * 3, "100000"), row("BTC", NOW - HOUR, "60000"))
    assert MarketEntry.objects.count() == 1
    assert fed(row("BTC", NOW - HOUR * 2, "85000")).counts["stored"] == 1
    # Down in two steps of less than a fifth each: now the same fall counts by itself.
    assert fed(row("BTC", NOW, "69000")).counts["stored"] == 1


def test_a_file_is_taken_whole_and_known_by_its_digest():
    instrument()
    instrument("SOFR", kind="fixing")
    rows = (row("BTC", NOW, "65000.5"), row("SOFR", "2025-10-10", "0.0418"))
    file, is_new = bring(*rows)
    assert (is_new, file.stored, file.known, file.held) == (True, 2, 0, 0)
    assert bring(*rows, at=NOW + HOUR) == (file, False)
    assert bring(rows[0])[0].known == 1
    assert Observation.objects.count() == 2
    assert {one.way for one in file.observations.all()} == {"file"}


def test_a_file_with_faults_is_refused_whole_with_all_of_them_named():
    instrument()
    instrument("SOFR", kind="fixing")
    with pytest.raises(NotTaken) as refused:
        bring(
            row("BTC", NOW, "65000"),
            row("BTC", NOW, "65001"),
            row("SOFR", "2025-10-13", "0.0418"),
            row("SOFR", "2025-10-10", "4.18"),
            {"instrument": "BTC", "observed_at": "x"},
        )
    named = [(one.row, one.column, one.value) for one in refused.value.faults]
    assert named == [
        (4, "observed_at", "2025-10-13"),
        (5, "value", "4.18"),
        (6, "", "BTC,x"),
        (3, "value", "65001"),
    ]
    assert not Observation.objects.exists()
    assert not MarketFile.objects.exists()
    assert AuditRecord.objects.filter(what="market_file.refused").count() == 1


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n", b"\xff\xfe\x00", b"instrument,observed_at,value,source\n", b"\x00" * 9]
)
def test_what_is_no_file_of_observations_is_refused(data):
    instrument()
    with pytest.raises(NotTaken):
        market_files.bring(data=data, name="x", by=None, at=NOW)


def test_a_value_by_hand_needs_another_person():
    made = instrument()
    entry = by_hand(made, NOW.isoformat(), "65000")
    with pytest.raises(NotEnterable, match=f"{entry.number} of the same moment waits"):
        by_hand(made, NOW.isoformat(), "65001")
    with pytest.raises(NotApproved):
        market_entries.book(entry=entry, by=person("treasury_officer"), at=NOW)
    assert not Observation.objects.exists()
    found = booked(entry)
    assert (found.way, found.source, said(found)) == ("hand", "Exchange close", "65000")
    with pytest.raises(NotEnterable, match="is here already; correct it instead"):
        by_hand(made, NOW.isoformat(), "65001")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "abc"}, "value: 'abc' is not a plain decimal"),
        ({"value": "99999999999999"}, "larger|is not from"),
        ({"at_": "yesterday"}, "observed_at: 'yesterday' is not a moment"),
        ({"source": " "}, "source: "),
        ({"reason": ""}, "reason: must be given"),
    ],
)
def test_a_value_by_hand_says_what_is_wrong(change, words):
    made = instrument()
    given = {"at_": NOW.isoformat(), "value": "65000", **change}
    with pytest.raises(NotEnterable, match=words):
        by_hand(made, given.pop("at_"), given.pop("value"), **given)
    assert not MarketEntry.objects.exists()


def test_a_declined_entry_is_only_withdrawn():
    entry = by_hand(instrument(), NOW.isoformat(), "65000")
    approvals.decide(
        approval=Approval.objects.get(kind="market.entry"),
        verdict=Decision.Verdict.DECLINED,
        reason="Not on the screen",
        by=person("treasury_approver"),
        at=NOW,
    )
    with pytest.raises(NotApproved):
        market_entries.book(entry=entry, by=person("treasury_officer"), at=NOW)
    market_entries.withdraw(entry=entry, reason="x", by=person("treasury_officer"), at=NOW)


def test_a_correction_supersedes_and_both_are_kept():
    instrument()
    wrong = price("BTC", "65000")
    officer = person("treasury_officer")
    with pytest.raises(NotEnterable, match="is what BTC at"):
        market_entries.correct(observation=wrong, value="65000", reason="x", by=officer, at=NOW)
    market_entries.correct(observation=wrong, value="56000", reason="Digits", by=officer, at=NOW)
    later = NOW + HOUR
    right = booked(MarketEntry.objects.get(), at=later)
    assert right.supersedes == wrong
    assert [said(one) for one in Observation.objects.order_by("id")] == ["65000", "56000"]
    assert market_data.as_of(["BTC"], later)["BTC"].observation == right
    # What was known before the correction stays what was known.
    assert market_data.as_of(["BTC"], NOW)["BTC"].observation == wrong
    with pytest.raises(NotEnterable, match="was corrected already"):
        market_entries.correct(observation=wrong, value="1", reason="x", by=officer, at=later)
    assert fed(row("BTC", NOW, "65000"), at=later).counts["known"] == 1


def test_a_stale_price_is_refused_with_the_last_one_and_the_limit():
    instrument()
    price("BTC", "65000")
    good = NOW + timedelta(hours=24)
    assert observations.demand(["BTC"], good)["BTC"].value == 650000000
    with pytest.raises(NoValue, match=r"BTC: the last price, 65000 of 2025-10-14 12:00Z") as said_:
        observations.demand(["BTC"], good + HOUR)
    assert "is 25 hours old as of 2025-10-15 13:00Z; at most 24 hours are allowed" in str(
        said_.value
    )


def test_a_stale_fixing_says_business_days():
    instrument("SOFR", kind="fixing")
    bring(row("SOFR", "2025-10-10", "0.0418"))
    observations.demand(["SOFR"], NOW + timedelta(days=2))
    with pytest.raises(NoValue, match=r"is 4 business days old .* at most 3 business days"):
        observations.demand(["SOFR"], NOW + timedelta(days=3))


def test_every_instrument_without_a_value_is_named():
    instrument()
    instrument("ETH", has_policy=False)
    with pytest.raises(NoValue) as refused:
        observations.demand(["BTC", "ETH", "XYZ"], NOW)
    assert str(refused.value).split("; ") == [
        "BTC: nothing was observed up to 2025-10-14 12:00Z",
        "ETH: no policy says how old a value may be",
        "XYZ: there is no such instrument",
    ]


def test_values_of_thirty_instruments_cost_as_many_queries_as_of_one(django_assert_num_queries):
    for n in range(30):
        instrument(f"A{n}")
        price(f"A{n}", "1")
    for codes in (["A0"], [f"A{n}" for n in range(30)]):
        with django_assert_num_queries(3):
            market_data.as_of(codes, NOW)


def test_the_database_keeps_the_promises_of_observations():
    made = instrument()
    price("BTC", "65000")
    for change in ({"value": 1}, {"source": "other"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Observation.objects.update(**change)
    later = {"instrument": made, "observed_at": NOW + HOUR, "way": "feed", "recorded_at": NOW}
    for values in (
        {"value": 10**9, "source": "rumour"},
        {"value": 10**17, "source": "composite"},
        {"value": 10**10, "source": "composite"},
        {"value": 650000000, "source": "composite", "way": "hand"},
    ):
        with pytest.raises(DatabaseError, match="observation of BTC"), transaction.atomic():
            Observation.objects.create(**{**later, **values})
