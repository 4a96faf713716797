"""Single figures: each worked example of the contract, and what each refuses."""

from datetime import date
from fractions import Fraction

import pytest

from loans.rules import apr, level_payment
from loans.rules.accrual import OpenTerm, accrue
from loans.rules.calendars import Calendar
from loans.rules.collateral import Pledge, cover
from loans.rules.compounding import Conventions, compounded_rate
from loans.rules.delinquency import Bucket, delinquency
from loans.rules.faults import Fault
from loans.rules.limits import Headroom, exceeded
from loans.rules.rounding import text
from together.ledger.rules.money import Money

F = Fraction


def test_an_annuity_of_30_years_costs_what_the_tables_say():
    payment = level_payment.by_rate(F(100), F("0.12"), 360, 12, F(0))
    assert text(payment, 12) == "1.028612596926"


def test_without_interest_the_annuity_is_an_equal_split():
    assert level_payment.by_rate(F(100), F(0), 8, 12, F(20)) == 10


def test_the_payment_of_unequal_periods_brings_the_balance_to_the_balloon():
    interest = [F("0.01"), F("0.02"), F("0.005")]
    payment = level_payment.level_payment(F(1000), interest, F(400))
    balance = F(1000)
    for f in interest:
        balance = balance * (1 + f) - payment
    assert balance == 400


def test_the_annual_rate_of_a_single_advance_is_regulation_z_appendix_j():
    # 12 CFR 1026, Appendix J (c)(1)(i): 255/365 of a year.
    found = apr.apr(
        [(date(1978, 1, 3), F(1000))], [(date(1978, 9, 15), F(1080))], apr.UnitPeriod("day")
    )
    assert text(found, 8) == "0.11450980"


def test_no_rate_pays_less_back_than_was_advanced():
    with pytest.raises(Fault) as refused:
        apr.apr([(date(2024, 1, 1), F(10))], [(date(2024, 2, 1), F(9))], apr.UnitPeriod("month"))
    assert (refused.value.code, refused.value.field) == ("no_solution", "payments")


def test_semimonths_know_the_first_and_the_sixteenth():
    with pytest.raises(Fault) as refused:
        apr.apr(
            [(date(2024, 1, 1), F(10))], [(date(2024, 2, 3), F(11))], apr.UnitPeriod("semimonth")
        )
    assert refused.value.field == "payments[0].date"


SOFR = {
    date(2024, 1, 8 + n): F(rate) for n, rate in enumerate(["0.05", "0.06", "0.05", "0.07", "0.04"])
}


def test_a_fixing_counts_for_the_days_to_the_next_business_day():
    # Thursday 11 January to Monday 15: one day at 7 %, then Friday's 4 % for three days.
    found = compounded_rate(
        date(2024, 1, 11), date(2024, 1, 15), SOFR, Conventions(Calendar("weekends"))
    )
    growth = (1 + F("0.07") / 360) * (1 + F("0.04") * 3 / 360)
    assert found == (growth - 1) * 360 / 4


def test_lookback_shift_and_lockout_choose_other_fixings():
    window = (date(2024, 1, 10), date(2024, 1, 12))
    calendar = Calendar("weekends")
    plain = compounded_rate(*window, SOFR, Conventions(calendar))
    back = compounded_rate(*window, SOFR, Conventions(calendar, lookback_days=2))
    locked = compounded_rate(*window, SOFR, Conventions(calendar, lockout_days=1))
    growth = {
        name: ((1 + a / 360) * (1 + b / 360) - 1) * 180
        for name, a, b in (
            ("plain", F("0.05"), F("0.07")),
            ("back", F("0.05"), F("0.06")),
            ("locked", F("0.05"), F("0.05")),
        )
    }
    assert (plain, back, locked) == (growth["plain"], growth["back"], growth["locked"])
    spread = Conventions(calendar, spread=F("0.01"))
    assert compounded_rate(*window, SOFR, spread) == plain + F("0.01")


