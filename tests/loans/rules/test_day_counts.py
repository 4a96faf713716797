"""Day counts: worked examples, and random dates against QuantLib."""

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.rules.day_counts import Setting, days, fraction

PEERS = {
    "ACT/360": QuantLib.Actual360(),
    "ACT/365F": QuantLib.Actual365Fixed(),
    "ACT/ACT ISDA": QuantLib.ActualActual(QuantLib.ActualActual.ISDA),
    "30/360": QuantLib.Thirty360(QuantLib.Thirty360.BondBasis),
    "30E/360": QuantLib.Thirty360(QuantLib.Thirty360.European),
    "30U/360": QuantLib.Thirty360(QuantLib.Thirty360.USA),
    "30E/360 ISDA": QuantLib.Thirty360(QuantLib.Thirty360.ISDA),
}
dates = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@settings(max_examples=400)
@given(name=st.sampled_from(sorted(PEERS)), one=dates, other=dates)
def test_every_convention_agrees_with_an_independent_library(name, one, other):
    start, end = sorted((one, other))
    peer = PEERS[name]
    theirs = peer.yearFraction(*(QuantLib.Date(d.day, d.month, d.year) for d in (start, end)))
    assert abs(float(fraction(name, start, end)) - theirs) < 1e-10


@pytest.mark.parametrize(
    ("name", "start", "end", "expected"),
    [
        ("ACT/360", date(2024, 1, 1), date(2024, 7, 1), Fraction(182, 360)),
        ("ACT/364", date(2024, 1, 1), date(2024, 7, 1), Fraction(1, 2)),
        ("ACT/365F", date(2024, 1, 1), date(2025, 1, 1), Fraction(366, 365)),
        ("ACT/365A", date(2024, 1, 1), date(2024, 3, 1), Fraction(60, 366)),
        ("ACT/365A", date(2024, 2, 29), date(2024, 3, 31), Fraction(31, 365)),
        (
            "ACT/ACT ISDA",
            date(2003, 11, 1),
            date(2004, 5, 1),
            Fraction(61, 365) + Fraction(121, 366),
        ),
        ("30/360", date(2024, 1, 31), date(2024, 3, 31), Fraction(60, 360)),
        ("30/360", date(2024, 1, 30), date(2024, 2, 29), Fraction(29, 360)),
        ("30/360", date(2024, 1, 15), date(2024, 3, 31), Fraction(76, 360)),
        ("30U/360", date(2024, 2, 29), date(2024, 3, 31), Fraction(30, 360)),
        ("30U/360", date(2023, 2, 28), date(2024, 2, 29), Fraction(1)),
        ("30U/360", date(2024, 1, 15), date(2024, 3, 31), Fraction(76, 360)),
        ("30E/360", date(2024, 2, 28), date(2024, 3, 31), Fraction(32, 360)),
        ("ACT/ACT AFB", date(1999, 2, 1), date(2000, 3, 1), 1 + Fraction(28, 365)),
    ],
)
def test_worked_examples(name, start, end, expected):
    assert fraction(name, start, end) == expected


def test_a_night_belongs_to_the_day_that_is_agreed():
    # The night from 31 December 2023 to 1 January 2024.
    night = (date(2023, 12, 31), date(2024, 1, 1))
    assert fraction("ACT/ACT ISDA", *night) == Fraction(1, 365)
    assert fraction("ACT/ACT ISDA", *night, Setting(accrual_day="end")) == Fraction(1, 366)


def test_the_termination_date_at_the_end_of_february_keeps_its_day():
    # ISDA 2006, 4.16 (h): D2 stays 28 if the end is the termination date.
    span = (date(2023, 1, 31), date(2023, 2, 28))
    assert days("30E/360 ISDA", *span) == 30
    assert days("30E/360 ISDA", *span, Setting(termination=date(2023, 2, 28))) == 28


def test_icma_counts_in_reference_periods():
    # ISDA's note on Actual/Actual, 1999: short first calculation period.
    setting = Setting(reference=(date(1998, 7, 1), date(1999, 7, 1)))
    found = fraction("ACT/ACT ICMA", date(1999, 2, 1), date(1999, 7, 1), setting)
    assert found == Fraction(150, 365)


@given(
    name=st.sampled_from(["ACT/360", "ACT/365F", "ACT/ACT ISDA"]), cut=st.lists(dates, min_size=3)
)
def test_pieces_of_real_days_add_up_to_the_whole(name, cut):
    cut.sort()
    pieces = sum((fraction(name, a, b) for a, b in pairwise(cut)), Fraction(0))
    assert pieces == fraction(name, cut[0], cut[-1])
