"""The credit policy as JSON: read field by field into the typed rules, or refused by its path."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from loans.formats.fields import Fields
from loans.rules.credit.losses import LossRates
from loans.rules.credit.policy import CreditPolicy, Limits
from loans.rules.credit.ratios import BY_NAME_OF_RATIO
from loans.rules.credit.scorecard import Factor, Grade, Scorecard
from loans.rules.exact import Fraction
from loans.rules.faults import bad_value

MOST_POINTS = 1000
MOST_MONTHS = 360


def read_policy(document: Any) -> CreditPolicy:
    """
    Read a credit policy.

    :raises Fault: with the path of the field that is missing, unknown or wrong, and the rule
    """
    fields = Fields(document)
    grades = _grades(fields.objects("grades", least=1))
    found = CreditPolicy(
        scorecard=_scorecard(fields.object("scorecard"), [grade for grade, _ in grades]),
        loss_rates=_loss(fields.object("loss")),
        limits=_limits(fields.object("limits"), [(one.name, months) for one, months in grades]),
        **_accounts(fields.object("accounts")),
    )
    fields.done()
    return found


def _scorecard(fields: Fields, grades: list[Grade]) -> Scorecard:
    factors = tuple(_factor(one) for one in fields.objects("factors", least=1))
    names = [factor.ratio for factor in factors]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise bad_value(fields.path(f"factors[{n}].ratio"), f"{name} stands in it already")
    if not any(factor.is_decisive for factor in factors):
        raise bad_value(fields.path("factors"), "none of them is decisive")
    most = sum(factor.most for factor in factors)
    approved_from = fields.whole("approved_from", 1, most)
    declined_below = fields.whole("declined_below", 0, approved_from)
    fields.done()
    return Scorecard(factors, approved_from, declined_below, tuple(grades))


def _factor(fields: Fields) -> Factor:
    factor = Factor(
        ratio=fields.choice("ratio", list(BY_NAME_OF_RATIO)),
        steps=tuple(_step(one) for one in fields.objects("steps", least=1)),
        lower_is_better=fields.flag("lower_is_better"),
        is_decisive=fields.flag("is_decisive"),
    )
    fields.done()
    for n, (better, worse) in enumerate(pairwise(factor.steps), start=1):
        is_worse = worse[0] > better[0] if factor.lower_is_better else worse[0] < better[0]
        if not is_worse or worse[1] >= better[1]:
            raise bad_value(fields.path(f"steps[{n}]"), "must be worse than the step before it")
    return factor


def _step(fields: Fields) -> tuple[Fraction, int]:
    step = fields.decimal("bound"), fields.whole("points", 1, MOST_POINTS)
    fields.done()
    return step


def _grades(listed: Sequence[Fields]) -> list[tuple[Grade, int]]:
    found: list[tuple[Grade, int]] = []
    for fields in listed:
        grade = Grade(
            fields.words("grade"), fields.whole("least", 0, 10**6), _share(fields, "pd", least=1)
        )
        months = fields.whole("most_months", 0, MOST_MONTHS)
        fields.done()
        if found and grade.least >= found[-1][0].least:
            raise bad_value(fields.path("least"), "must be below that of the grade before it")
        if found and grade.probability <= found[-1][0].probability:
            raise bad_value(fields.path("pd"), "must be above that of the grade before it")
        if grade.name in [one.name for one, _ in found]:
            raise bad_value(fields.path("grade"), f"{grade.name} stands in the list already")
        found.append((grade, months))
    if found[-1][0].least:
        raise bad_value(listed[-1].path("least"), "the last grade takes every score: it must be 0")
    return found


def _share(fields: Fields, name: str, *, least: int = 0) -> Fraction:
    """Read a fraction from 0 (or above it) to 1."""
    value = fields.decimal(name)
    if not 0 <= value <= 1 or (least and value == 0):
        rule = "must be above 0 and at most 1" if least else "must be from 0 to 1"
        raise bad_value(fields.path(name), rule)
    return value


def _loss(fields: Fields) -> LossRates:
    rates = LossRates(_share(fields, "unsecured"), _share(fields, "secured"))
    fields.done()
    if rates.secured > rates.unsecured:
        raise bad_value(fields.path("secured"), "must not be above that of what is unsecured")
    return rates


def _limits(fields: Fields, months: list[tuple[str, int]]) -> Limits:
    found = Limits(
        group=_cents(fields, "group"),
        sector=_cents(fields, "sector"),
        affiliation=_cents(fields, "affiliation"),
        months=tuple(months),
    )
    fields.done()
    return found


def _cents(fields: Fields, name: str) -> int:
    value = fields.amount(name) * 100
    if value.denominator != 1 or value > 10**17:
        raise bad_value(fields.path(name), "must be an amount of whole cents")
    return int(value)


def _accounts(fields: Fields) -> dict[str, int]:
    found = {
        "least_accounts": fields.whole("least", 1, 12),
        "most_age_days": fields.whole("most_age_days", 1, 1000),
    }
    fields.done()
    return found
