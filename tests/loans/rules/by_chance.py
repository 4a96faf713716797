"""Loans by chance: terms of any kind, and the same loan with larger amounts."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from loans.formats.agreed import read_agreed
from loans.rules.products import terms_of
from loans.rules.replay.finds import accrued
from loans.rules.replay.fold import states_at
from loans.rules.terms import COMPONENTS

SCALE = 100
cents = st.integers(1, 30_000_000).map(lambda n: Fraction(n, 100))
days_back = st.integers(1, 200)
rates = st.sampled_from(["0", "0.04", "0.12", "0.3599"])


@st.composite
def terms_by_chance(draw):
    """Make terms of any method that a loan may have."""
    method = draw(st.sampled_from(["level_payment", "equal_principal", "fixed_payment", "bullet"]))
    instalments = draw(st.integers(1, 8))
    document = {
        "method": method,
        "rate": draw(rates),
        "instalments": instalments,
        "day_count": draw(st.sampled_from(["ACT/360", "30/360", "30/360 PERIOD", "ACT/ACT ISDA"])),
        "interest_on": draw(st.sampled_from(["balance", "balance", "schedule"])),
        "charges_due": draw(st.sampled_from(["with_instalment", "own_date"])),
        "waterfall": {
            "direction": draw(st.sampled_from(["horizontal", "vertical"])),
            "default": {
                "surplus": draw(st.sampled_from(["next_instalment", "last_instalment", "spread"]))
            },
            "chargeback": draw(st.sampled_from([[], ["interest", "fee", "penalty", "principal"]])),
        },
    }
    if method == "fixed_payment":
        document["payment"] = draw(st.sampled_from(["50", "15000", "40000.01"]))
    if method == "level_payment":
        document["smoothing"] = draw(st.booleans())
    if draw(st.booleans()):
        on_interest = draw(st.booleans())
        document["default_interest"] = {"rate": "0.18", "on_interest": on_interest}
    if document["interest_on"] == "balance":
        choices = ["instalments", "shorten", "lower"]
        document["prepayment"] = draw(st.sampled_from(choices[: 2 + (method != "fixed_payment")]))
    if draw(st.booleans()):
        document["grace"] = {"principal": draw(st.integers(0, instalments - 1))}
    return read_agreed(document)


@st.composite
def terms_of_products(draw):
    """Make the terms of a product that is on offer."""
    product = draw(st.sampled_from(["level_monthly", "equal_quarterly", "bullet"]))
    document = terms_of(product, rate="0.12", instalments=6)
    document["interest_on"] = draw(st.sampled_from(["balance", "schedule"]))
    surplus = draw(st.sampled_from(["next_instalment", "last_instalment", "spread"]))
    document["waterfall"] = {"default": {"surplus": surplus}}
    return read_agreed(document)


def is_due(state, day):
    return state.row.period.due_on <= day


def told(life, on, scale=1):
    """Give all that people can read of a loan on a day."""
    rows = [
        (
            state.row.period.due_on,
            *(state.due[c] * scale for c in COMPONENTS),
            *(state.paid[c] * scale for c in COMPONENTS),
            *(state.written_off[c] * scale for c in COMPONENTS),
            state.row.balance * scale,
        )
        for state in states_at(life, on)
    ]
    transactions = [
        (t.event, t.type, t.on, t.amount * scale, *(t.parts[c] * scale for c in COMPONENTS))
        for t in life.transactions
    ]
    return rows, transactions, life.overpaid * scale, accrued(life, on) * scale


def scaled_terms(terms):
    return replace(
        terms,
        unit=terms.unit * SCALE,
        payment=None if terms.payment is None else terms.payment * SCALE,
    )


def scaled(event):
    return event if event.amount is None else replace(event, amount=event.amount * SCALE)
