"""The target of the books: never negative, growing by the day, and all interest in the end."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from loans.formats.agreed import read_agreed
from loans.rules.products import BY_CODE, terms_of
from loans.rules.replay.events import Event
from loans.rules.replay.finds import accrued
from loans.rules.replay.fold import checkpoint, lived
from loans.rules.target import amount_of, target, units

DRAWN_ON = date(2025, 11, 3)


@st.composite
def lives(draw):
    """Make a loan of a product and payments of any size on any days."""
    product = draw(st.sampled_from(sorted(BY_CODE)))
    terms = terms_of(
        product,
        rate=draw(st.sampled_from(["0", "0.04", "0.3599"])),
        instalments=draw(st.integers(1, 8)),
    )
    surplus = draw(st.sampled_from(["next_instalment", "last_instalment", "spread"]))
    terms["waterfall"] = {"default": {"surplus": surplus}}
    days = draw(st.lists(st.integers(0, 500), max_size=6, unique=True))
    payments = [
        Event(
            "repayment",
            DRAWN_ON + timedelta(days=day),
            amount_of(draw(st.integers(1, 60_000_000_000)), 6),
        )
        for day in days
    ]
    return read_agreed(terms), payments


def drawn(amount: str = "100000") -> Event:
    return Event("drawdown", DRAWN_ON, Fraction(amount))


@settings(max_examples=120, deadline=None)
@given(lives(), st.lists(st.integers(0, 900), min_size=1, max_size=12))
def test_no_balance_is_ever_negative_and_interest_only_grows(life, days):
    terms, payments = life
    for known in range(len(payments) + 1):
        events = [drawn(), *payments[:known]]
        folded = lived(terms, events)
        since = max(event.on for event in events)
        before = None
        for day in sorted({since, *(since + timedelta(days=n) for n in days)}):
            found = target(folded, day, 6)
            assert min(found.principal, found.interest, found.charges, found.overpaid) >= 0
            assert found.received == found.drawn - found.principal + (
                found.earned - found.interest + found.overpaid
            )
            if before is not None:
                assert found.earned >= before
            before = found.earned


@settings(max_examples=120, deadline=None)
@given(lives())
def test_what_is_accrued_in_the_end_is_the_interest_of_the_instalments(life):
    terms, payments = life
    folded = lived(terms, [drawn(), *payments])
    late = date(2035, 1, 1)
    shown = sum(
        (state.due["interest"] for state in checkpoint(folded, "end", late).instalments),
        Fraction(0),
    )
    assert accrued(folded, late) == shown


def test_thirty_days_earn_what_the_day_count_says():
    # 100,000.00 x 12 % x 30 / 360 = 1,000.00 after 30 of the 30 days of November.
    terms = read_agreed(terms_of("level_monthly", rate="0.12", instalments=6))
    found = target(lived(terms, [drawn()]), DRAWN_ON + timedelta(days=30), 6)
    assert (found.principal, found.interest, found.earned) == (
        100_000 * 10**6,
        1_000 * 10**6,
        1_000 * 10**6,
    )


def test_amounts_and_minor_units_are_the_same_thing():
    assert units(amount_of(1_234_567, 6), 6) == 1_234_567