def test_a_fixing_that_was_not_sent_is_named():
    with pytest.raises(Fault, match="2024-01-15") as refused:
        compounded_rate(
            date(2024, 1, 12), date(2024, 1, 16), SOFR, Conventions(Calendar("weekends"))
        )
    assert refused.value.code == "missing_fixing"


def test_an_open_term_loan_accrues_by_the_second_and_late_interest_from_its_due_time():
    day = 86_400
    loan = OpenTerm(F(1_000_000), F("0.10"), 73 * day, F("0.009"), F("0.05"), {"agent": F("0.02")})
    found = accrue(loan, 146 * day, F(1, 100), "half_even")
    assert (found.interest, found.late_interest) == (40_000, 19_000)
    assert found.service_fees == {"agent": 8_000}
    assert accrue(loan, 73 * day, F(1, 100), "half_even").late_interest == 0


def test_a_haircut_lowers_what_can_be_lent_against():
    found = cover(F(1_000_000), [Pledge(F(8000), F(100), F("0.5"))], F(1, 100))
    assert (found.market_value, found.lendable_value) == (800_000, 400_000)
    assert (found.shortfall, found.ltv) == (600_000, F("1.25"))
    assert cover(F(5), [Pledge(F(0), F(1))], F(1, 100)).ltv is None


def test_values_are_rounded_down():
    found = cover(F(1), [Pledge(F("0.333"), F("10.01"))], F(1, 100))
    assert found.market_value == F("3.33")


BUCKETS = (Bucket("early", 1, 30), Bucket("late", 31))


def test_the_oldest_open_instalment_decides_how_late_a_loan_is():
    rows = [(date(2024, 1, 31), F(0)), (date(2024, 2, 29), F(5)), (date(2024, 3, 31), F(5))]
    found = delinquency(rows, date(2024, 4, 4), 0, BUCKETS)
    assert (found.days_past_due, found.bucket, found.since) == (35, "late", date(2024, 2, 29))


def test_grace_puts_the_bucket_off():
    found = delinquency([(date(2024, 1, 31), F(5))], date(2024, 2, 4), 3, BUCKETS)
    assert (found.days_past_due, found.bucket, found.since) == (4, "early", date(2024, 2, 3))
    within = delinquency([(date(2024, 1, 31), F(5))], date(2024, 2, 3), 3, BUCKETS)
    assert (within.days_past_due, within.bucket, within.since) == (3, None, None)


def test_what_is_due_today_is_not_past_due():
    assert delinquency([(date(2024, 1, 31), F(5))], date(2024, 1, 31)).days_past_due == 0


def test_a_limit_is_kept_to_the_last_unit():
    def room(asked: int) -> Headroom:
        return Headroom("pool", Money(100, "USDC"), Money(40, "USDC"), Money(asked, "USDC"))

    assert room(60).is_kept
    assert exceeded([room(60)]) == []
    assert len(exceeded([room(61)])) == 1
    assert (room(61).before.minor_units, room(61).after.minor_units) == (60, -1)


def test_a_window_that_begins_on_a_closed_day_counts_its_days_from_there():
    saturday, monday, tuesday = date(2024, 3, 9), date(2024, 3, 11), date(2024, 3, 12)
    found = compounded_rate(
        saturday, tuesday, {monday: F("0.06")}, Conventions(Calendar("weekends"))
    )
    # One day of growth over a window of three days.
    assert found == F("0.02")


def test_days_left_over_are_thirtieths_of_a_month():
    # From 10 January to 20 March: two months back from it, and ten days.
    lent, back = (date(2024, 1, 10), F(1000)), (date(2024, 3, 20), F(1100))
    i = apr.apr([lent], [back], apr.UnitPeriod("month")) / 12
    assert abs(1000 * (1 + i / 3) * (1 + i) ** 2 - 1100) < F(1, 10**6)
