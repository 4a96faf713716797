"""`manage.py import_market_data`: whole or not at all, each fault on a line of its own."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from loans.models import Observation
from tests.loans.market import instrument

pytestmark = pytest.mark.django_db
HEAD = "instrument,observed_at,value,source\n"


def run(path) -> str:
    out = StringIO()
    call_command("import_market_data", str(path), stdout=out)
    return out.getvalue()


def test_a_file_is_brought_in_once(tmp_path):
    instrument()
    path = tmp_path / "prices.csv"
    earlier = (timezone.now() - timedelta(hours=1)).isoformat()
    path.write_text(f"{HEAD}BTC,{earlier},65000.5,composite\n")
    assert "1 stored, 0 known, 0 held" in run(path)
    assert "the same file was taken before, nothing changed" in run(path)
    assert Observation.objects.count() == 1


def test_every_fault_is_named_and_nothing_is_stored(tmp_path):
    instrument()
    path = tmp_path / "prices.csv"
    path.write_text(f"{HEAD}BTC,2025-10-14T12:00:00Z,65000,composite\nBTC,x,1e5,rumour\n")
    with pytest.raises(CommandError) as refused:
        run(path)
    lines = str(refused.value).splitlines()
    assert lines[0] == "prices.csv is refused, nothing stored:"
    assert [line.split("'")[1] for line in lines[1:]] == ["x", "1e5", "rumour"]
    assert not Observation.objects.exists()
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.csv")
