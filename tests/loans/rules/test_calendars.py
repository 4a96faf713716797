"""Calendars: worked days, and every holiday against an independent library."""

from datetime import date, timedelta

import pytest
import QuantLib

from loans.rules.calendars import Calendar, easter, holidays_of

PEERS = {
    "target2": QuantLib.TARGET(),
    "uk": QuantLib.UnitedKingdom(QuantLib.UnitedKingdom.Settlement),
    "us_fed": QuantLib.UnitedStates(QuantLib.UnitedStates.FederalReserve),
}


def test_easter_falls_where_the_almanac_says():
    assert [easter(year) for year in (2024, 2025, 2038, 1818)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2038, 4, 25),
        date(1818, 3, 22),
    ]


# The UK had royal holidays in 2022 and 2023, which the rule leaves out; both before 2020 and after
# 2023 the rule is the law.
@pytest.mark.parametrize(
    ("name", "years"),
    [("target2", range(2002, 2060)), ("uk", range(2024, 2060)), ("us_fed", range(2022, 2060))],
)
def test_holidays_are_those_of_an_independent_calendar(name, years):
    for year in years:
        day, theirs = date(year, 1, 1), []
        while day.year == year:
            peer = QuantLib.Date(day.day, day.month, day.year)
            if day.weekday() < 5 and not PEERS[name].isBusinessDay(peer):
                theirs.append(day)
            day += timedelta(days=1)
        assert holidays_of(name, year) == theirs, year


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        ("none", date(2024, 8, 31)),
        ("following", date(2024, 9, 2)),
        ("modified_following", date(2024, 8, 30)),
        ("preceding", date(2024, 8, 30)),
        ("modified_preceding", date(2024, 8, 30)),
        ("nearest", date(2024, 8, 30)),
    ],
)
def test_a_saturday_at_the_end_of_a_month_moves_by_its_convention(convention, expected):
    assert Calendar("weekends").adjusted(date(2024, 8, 31), convention) == expected


def test_the_nearest_business_day_is_the_next_one_on_a_tie():
    closed = Calendar("weekends", {date(2024, 5, 15)})
    assert closed.adjusted(date(2024, 5, 15), "nearest") == date(2024, 5, 16)


def test_business_days_are_counted_over_holidays_in_both_directions():
    fed = Calendar("us_fed")
    assert fed.moved(date(2024, 7, 3), 1) == date(2024, 7, 5)
    assert fed.moved(date(2024, 7, 5), -1) == date(2024, 7, 3)
    assert fed.moved(date(2024, 7, 5), 0) == date(2024, 7, 5)
