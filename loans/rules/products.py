"""Products: the kinds of loan that are offered, and the terms that each starts from."""

from dataclasses import dataclass
from typing import Any

from loans.rules.delinquency import Bucket

# Days past due of each bucket of arrears, both ends included.
BUCKETS: tuple[dict[str, Any], ...] = (
    {"name": "1-30", "from_day": 1, "to_day": 30},
    {"name": "31-60", "from_day": 31, "to_day": 60},
    {"name": "61-90", "from_day": 61, "to_day": 90},
    {"name": "over 90", "from_day": 91},
)
USUAL_BUCKETS = tuple(Bucket(one["name"], one["from_day"], one.get("to_day")) for one in BUCKETS)
BUCKET_NAMES = ("current", *(bucket["name"] for bucket in BUCKETS))


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of loan: its name, and the fields of its terms that do not vary."""

    code: str
    name: str
    terms: dict[str, Any]


def _product(code: str, name: str, **terms: Any) -> Product:
    shared = {
        "unit": "0.01",
        "interest_on": "balance",
        "calendar": "us_fed",
        "business_day_convention": "following",
        "delinquency": {"grace_days": 0, "buckets": list(BUCKETS)},
    }
    return Product(code, name, {**shared, **terms})


PRODUCTS: tuple[Product, ...] = (
    _product(
        "level_monthly",
        "Level payments, monthly, ACT/360",
        method="level_payment",
        day_count="ACT/360",
        period={"every": 1, "unit": "month"},
        smoothing=True,
    ),
    _product(
        "equal_quarterly",
        "Equal principal, quarterly, 30/360",
        method="equal_principal",
        day_count="30/360",
        period={"every": 3, "unit": "month"},
    ),
    _product(
        "bullet",
        "Interest only to maturity, quarterly, ACT/365F",
        method="bullet",
        day_count="ACT/365F",
        period={"every": 3, "unit": "month"},
    ),
    _product(
        "bullet_360",
        "Interest only to maturity, quarterly, ACT/360 on business days",
        method="bullet",
        day_count="ACT/360",
        period={"every": 3, "unit": "month"},
        business_day_convention="modified_following",
        accrual_dates="adjusted",
    ),
)
BY_CODE = {product.code: product for product in PRODUCTS}


def terms_of(product: str, *, rate: str, instalments: int) -> dict[str, Any]:
    """
    Write the terms of a loan of a product.

    ``rate`` is a fraction per year as text ("0.04" is 4 %).

    :raises KeyError: if there is no such product
    """
    base = BY_CODE[product].terms
    return {**base, "product": product, "rate": rate, "instalments": instalments}
