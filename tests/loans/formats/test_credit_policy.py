"""Credit policies as JSON: what is wrong is refused by its path."""

import copy

import pytest

from loans.formats.credit_policy import read_policy
from loans.rules.credit.start import START
from loans.rules.exact import Fraction
from loans.rules.faults import Fault

MISSING = object()


def changed(path: str, value: object):
    """Give the first policy with one field changed, or taken out."""
    document = copy.deepcopy(START)
    *way, last = [int(one) if one.isdigit() else one for one in path.split(".")]
    at = document
    for one in way:
        at = at[one]
    if value is MISSING:
        del at[last]
    else:
        at[last] = value
    return document


def test_the_first_policy_is_read():
    found = read_policy(START)
    assert found.limits.group == 20_000_000_00
    assert found.limits.tenor("B") == 48
    assert found.limits.tenor("Z") == 0
    assert found.loss_rates.unsecured == Fraction("0.45")
    assert (found.least_accounts, found.most_age_days) == (2, 200)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("colour", "red", "colour"),
        ("scorecard.approved_from", 101, "scorecard.approved_from"),
        ("scorecard.approved_from", "50", "scorecard.approved_from"),
        ("scorecard.declined_below", 51, "scorecard.declined_below"),
        ("scorecard.factors", [], "scorecard.factors"),
        ("scorecard.factors.0.ratio", "charm", "scorecard.factors[0].ratio"),
        ("scorecard.factors.1.ratio", "equity_ratio", "scorecard.factors[1].ratio"),
        ("scorecard.factors.3.is_decisive", False, "scorecard.factors"),
        ("scorecard.factors.0.steps.1.bound", "0.5", "scorecard.factors[0].steps[1]"),
        ("scorecard.factors.3.steps.1.bound", "0.05", "scorecard.factors[3].steps[1]"),
        ("scorecard.factors.0.steps.0.points", 0, "scorecard.factors[0].steps[0].points"),
        ("grades.1.least", 80, "grades[1].least"),
        ("grades.1.pd", "0.005", "grades[1].pd"),
        ("grades.1.pd", "NaN", "grades[1].pd"),
        ("grades.1.grade", "A", "grades[1].grade"),
        ("grades.4.least", 1, "grades[4].least"),
        ("grades.0.most_months", 361, "grades[0].most_months"),
        ("loss.secured", "0.46", "loss.secured"),
        ("loss.unsecured", "1.01", "loss.unsecured"),
        ("limits.group", "0.001", "limits.group"),
        ("limits.group", "1e400", "limits.group"),
        ("limits.sector", MISSING, "limits.sector"),
        ("accounts.least", 0, "accounts.least"),
    ],
)
def test_what_is_wrong_is_refused_by_its_path(path, value, field):
    with pytest.raises(Fault) as refused:
        read_policy(changed(path, value))
    assert refused.value.field == field


def test_what_is_no_object_is_refused():
    with pytest.raises(Fault):
        read_policy(["scorecard"])
