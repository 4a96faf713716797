"""Lending pools: those that an institution may ask for a loan."""

from django.db.models import Exists, OuterRef, QuerySet

from loans.models import Application
from together.treasury.models import Pool


def open_pools() -> QuerySet[Pool]:
    """
    Give the pools that loans are asked of already.

    Officers enter the first application of a pool: what nobody lends from is not offered outside.
    """
    asked = Application.objects.filter(pool=OuterRef("pk"))
    return Pool.objects.filter(Exists(asked)).order_by("code")
