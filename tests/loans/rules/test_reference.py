"""
The rules against a second calculator, written from the text of the contract alone.

Whatever terms, changes and events chance brings, both answer the same, digit by digit, or both
refuse. ``make soak`` (LIFE=soak) compares fifty times as many, other ones every time.
"""

import json
import os
from random import Random, SystemRandom

import pytest

from loans.formats.requests import OPERATIONS, answer
from tests.loans import lives, term_sheets
from tests.loans.reference.book import Refused
from tests.loans.reference.life import replay
from tests.loans.reference.plan import schedule

IS_SOAK = os.environ.get("LIFE") == "soak"
TIMES = 50 if IS_SOAK else 1
FIRST = SystemRandom().randrange(10**9) if IS_SOAK else 0
USUAL = (
    ["repayment"] * 5
    + ["goodwill_credit", "merchant_refund", "payout_refund", "interest_waiver", "payoff"]
    + ["charge", "charge", "drawdown", "rate_change", "extend", "move_due_date"]
    + ["refund", "chargeback", "reversal", "reversal", "end_of_day", "checkpoint"]
)
ENDINGS = ["repayment"] * 4 + ["payoff", "drawdown", "rate_change", "reversal"]
ENDINGS += ["re_age", "charge_off", "write_off"]
# Open to the contract's reader: 0021-what-the-contract-leaves-open.
AFTER_WRITE_OFF = "lies after the loan was written off"


def both(request, by_reference):
    """Give the answers of the rules and of the reference; a refusal is None."""
    said = json.loads(answer(json.dumps({"id": 1, **request}).encode(), OPERATIONS) or "")
    if not said["ok"] and said["error"]["message"] == AFTER_WRITE_OFF:
        return None, None
    try:
        expected = by_reference(request)
    except (Refused, ZeroDivisionError):
        expected = None
    return said["result"] if said["ok"] else None, expected


@pytest.mark.parametrize("batch", range(8))
def test_plans_of_any_terms_are_those_of_the_reference(batch):
    for seed in range(FIRST + batch * 100 * TIMES, FIRST + (batch + 1) * 100 * TIMES):
        got, expected = both(term_sheets.sheet(Random(seed)), schedule)
        assert got == expected, seed


@pytest.mark.parametrize("kinds", [USUAL, ENDINGS], ids=["usual", "endings"])
@pytest.mark.parametrize("batch", range(4))
def test_lives_of_any_events_are_those_of_the_reference(batch, kinds):
    for seed in range(FIRST + batch * 40 * TIMES, FIRST + (batch + 1) * 40 * TIMES):
        got, expected = both(lives.life(Random(seed), 8, kinds), replay)
        assert got == expected, seed


def test_most_of_what_chance_brings_is_answered_and_not_refused():
    plans = [both(term_sheets.sheet(Random(seed)), schedule)[0] for seed in range(60)]
    assert sum(plan is not None for plan in plans) > 30
    told = [both(lives.life(Random(seed), 8, USUAL), replay)[0] for seed in range(60)]
    assert sum(one is not None for one in told) > 30
