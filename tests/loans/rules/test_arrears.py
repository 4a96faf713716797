"""Arrears: every day past due has a step, and a later day never an earlier one."""

from loans.rules.arrears import STEPS, next_step


def test_every_day_past_due_has_a_step_and_none_goes_back():
    order = [step.what for step in STEPS]
    found = [order.index(next_step(days)) for days in range(1, 400)]
    assert found == sorted(found)
    assert set(found) == set(range(len(order)))
    assert next_step(0) == ""


def test_steps_begin_on_the_days_that_the_table_says():
    for before, step in zip((None, *STEPS), STEPS, strict=False):
        assert next_step(step.from_day) == step.what
        assert before is None or next_step(step.from_day - 1) == before.what
        assert step.source
