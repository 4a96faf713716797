"""
What holds of matching whatever the lines are: nothing twice, all adds up, no order matters.

Small boards by chance, with few amounts, payees and references so that they collide; and boards
of noisy statements, where the truth is known.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.treasury.noise import noisy
from tests.treasury.noise_kinds import FEES
from tests.treasury.noise_orders import orders
from tests.treasury.noise_truth import judge
from tests.treasury.rules.matching.boards import DAY, RULES
from together.treasury.rules.matching.board import Board
from together.treasury.rules.matching.certain import certain
from together.treasury.rules.matching.possible import MOST, possible
from together.treasury.rules.matching.shapes import Expected, Line, MatchingRules

REFERENCES = [f"R-0001-000000{n}" for n in (10, 11, 12, 21)]
PAYEES = ["A00000001", "A00000002", "A00000003"]
AMOUNTS = [300, 400, 425, 700]
SAID = [*REFERENCES, "REF R-0001-00000010", "R-0001-0000010", "R-0001-00000013", "", "X-9-77777"]
DETAILS = ["", "R-0001-00000010 R-0001-00000011", "D-1-1", "R-0001-00000012"]
ACCOUNTS = [*PAYEES, "", "***001", "VARIOUS"]


@st.composite
def worlds(draw):
    """Draw some payments, and lines that may be them or not."""
    expected = [
        Expected(
            "payment",
            n,
            reference,
            -draw(st.sampled_from(AMOUNTS)),
            DAY,
            account=draw(st.sampled_from(PAYEES)),
            group="D-1-1",
        )
        for n, reference in enumerate(REFERENCES, start=1)
        if draw(st.booleans())
    ]
    lines = [
        Line(
            n,
            "payment",
            -draw(st.sampled_from([*AMOUNTS, 100, 800, 1100])),
            DAY + timedelta(days=draw(st.integers(0, 3))),
            draw(st.sampled_from(SAID)),
            draw(st.sampled_from(ACCOUNTS)),
            details=draw(st.sampled_from(DETAILS)),
        )
        for n in range(1, draw(st.integers(1, 7)))
    ]
    back = [
        replace(line, id=line.id + 100, type="return", amount=-line.amount)
        for line in lines
        if draw(st.integers(0, 3)) == 0
    ]
    return lines + back, expected


def parts(lines, expected, rules=RULES):
    return [part for one in certain(Board(lines, expected, rules)) for part in one.parts]


@given(worlds())
def test_nothing_is_used_twice_and_all_parts_add_up(world):
    lines, expected = world
    by_line, by_target = Counter(), Counter()
    found = certain(Board(lines, expected, RULES))
    assert all(count == 1 for count in Counter(n for one in found for n in one.lines).values())
    for one in found:
        for part in one.parts:
            by_line[part.line] += part.amount
            if part.target:
                by_target[part.kind, part.target] += part.amount
    amounts = {line.id: line.amount for line in lines}
    assert all(amount == amounts[line] for line, amount in by_line.items())
    open_ = {one.id: one.amount for one in expected}
    for (kind, target), amount in by_target.items():
        assert amount == (open_[target] if kind == "payment" else -open_[target])
        assert kind == "payment" or ("payment", target) in by_target


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_of_what_they_may_be_changes_nothing(world, chance):
    lines, expected = world
    before = set(parts(lines, expected))
    chance.shuffle(lines)
    chance.shuffle(expected)
    assert set(parts(lines, expected)) == before


@given(worlds())
def test_a_line_that_resembles_nothing_changes_nothing(world):
    lines, expected = world
    stranger = Line(99, "payment", -123_457, DAY, "ZZ-TOP-88", "B77777777", details="SUNDRY")
    assert set(parts([*lines, stranger], expected)) == set(parts(lines, expected))


@given(worlds())
def test_proposals_are_few_and_of_what_is_open(world):
    lines, expected = world
    board = Board(lines, expected, RULES)
    certain(board)
    offers = possible(board)
    assert all(count <= MOST for count in Counter(n for o in offers for n in o.lines).values())
    for offer in offers:
        assert not offer.is_certain
        assert offer.lines <= board.lines.keys()
        assert (offer.parts[0].kind, offer.parts[0].target) in board.expected


# --- noisy statements -----------------------------------------------------------------------------
NOISY = MatchingRules(fees=frozenset(FEES), days=10)


def read(told, *, is_bank):
    """Read noisy lines as the account's servicer writes them."""
    return [
        Line(
            n,
            one.type,
            one.amount,
            one.booked_at.date(),
            one.reference,
            one.counterparty_account if is_bank else one.counterparty,
            one.counterparty if is_bank else "",
            one.details,
        )
        for n, (one, _) in enumerate(told, start=1)
    ]


def expectation(ordered):
    return [
        Expected("payment", n, o.reference, -o.amount, o.day, account=o.payee, group=o.batch)
        for n, o in enumerate(ordered, start=1)
    ]


@pytest.mark.parametrize(("seed", "is_bank"), [(seed, bool(seed % 2)) for seed in range(40, 46)])
def test_rules_alone_match_noisy_lines_without_a_false_match(seed, is_bank):
    ordered = orders(seed=seed, count=3_000, batch_size=60)
    told = noisy(ordered, seed=seed, is_bank=is_bank)
    lines, found = read(told, is_bank=is_bank), {}
    for part in parts(lines, expectation(ordered), NOISY):
        if part.target:
            name = told[part.line - 1][0].entry_id
            mine = (ordered[part.target - 1].reference, -part.amount)
            found[name] = (*found.get(name, ()), mine)
    verdict = judge(told, found)
    assert verdict.false == []
    assert verdict.share >= 0.98


def test_noisy_lines_are_matched_the_same_in_any_order():
    ordered = orders(seed=50, count=1_500, batch_size=60)
    lines = read(noisy(ordered, seed=50, is_bank=True), is_bank=True)
    before = set(parts(lines, expectation(ordered), NOISY))
    random.Random(1).shuffle(lines)
    assert set(parts(lines, expectation(ordered), NOISY)) == before
