"""Agreed terms as a loan keeps them: the contract's fields, and the product they came from."""

from collections.abc import Mapping
from typing import Any

from loans.formats.fields import Fields
from loans.formats.terms import read_terms
from loans.rules.terms import Terms


def read_agreed(document: Mapping[str, Any]) -> Terms:
    """
    Read the terms of a loan from its JSON; ``product`` is left aside.

    :raises Fault: with the path of the field that is wrong
    """
    engine = {name: value for name, value in document.items() if name != "product"}
    return read_terms(Fields(engine, "terms"), for_replay=True)
