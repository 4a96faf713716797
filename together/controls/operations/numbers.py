"""Numbers: the next one of a kind, given out one at a time."""

from django.db import connection, models


def next_number(model: type[models.Model], prefix: str, *, digits: int = 4) -> str:
    """Give the next number of a kind, such as ``L-0001``; part of the operation that uses it."""
    with connection.cursor() as cursor:
        # Held until the transaction ends, so that two of them never get the same number.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"number:{prefix}"])
    return f"{prefix}-{model._default_manager.count() + 1:0{digits}d}"
