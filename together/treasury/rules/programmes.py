"""Programmes: what a pool is given for. Each programme asks only the pools that name it."""

from enum import StrEnum


class PoolProgramme(StrEnum):
    """What the money of a pool is for."""

    LOANS = "loans"  # lent to institutions
    RETAIL = "retail"  # awarded to users who were liquidated
    COSTS = "costs"  # what running the programmes costs


TITLES: dict[PoolProgramme, str] = {
    PoolProgramme.LOANS: "Loans to institutions",
    PoolProgramme.RETAIL: "Awards to retail users",
    PoolProgramme.COSTS: "Costs of the programmes",
}
