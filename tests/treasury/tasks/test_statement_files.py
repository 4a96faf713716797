"""Large files are read by a worker: through a real broker, killed and rung for again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.treasury.operations import chains
from tests.treasury.operations.chains import FORMATS
from tests.treasury.operations.test_statement_chains import opened
from together.schedule import SCHEDULE
from together.treasury import tasks
from together.treasury.models import StatementFile, StatementLine
from together.treasury.operations import statement_files

CAMT = FORMATS[0]


@pytest.fixture
def account(own_database):
    return opened(CAMT)


def received(account, data, minutes=5):
    at = timezone.now() - timedelta(minutes=minutes)
    return statement_files.receive(account=account, data=data, by=None, at=at)


def test_a_worker_brings_a_file_to_its_end_and_twice_changes_nothing(account):
    file = received(account, CAMT.write(chains.statements(CAMT)[0]).data)
    for _ in range(2):
        tasks.work_on_file(file.pk)
    file.refresh_from_db()
    assert file.state == "booked"
    assert StatementLine.objects.count() == file.lines


def test_a_refusal_is_kept_with_the_file_and_does_not_break_the_worker(account):
    file = received(account, b"nothing that is known")
    tasks.work_on_file(file.pk)
    file.refresh_from_db()
    assert file.state == "refused"
    assert "of no kind that is known" in file.faults[0]["rule"]


def test_the_sweep_rings_for_what_was_left_behind_only(account, monkeypatch):
    rung = []
    monkeypatch.setattr(tasks.work_on_file, "delay", rung.append)
    left = received(account, b"left behind")
    received(account, b"just now", minutes=0)
    ended = received(account, b"ended")
    tasks.work_on_file(ended.pk)
    tasks.sweep_files()
    assert rung == [left.pk]
    assert StatementFile.objects.get(pk=ended.pk).state == "refused"


def test_the_timetable_rings_for_files():
    assert tasks.sweep_files.name in {entry["task"] for entry in SCHEDULE.values()}
