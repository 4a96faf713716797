"""Letters: said once, as known at the end of their day; reminders, default, advices, statements."""

import io
from datetime import date, timedelta
from itertools import count

import pytest
from django.db import transaction
from pypdf import PdfReader

from loans.models import Agenda, Contact, Loan
from loans.operations import contacts, invoices, letters
from loans.queries import sayings
from loans.rules.contacts import Details
from tests.factories import NOW, TODAY, person
from tests.loans import factories as loan_factories
from tests.loans.factories import active_loan, adjusted, at, close, paid, proposed
from together.controls.models import AuditRecord
from together.notices.models import Notice

DAY = timedelta(days=1)
DUE = date(2025, 11, 14)


@pytest.fixture
def loan(pool, pay):
    """Give a loan that was drawn today, and whose borrower has somebody for finance."""
    made = active_loan(pool, pay)
    contact(made, "finance", "ines@example.test")
    return made


def contact(loan: Loan, capacity: str, email: str) -> Contact:
    return contacts.enter(
        institution=loan.institution,
        details=Details("Ines", capacity, email, "+442079460018"),
        starts_on=TODAY,
        by=person("loan_officer"),
        at=NOW,
    )


def said(loan: Loan, on: date) -> letters.Said:
    """Close a day and say it."""
    close(loan, on)
    return letters.send_notices(on=on, at=at(on))


def daily(loan: Loan, since: date, until: date) -> None:
    while since < until:
        since += DAY
        assert not said(loan, since).failed


def told(*kinds: str) -> list[tuple[str, date]]:
    found = Notice.objects.filter(kind__in=kinds) if kinds else Notice.objects.all()
    return list(found.order_by("id").values_list("key", "on"))


def words(notice: Notice) -> str:
    pages = PdfReader(io.BytesIO(bytes(notice.content.data))).pages
    text = " ".join(page.extract_text() for page in pages)
    # Where a long word may break.
    return " ".join(text.replace("\u200b", "").split())


def test_arrears_are_reminded_of_step_by_step_and_then_in_default(loan):
    contact(loan, "legal", "law@example.test")
    daily(loan, TODAY, DUE + 32 * DAY)
    stem = f"{loan.number}:1:{DUE}"
    expected = [(f"reminder:{stem}:{n}", DUE + n * DAY) for n in (1, 5, 15, 30)]
    found = [one for one in told("reminder", "default") if ":1:" in one[0][:20]]
    assert found == [*expected, (f"default:{stem}", DUE + 31 * DAY)]
    last = Notice.objects.get(key=f"default:{stem}")
    assert last.addresses == ["ines@example.test", "law@example.test"]
    assert "is in default of payment" in words(last)
    first = Notice.objects.get(key=f"reminder:{stem}:1")
    assert first.addresses == ["ines@example.test"]
    assert (first.state, first.owner, first.about) == (
        "ready",
        loan.institution.number,
        loan.number,
    )


def test_who_pays_is_not_reminded_and_gets_an_advice_with_the_split(loan):
    daily(loan, TODAY, DUE - DAY)
    due = sayings.known(loan, DUE, 0).standing.instalments[0].due
    paid(loan, str(due.decimal), DUE)
    daily(loan, DUE - DAY, DUE + 6 * DAY)
    assert told("reminder") == []
    (advice,) = Notice.objects.filter(kind="receipt")
    assert (advice.key, advice.on) == (f"receipt:{loan.number}:2", DUE)
    text = words(advice)
    row = sayings.known(loan, DUE, 0).standing.instalments[0]
    for part in (due, row.principal, row.interest):
        assert str(part) in text


def test_a_receipt_that_is_taken_off_again_makes_the_reminder_it_deserves(loan):
    daily(loan, TODAY, DUE - DAY)
    due = sayings.known(loan, DUE, 0).standing.instalments[0].due
    paid(loan, str(due.decimal), DUE)
    daily(loan, DUE - DAY, DUE + 6 * DAY)
    adjusted(loan, "reversal", DUE + 7 * DAY, target=2, today=DUE + 7 * DAY)
    daily(loan, DUE + 6 * DAY, DUE + 9 * DAY)
    assert told("reminder") == [(f"reminder:{loan.number}:1:{DUE}:5", DUE + 7 * DAY)]
    assert told("receipt_reversed") == [(f"receipt:{loan.number}:2:reversed", DUE + 7 * DAY)]


def test_each_month_ends_with_a_statement(loan):
    daily(loan, TODAY, date(2025, 12, 1))
    assert told("statement") == [
        (f"statement:{loan.number}:2025-10", date(2025, 10, 31)),
        (f"statement:{loan.number}:2025-11", date(2025, 11, 30)),
    ]
    text = words(Notice.objects.filter(kind="statement").earliest("id"))
    assert "Drawdown" in text
    assert "1,000,000.00" in text


