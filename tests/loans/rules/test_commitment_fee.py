"""Commitment fees: worked out by hand, and the same however the days are split."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from loans.formats.agreed import read_agreed
from loans.rules.commitment_fee import commitment_fee
from loans.rules.faults import Fault
from loans.rules.replay.events import Event
from loans.rules.replay.fold import lived, states_at

SINCE = date(2026, 1, 15)
TERMS = {"method": "bullet", "rate": "0.06", "instalments": 4}
MILLION = Fraction(10**6)


def terms(day_count="ACT/360", days=90, rate="0.005", **more):
    agreed = {"days": days, "fee_rate": rate}
    return read_agreed({**TERMS, "day_count": day_count, "availability": agreed, **more})


@pytest.mark.parametrize(
    ("day_count", "until", "fee"),
    [
        # 1,000,000 x 0.5 % x 31 / 360.
        ("ACT/360", date(2026, 2, 15), "430.56"),
        ("ACT/365F", date(2026, 2, 15), "424.66"),
        ("30/360", date(2026, 2, 15), "416.67"),
        ("30/360 PERIOD", date(2026, 2, 15), "416.67"),
        # No longer than 90 days, to 15 April.
        ("ACT/360", date(2027, 1, 15), "1250.00"),
        ("ACT/360", SINCE, "0"),
        ("ACT/360", date(2025, 12, 1), "0"),
    ],
)
def test_a_fee_is_earned_by_the_day_count_of_the_terms(day_count, until, fee):
    assert commitment_fee(terms(day_count), [(SINCE, MILLION)], until) == Fraction(fee)


def test_without_an_agreement_there_is_no_fee():
    plain = read_agreed({**TERMS, "day_count": "ACT/360"})
    assert commitment_fee(plain, [(SINCE, MILLION)], date(2026, 3, 1)) == 0


def test_it_never_falls_from_day_to_day():
    fees = [
        commitment_fee(terms("30/360"), [(SINCE, MILLION)], SINCE + timedelta(days=n))
        for n in range(120)
    ]
    assert fees == sorted(fees)


def test_it_is_due_with_the_first_instalment_as_a_fee():
    drawn = Event("drawdown", date(2026, 2, 15), MILLION, identity="1")
    fee = Event("commitment_fee", date(2026, 2, 15), Fraction("430.56"), identity="2")
    paid = Event("repayment", date(2026, 3, 15), Fraction("430.56"))
    first, second, *_ = states_at(lived(terms(), [drawn, fee]), date(2026, 2, 15))
    assert (first.due["fee"], second.due["fee"]) == (Fraction("430.56"), 0)
    # The waterfall takes a fee before interest and principal.
    first, *_ = states_at(lived(terms(), [drawn, fee, paid]), date(2026, 3, 15))
    assert first.paid["fee"] == Fraction("430.56")


@pytest.mark.parametrize(
    ("agreed", "words"),
    [
        ({"fee_rate": "0.01"}, "terms.availability.days: is required"),
        ({"days": 0}, "must be a whole number from 1 to 366"),
        ({"days": 30, "fee_rate": "2"}, "at most 1"),
        ({"days": 30, "fee_rate": "-0.01"}, "must be above zero"),
        ({"days": 30, "fee": "0.01"}, "terms.availability.fee"),
    ],
)
def test_what_makes_no_sense_is_refused(agreed, words):
    with pytest.raises(Fault, match=words):
        read_agreed({**TERMS, "day_count": "ACT/360", "availability": agreed})
