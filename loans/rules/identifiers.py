"""Identifiers of legal entities, checked by their standards."""

import re

from stdnum import lei

LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")


def is_lei(text: str) -> bool:
    """
    Say whether a text is a legal entity identifier: 20 characters, two of them check digits.

    Source: ISO 17442-1, check digits by ISO/IEC 7064 MOD 97-10.

    >>> is_lei("5493001KJTIIGC8Y1R12"), is_lei("5493001KJTIIGC8Y1R13"), is_lei("1")
    (True, False, False)
    """
    return bool(LEI.fullmatch(text)) and bool(lei.is_valid(text))
