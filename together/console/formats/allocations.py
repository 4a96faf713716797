"""Allocations as JSON: the shares of a limited pool, section 9 of the calculation contract."""

from typing import Any

from loans.formats.fields import Fields
from loans.rules.faults import Fault, bad_value
from retail_claims.rules.pool_shares import FloorsExceedPool, NotAllocatable, Share, allocate

LARGEST = 10**30


def shares(fields: Fields) -> dict[str, Any]:
    """Answer ``allocate``: awards in the order of the claims, the level, and what is unspent."""
    pool = fields.whole("pool", most=LARGEST)
    claims = [_claim(one) for one in fields.objects("claims", least=1)]
    salt = fields.text("salt")
    minimum = fields.whole("minimum", most=LARGEST) if fields.has("minimum") else None
    fields.done()
    try:
        found = allocate(pool=pool, claims=claims, salt=salt, minimum=minimum)
    except FloorsExceedPool as error:
        raise Fault("floors_exceed_pool", "pool", str(error), bound=error.bound) from error
    except NotAllocatable as error:
        raise bad_value(error.field, str(error)) from error
    return {
        "awards": [
            {"id": one.id, "award": award} for one, award in zip(claims, found.awards, strict=True)
        ],
        "ratio": f"{found.ratio.numerator}/{found.ratio.denominator}",
        "unspent": found.unspent,
    }


def _claim(fields: Fields) -> Share:
    share = Share(
        id=fields.text("id"),
        weight=fields.whole("weight", most=LARGEST),
        cap=fields.whole("cap", most=LARGEST),
        floor=fields.whole_or("floor", 0, most=LARGEST),
    )
    fields.done()
    return share
