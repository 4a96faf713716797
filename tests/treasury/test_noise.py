"""The generator of noisy lines: seeded, true to the cent, and no easier than it says."""

import random
from dataclasses import replace

import pytest

from tests.treasury import noise_kinds
from tests.treasury.noise import noisy
from tests.treasury.noise_kinds import Desk
from tests.treasury.noise_orders import orders
from tests.treasury.noise_truth import judge


@pytest.fixture(scope="module")
def said():
    ordered = orders(seed=5, count=20_000)
    return ordered, noisy(ordered, seed=5, is_bank=True)


def test_the_same_seed_gives_the_same_lines(said):
    ordered, told = said
    assert orders(seed=5, count=20_000) == ordered
    assert noisy(ordered, seed=5, is_bank=True) == told
    assert noisy(ordered, seed=6, is_bank=True) != told


def test_references_are_given_once_and_amounts_repeat(said):
    ordered, _ = said
    assert len({order.reference for order in ordered}) == len(ordered)
    assert len({order.amount for order in ordered}) < len(ordered) * 0.8
    assert len({order.payee for order in ordered}) < len(ordered) * 0.95


def test_the_truth_of_each_line_adds_up(said):
    _, told = said
    for line, truth in told:
        if truth.parts:
            assert line.amount == -sum(amount for _, amount in truth.parts) - truth.fee


def test_what_is_netted_to_nothing_is_not_booked():
    paid, back = replace(orders(seed=5, count=100)[0], amount=400), orders(seed=5, count=100)[1]
    told = noise_kinds.netted(Desk(random.Random(1), True), [paid], replace(back, amount=400))
    assert [(line.amount, truth.kind) for line, truth in told] == [(-400, "returned later")]


def test_no_order_is_paid_beyond_its_amount(said):
    ordered, told = said
    paid, back = {}, {}
    for _, truth in told:
        for reference, amount in truth.parts:
            to = paid if amount > 0 else back
            to[reference] = to.get(reference, 0) + abs(amount)
    amounts = {order.reference: order.amount for order in ordered}
    assert all(amount == amounts[reference] for reference, amount in paid.items())
    assert all(amount == paid[reference] for reference, amount in back.items())


def test_about_one_line_in_eight_is_noisy_and_a_person_could_do_nearly_all(said):
    _, told = said
    clean = sum(truth.kind == "clean" for _, truth in told) / len(told)
    assert 0.83 < clean < 0.90
    verdict = judge(told, {line.entry_id: truth.parts for line, truth in told})
    assert verdict.share == 1
    assert verdict.share_of_all > 0.985
    assert verdict.undecidable / verdict.lines < 0.005


def test_a_wrong_match_is_counted_as_false_and_a_match_of_a_foreign_line_too(said):
    ordered, told = said
    wrong = ((ordered[0].reference, ordered[0].amount + 1),)
    found = {line.entry_id: wrong for line, truth in told if not truth.or_else}
    assert len(judge(told, found).false) == len(found)
