"""Due dates: counted from the anchor, moved, listed, and measured in units."""

from datetime import date
from fractions import Fraction

import pytest

from loans.rules.due_dates import Step, counted, stepped, units_between

MONTH = Step(1, "month")


def test_dates_are_counted_from_the_anchor_never_from_the_one_before():
    dates = counted(date(2023, 1, 31), MONTH, "clip")
    assert [dates.at(n) for n in range(1, 4)] == [
        date(2023, 2, 28),
        date(2023, 3, 31),
        date(2023, 4, 30),
    ]


def test_a_month_that_is_too_short_rolls_on_if_that_is_agreed():
    dates = counted(date(2023, 1, 31), MONTH, "roll")
    assert [dates.at(n) for n in (1, 2)] == [date(2023, 3, 1), date(2023, 3, 31)]


def test_an_anchor_at_the_end_of_its_month_stays_at_the_end():
    dates = counted(date(2023, 2, 28), MONTH, "last_day")
    assert [dates.at(n) for n in (1, 2)] == [date(2023, 3, 31), date(2023, 4, 30)]


def test_a_first_due_date_is_the_anchor_of_the_later_ones():
    dates = counted(date(2024, 1, 1), MONTH, "clip", date(2024, 2, 11))
    assert [dates.at(n) for n in (0, 1, 2)] == [
        date(2024, 1, 1),
        date(2024, 2, 11),
        date(2024, 3, 11),
    ]


def test_a_moved_date_takes_the_later_ones_along():
    dates = counted(date(2024, 1, 1), MONTH, "clip").moved(2, date(2024, 3, 20))
    assert [dates.at(n) for n in (1, 2, 3)] == [
        date(2024, 2, 1),
        date(2024, 3, 20),
        date(2024, 4, 20),
    ]


@pytest.mark.parametrize(
    ("start", "end", "unit", "expected"),
    [
        (date(2024, 1, 1), date(2024, 2, 18), "month", 1 + Fraction(17, 29)),
        (date(2024, 1, 1), date(2024, 3, 1), "month", Fraction(2)),
        (date(2024, 1, 1), date(2024, 1, 15), "week", Fraction(2)),
        (date(2023, 1, 1), date(2024, 7, 1), "year", 1 + Fraction(182, 366)),
        (date(2024, 1, 1), date(2024, 1, 11), "day", Fraction(10)),
    ],
)
def test_a_stretch_is_whole_units_and_a_part_of_the_next(start, end, unit, expected):
    assert units_between(start, end, unit) == expected


def test_a_date_beyond_the_calendar_is_an_overflow():
    with pytest.raises(OverflowError):
        stepped(date(9999, 12, 1), MONTH, 1)
