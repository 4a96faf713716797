"""Work that only one worker does at a time, whichever machine it is on."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(what: str) -> Iterator[bool]:
    """
    Say whether nobody else is at a piece of work, and keep others from it meanwhile.

    The database holds the lock for the connection: a worker that dies gives it back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [what])
        (is_alone,) = cursor.fetchone()
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [what])
