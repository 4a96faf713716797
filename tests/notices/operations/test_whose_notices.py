"""Whose notices are seen is said for one transaction, and forgotten with it (RELIABILITY S5)."""

import pytest
from django.db import connection

from tests.notices.factories import kept
from together.notices.models import Notice
from together.notices.operations import archive


def broken(owner: str) -> None:
    with archive.only([owner]):
        assert Notice.objects.count() == 1
        raise RuntimeError


def test_whose_notices_are_seen_does_not_outlast_a_transaction(own_database):
    kept()
    kept("invoice:L-0002:1:1", owner="I-0002")
    for n in range(20):
        with pytest.raises(RuntimeError):
            broken(f"I-000{1 + n % 2}")
        with archive.only([f"I-000{1 + n % 2}"]):
            assert Notice.objects.get().owner == f"I-000{1 + n % 2}"
        assert Notice.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('together.owners', true), '')")
        assert cursor.fetchone() == ("",)
