"""What a conversion buys, at a rate, to the last minor unit."""

import re
from fractions import Fraction

from together.ledger.rules.money import ASSETS, LARGEST, Money

RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?")


class BadRate(ValueError):
    """Raised when a rate is not a decimal above zero; the message gives the value and the rule."""


def bought(sold: Money, rate: str, asset: str) -> Money:
    """
    Give what an amount buys of another asset; a half goes to the even minor unit.

    ``rate`` is what one whole unit of the asset sold buys, in whole units of ``asset``. Example:
    1,000.00 USD at 0.9998 buy 999.800000 USDC.

    :raises BadRate: if the rate is no decimal of up to 9 whole digits and 12 decimals above zero,
        or buys more than any account holds
    """
    if not RATE.fullmatch(rate) or not Fraction(rate):
        raise BadRate(f"rate: {rate!r} is not a decimal above zero such as 0.9998")
    whole = Fraction(sold.minor_units, 10 ** ASSETS[sold.asset])
    minor_units = round(whole * Fraction(rate) * 10 ** ASSETS[asset])
    if minor_units > LARGEST:
        raise BadRate(f"rate: {rate!r} buys {minor_units} minor units; at most {LARGEST} are kept")
    return Money(minor_units, asset)
