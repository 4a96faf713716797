"""One world for all tests of a module, where building it takes longer than the tests do."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def shared_world(django_db_blocker) -> Iterator[None]:
    """
    Keep what is built inside for every test of a module, and roll it back after the last one.

    A fixture of the module's scope builds it, after ``django_db_setup``. What a test adds is
    rolled back to it after the test, as ever. Every test of the module sees it, whether it asks for
    the fixture or not: tests of an empty database stand in another module.
    """
    with django_db_blocker.unblock():
        around = transaction.atomic()
        # As around a test: operations may own a transaction inside of it.
        around._from_testcase = True
        around.__enter__()
        try:
            yield
        finally:
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
