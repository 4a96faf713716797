"""The worked examples in the words of the rules are true."""

import ast
import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import loans.rules

MODULES = [one.name for one in pkgutil.walk_packages(loans.rules.__path__, "loans.rules.")]
# The rules that stand for a formula: each must show one worked example at least.
FORMULAS = (
    "accrual.accrue",
    "apr.apr",
    "collateral.cover",
    "concentration.herfindahl",
    "compounding.compounded_rate",
    "calendars.easter",
    "calendars.holidays_of",
    "calendars.Calendar.adjusted",
    "day_counts.days",
    "day_counts.fraction",
    "default_interest.default_interest",
    "delinquency.delinquency",
    "due_dates.stepped",
    "due_dates.units_between",
    "level_payment.by_rate",
    "level_payment.level_payment",
    "rounding.rounded",
    "rounding.text",
    "schedule.periods.odd_period",
    "replay.fold.replay",
    "schedule.columns.plans",
    "schedule.plan.schedule",
    "waterfall.split",
)


@pytest.mark.parametrize("name", MODULES)
def test_worked_examples_give_what_they_say(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0


@pytest.mark.parametrize("rule", FORMULAS)
def test_a_formula_shows_a_worked_example_and_names_its_source(rule):
    said = pkgutil.resolve_name(f"loans.rules.{rule}").__doc__
    assert doctest.DocTestParser().get_examples(said)
    assert re.search("source|contract, section", said, re.IGNORECASE)
    assert "Example" in said or "example" in said


@pytest.mark.parametrize("name", MODULES)
def test_every_public_rule_says_what_it_gives(name):
    tree = ast.parse(Path(importlib.import_module(name).__file__).read_text())
    public = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []
