"""Columns: a plan among many is the plan of the loan alone, number for number."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loans.formats.agreed import read_agreed
from loans.rules.day_counts import OF_SCHEDULES
from loans.rules.faults import Fault
from loans.rules.rounding import MODES
from loans.rules.schedule import columns
from loans.rules.schedule.columns import plans
from loans.rules.schedule.plan import schedule

START = date(2024, 1, 31)
BIGGEST, SIZE = 2**55, 10**8


def terms_of(**fields):
    usual = {"method": "level_payment", "day_count": "ACT/360", "rate": "0.06", "instalments": 12}
    return read_agreed({**usual, **fields})


def one_by_one(terms, amounts, rates):
    """Plan each loan with the engine of rows, in whole units."""
    found = []
    for n, amount in enumerate(amounts):
        mine = columns.replace(terms, rate=Fraction(rates[n], SIZE)) if rates else terms
        rows = schedule(mine, [(START, amount * terms.unit)])
        parts = [(row.principal, row.interest, row.balance) for row in rows]
        found.append([tuple(int(part / terms.unit) for part in row) for row in parts])
    return found


def side_by_side(terms, amounts, rates=()):
    found = plans(terms, START, amounts, rates or None, SIZE)
    arrays = (found.principal, found.interest, found.balance)
    rows = len(found.periods)
    return [
        [tuple(int(array[row, n]) for array in arrays) for row in range(rows)]
        for n in range(len(amounts))
    ]


@st.composite
def agreed(draw):
    method = draw(st.sampled_from(columns.METHODS))
    fields = {
        "method": method,
        "day_count": draw(st.sampled_from(OF_SCHEDULES)),
        "instalments": draw(st.integers(1, 40)),
        "period": {
            "every": draw(st.integers(1, 4)),
            "unit": draw(st.sampled_from(["week", "month"])),
        },
        "calendar": draw(st.sampled_from(["none", "us_fed", "target2"])),
        "business_day_convention": draw(
            st.sampled_from(["none", "following", "modified_following"])
        ),
        "accrual_dates": draw(st.sampled_from(["unadjusted", "adjusted"])),
        "month_end": draw(st.sampled_from(["clip", "last_day", "roll"])),
        "unit": draw(st.sampled_from(["0.01", "1", "100", "0.000001"])),
        "rate": draw(texts_by_chance),
    }
    for name in ("rounding", "interest_rounding", "payment_rounding"):
        fields[name] = draw(st.sampled_from(MODES))
    if method == "level_payment":
        fields["smoothing"] = draw(st.booleans())
        fields["grace"] = {"principal": draw(st.sampled_from([0, 0, 0, fields["instalments"] - 1]))}
    return terms_of(**fields)


# Rates as they are agreed, rates of eight decimals, and some that no column holds.
rates_by_chance = st.one_of(
    st.integers(0, 80).map(lambda n: n * SIZE // 400),
    st.integers(0, SIZE),
    st.sampled_from([-SIZE // 100, 9 * SIZE]),
)
# The rate of all, as the terms write it.
texts_by_chance = st.sampled_from(["0", "0.07", "0.0725", "-0.01", "9", "0.123456789012345678901"])
amounts_by_chance = st.one_of(
    st.integers(1, 300), st.integers(1, 10**9), st.integers(10**15, BIGGEST)
)


@given(agreed(), st.lists(st.tuples(amounts_by_chance, rates_by_chance), min_size=1, max_size=12))
@example(terms_of(rate="0"), [(12, 0), (18, 0), (30, 0)])
def test_a_column_is_the_plan_of_its_loan(terms, loans):
    amounts, rates = [amount for amount, _ in loans], [rate for _, rate in loans]
    assert side_by_side(terms, amounts, rates) == one_by_one(terms, amounts, rates)


@given(agreed(), st.lists(amounts_by_chance, min_size=1, max_size=12))
def test_the_rate_of_the_terms_counts_where_none_is_given(terms, amounts):
    assert side_by_side(terms, amounts) == one_by_one(terms, amounts, ())


def test_ties_of_interest_go_to_the_even_unit():
    # A balance of 100 at 6 % by months of 30: 0.5; of 300: 1.5.
    terms = terms_of(day_count="30/360 PERIOD", method="bullet", instalments=2)
    found = plans(terms, START, [100, 300, 500])
    assert found.interest[0].tolist() == [0, 2, 2]


def test_a_payment_on_the_boundary_of_rounding_is_computed_in_fractions(monkeypatch):
    # Without interest the payments are 1.5, 2.5 and 3.5 units exactly: no float may decide.
    asked = []
    exact = columns.level_payment
    monkeypatch.setattr(columns, "level_payment", lambda *a: asked.append(a) or exact(*a))
    terms = terms_of(rate="0", instalments=2)
    found = plans(terms, START, [3, 5, 7, 1_000_001])
    assert found.principal[0].tolist() == [2, 2, 4, 500_000]
    assert len(asked) == 4


def test_more_loans_than_one_chunk_are_planned_alike(monkeypatch):
    monkeypatch.setattr(columns, "CHUNK", 3)
    amounts = [10_000 + 37 * n for n in range(11)]
    assert side_by_side(terms_of(smoothing=True), amounts) == one_by_one(
        terms_of(smoothing=True), amounts, ()
    )


def test_terms_that_make_no_sense_are_refused_as_by_the_rows():
    with pytest.raises(Fault) as refused:
        plans(columns.replace(terms_of(), instalments=None), START, [1])
    assert refused.value.field == "terms.instalments"


def test_terms_that_end_by_their_balance_have_no_columns():
    terms = terms_of(method="fixed_payment", payment="100", instalments=None)
    with pytest.raises(ValueError, match="how many instalments"):
        plans(terms, START, [1])


def test_interest_beyond_64_bits_is_refused():
    with pytest.raises(OverflowError):
        plans(terms_of(rate="90"), START, [2**62])


def test_no_loans_have_no_columns():
    assert plans(terms_of(), START, []).interest.shape == (12, 0)
