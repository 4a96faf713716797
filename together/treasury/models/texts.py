"""Texts as they are compared: what an index over plain references is made of."""

from django.db.models import F, Func, TextField


def plain(field: str) -> Func:
    """Give a text as references are compared; rules know it as ``texts.plain``."""
    return Func(F(field), function="treasury_plain", output_field=TextField())
