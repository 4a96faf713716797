"""Lending pools: those that an institution may ask for a loan."""

from django.db.models import QuerySet

from together.treasury.models import Pool
from together.treasury.rules.programmes import PoolProgramme


def open_pools() -> QuerySet[Pool]:
    """Give the pools that are given for loans, whether anything was asked of them yet or not."""
    return Pool.objects.filter(given_for=PoolProgramme.LOANS).order_by("code")
