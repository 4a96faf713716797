"""`manage.py watch_covenants`, and the task: say what was done, and fail where something failed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from loans import tasks
from loans.models import CovenantTest
from loans.operations import covenant_tests
from tests.loans.covenants import drawn
from together.schedule import SCHEDULE


def run() -> list[str]:
    out = StringIO()
    call_command("watch_covenants", stdout=out)
    return out.getvalue().splitlines()


def test_it_names_what_it_opened_and_what_ran_out(pool, pay):
    drawn(pool, pay)
    [opened, _, defaulted, unexamined] = run()
    assert opened.startswith("opened: CVT-0001, CVT-0002")
    assert defaulted.startswith("defaulted: CVT-0001")
    assert unexamined == "unexamined: none"
    assert set(run()) == {
        f"{word}: none" for word in ("opened", "overdue", "defaulted", "unexamined")
    }


def test_what_failed_is_named_and_the_next_run_makes_it_good(pool, pay, monkeypatch):
    loan = drawn(pool, pay)

    def broken(*_):
        raise RuntimeError("no calendar")

    with monkeypatch.context() as patched:
        patched.setattr(covenant_tests, "_opened", broken)
        with pytest.raises(CommandError, match=f"parked: {loan.number}: RuntimeError: no calendar"):
            run()
    tasks.watch_covenants()
    assert CovenantTest.objects.filter(state="defaulted").exists()
    assert tasks.watch_covenants.name in {entry["task"] for entry in SCHEDULE.values()}