def test_run_twice_it_says_nothing_more(loan):
    until = DUE + 2 * DAY
    close(loan, until)
    first = letters.send_notices(on=until, at=at(until))
    assert first.notices == Notice.objects.count() == 3
    assert letters.send_notices(on=until, at=at(until)).notices == 0
    again = letters.say(loan=loan, day=DUE, at=at(until))
    assert again[0] == []


def test_many_days_at_once_say_what_day_by_day_says(loan, monkeypatch):
    due = sayings.known(loan, DUE, 0).standing.instalments[0].due

    def lived(step: int) -> list[tuple[str, date, str]]:
        day = TODAY
        while day < DUE + 40 * DAY:
            day += DAY
            if day == DUE + 3 * DAY:
                paid(loan, str(due.decimal), day)
            if day == DUE + 26 * DAY:
                adjusted(loan, "charge", day, "100", today=day)
            close(loan, day)
            if (day - TODAY).days % step == 0:
                assert not letters.send_notices(on=day, at=at(day)).failed
        letters.send_notices(on=day, at=at(day))
        found = Notice.objects.order_by("on", "key")
        return list(found.values_list("key", "on", "digest"))

    found = []
    for step in (1, 7, 1_000):
        before = transaction.savepoint()
        # Each time the same entries come in.
        monkeypatch.setattr(loan_factories, "_number", count(500))
        found.append(lived(step))
        transaction.savepoint_rollback(before)
        loan.refresh_from_db()
    # The same things, of the same days, word for word.
    assert found[1] == found[0]
    assert found[2] == found[0]
    assert len(found[0]) > 6


def test_without_a_contact_for_finance_it_is_kept_and_says_why(pool, pay):
    loan = active_loan(pool, pay)
    contact(loan, "operations", "otto@example.test")
    said(loan, date(2025, 10, 31))
    kept = Notice.objects.get()
    assert (kept.state, kept.addresses) == ("kept", [])
    assert kept.reason == "no contact in force has an address for it"


def test_who_is_no_contact_any_more_gets_nothing(loan):
    gone = Contact.objects.get(email="ines@example.test")
    contacts.end(contact=gone, on=TODAY, reason="left", by=person("loan_officer"), at=NOW)
    contact(loan, "finance", "otto@example.test")
    said(loan, date(2025, 10, 31))
    assert Notice.objects.get().addresses == ["otto@example.test"]


def test_a_loan_that_fails_is_named_and_stops_nobody_else(loan, pool, pay, monkeypatch):
    other = active_loan(pool, pay)
    real = invoices.issue

    def broken(known, at):
        if known.loan.pk == loan.pk:
            raise ValueError("a fault of ours")
        return real(known, at)

    monkeypatch.setattr(invoices, "issue", broken)
    until = date(2025, 10, 31)
    found = said(loan, until)
    assert found.failed == {loan.number: "ValueError: a fault of ours"}
    assert [one.about for one in Notice.objects.all()] == [other.number]
    assert not Agenda.objects.filter(loan=loan).exists()
    monkeypatch.setattr(invoices, "issue", real)
    assert letters.send_notices(on=until, at=at(until)).notices == 1


def test_a_failure_halfway_leaves_nothing(loan, monkeypatch):
    def broken(*args, **named):
        raise ValueError("the last step")

    monkeypatch.setattr(Agenda.objects.__class__, "update_or_create", broken, raising=False)
    assert said(loan, date(2025, 10, 31)).failed
    assert not Notice.objects.exists()
    assert not AuditRecord.objects.filter(what__startswith="notice.").exists()


def test_a_day_that_is_not_closed_is_not_said_yet(loan):
    until = date(2025, 10, 31)
    letters.send_notices(on=until, at=at(until))
    assert told() == []
    assert said(loan, until).notices == 1


def test_what_is_recorded_after_a_day_was_said_is_said_on_the_next_one(loan):
    end = date(2025, 10, 31)
    daily(loan, TODAY, end)
    paid(loan, "500", end)
    daily(loan, end, end + DAY)
    assert told("receipt") == [(f"receipt:{loan.number}:2", end + DAY)]


def test_a_day_with_nothing_to_say_is_one_question(loan, django_assert_num_queries):
    until = DUE - 12 * DAY
    said(loan, until)
    with django_assert_num_queries(1):
        letters.send_notices(on=until, at=at(until))


def test_a_proposal_says_nothing(loan):
    daily(loan, TODAY, TODAY + 2 * DAY)
    proposed(loan, "charge", TODAY + 2 * DAY, "100")
    daily(loan, TODAY + 2 * DAY, TODAY + 4 * DAY)
    assert told() == []
