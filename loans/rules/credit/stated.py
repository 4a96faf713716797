"""Stated figures: what an applicant says of itself, before anybody looks at its accounts."""

import re
from collections.abc import Mapping
from typing import Any

from loans.rules.credit.ratios import BY_NAME_OF_RATIO
from loans.rules.faults import bad_value

FIGURE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
# What an applicant is asked for.
ASKED = ("equity_ratio", "interest_cover", "cash_runway_months", "exchange_exposure_ratio")
TITLES = {name: BY_NAME_OF_RATIO[name].title for name in ASKED}


def check(figures: Mapping[str, Any]) -> None:
    """
    Check figures as they are stated: {"equity_ratio": {"value": "0.35", "evidenced": true}}.

    ``evidenced`` is the applicant's own word that it sent evidence along; nothing rests on it.

    :raises Fault: ``invalid_value`` with the path of the figure
    """
    for name, stated in figures.items():
        if name not in ASKED:
            raise bad_value(f"figures.{name}", f"must be one of {', '.join(sorted(ASKED))}")
        if not isinstance(stated, Mapping) or set(stated) - {"value", "evidenced"}:
            raise bad_value(f"figures.{name}", "must hold value and evidenced")
        value = stated.get("value")
        if not isinstance(value, str) or not FIGURE.fullmatch(value):
            raise bad_value(f"figures.{name}.value", "must be a decimal number as text")
        if not isinstance(stated.get("evidenced", False), bool):
            raise bad_value(f"figures.{name}.evidenced", "must be true or false")
