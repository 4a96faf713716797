"""`manage.py send_notices`: says how many it made, and which loans failed."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from loans import tasks
from loans.operations import letters
from tests.factories import NOW
from tests.loans.factories import active_loan, close
from tests.loans.operations.test_letters import contact
from together.notices import tasks as mailing


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("send_notices", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def rung(monkeypatch) -> list[str]:
    """Hear what is rung for; no broker is asked."""
    heard: list[str] = []
    monkeypatch.setattr(mailing.mail, "delay", lambda: heard.append("mail"))
    return heard


def test_it_makes_what_is_missing_once_and_beat_mails_it(pool, pay, rung, mailoutbox):
    loan = active_loan(pool, pay)
    contact(loan, "finance", "ines@example.test")
    close(loan, NOW.date() + timedelta(days=20))
    assert run("--date", "2025-10-31") == "2025-10-31: 1 notices made\n"
    assert run("--date", "2025-10-31") == "2025-10-31: 0 notices made\n"
    tasks.send_notices()
    assert rung == []
    mailing.sweep()
    assert rung == ["mail"]
    mailing.mail()
    mailing.sweep()
    assert (rung, len(mailoutbox)) == (["mail"], 1)


def test_it_names_the_loan_that_failed(pool, pay, monkeypatch):
    loan = active_loan(pool, pay)
    close(loan, NOW.date() + timedelta(days=20))

    def broken(known, at):
        raise ValueError("a fault of ours")

    monkeypatch.setattr(letters, "_statement", broken)
    with pytest.raises(CommandError, match=f"{loan.number}: ValueError: a fault of ours"):
        run("--date", "2025-10-31")


def test_a_day_that_is_not_over_is_refused():
    today = timezone.now().date()
    with pytest.raises(CommandError, match="at the end of a day"):
        run("--date", today.isoformat())
