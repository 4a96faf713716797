"""The list of bugs follows the code: each one still finds the line that it spoils."""

import pytest

from tests.mutants.__main__ import MUTANTS, replaced


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.what)
def test_a_bug_finds_its_line(mutant):
    assert mutant.new in replaced(mutant)
