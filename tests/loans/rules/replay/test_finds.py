"""What is accrued between due dates."""

from datetime import date
from fractions import Fraction

from loans.formats.agreed import read_agreed
from loans.rules.replay.events import Event
from loans.rules.replay.finds import accrued
from loans.rules.replay.fold import lived


def test_planned_interest_accrues_on_what_the_plan_still_lends():
    # 10,000.00 at 12 %, three instalments of 3,401.34: the first is 100.00 of interest and leaves
    # 6,698.66. After a day of the second period 100.00 + 6,698.66 x 0.12 / 360 = 102.23.
    terms = read_agreed(
        {
            "method": "level_payment",
            "rate": "0.12",
            "day_count": "ACT/360",
            "instalments": 3,
            "interest_on": "schedule",
        }
    )
    life = lived(terms, [Event("drawdown", date(2025, 11, 3), Fraction(10_000))])
    shown = [float(accrued(life, date(2025, 12, day))) for day in (3, 4)]
    assert shown == [100.0, 102.23]
