"""Closed periods do not change: what comes late counts in the open one, under four eyes."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import NOW, TODAY, approve, funded_pool, person, usdc
from tests.treasury.files import bank_batch
from tests.treasury.files import handed_over as handed_over_file
from together.controls.models import AuditRecord
from together.controls.operations.approvals import NotApproved
from together.controls.operations.people import NotAllowed
from together.ledger.models import Closing, Entry
from together.ledger.operations import posting
from together.ledger.queries.trial_balance import trial_balance
from together.ledger.rules.movements import Posting, credit, debit
from together.treasury.operations import periods, pools
from together.treasury.operations.periods import NothingToClose, NothingToReopen
from together.treasury.queries.periods import checklist, closed_through
from together.treasury.rules.programmes import PoolProgramme

pytestmark = pytest.mark.django_db
SEPTEMBER, AUGUST = date(2025, 9, 30), date(2025, 8, 31)


def post(key: str, on: date, units: int = 5) -> Entry:
    with transaction.atomic():
        posting.post(
            Posting(
                key=key,
                kind="X",
                on=on,
                movements=(
                    debit("cash", "retail", usdc(str(units))),
                    credit("fund.available", "retail", usdc(str(units))),
                ),
                narrative="",
            )
        )
    return Entry.objects.get(key=key)


def close(through: date, reason: str = "") -> Closing:
    officer = person("treasury_officer")
    approve(periods.propose_closing(through=through, reason=reason, by=officer, at=NOW))
    return periods.close(through=through, reason=reason, by=officer, at=NOW)


def test_an_entry_counts_on_its_day_while_that_is_open():
    entry = post("early", SEPTEMBER)
    assert (entry.happened_on, entry.booked_on) == (SEPTEMBER, SEPTEMBER)


def test_what_happened_in_a_closed_period_counts_on_the_first_open_day():
    close(SEPTEMBER)
    entry = post("late", AUGUST)
    assert (entry.happened_on, entry.booked_on) == (AUGUST, SEPTEMBER + timedelta(days=1))
    assert post("today", TODAY).booked_on == TODAY


def test_a_closed_period_keeps_its_trial_balance():
    post("before", SEPTEMBER)
    close(SEPTEMBER)
    was = trial_balance(None, SEPTEMBER)
    post("late", AUGUST, 7)
    assert trial_balance(None, SEPTEMBER) == was
    cash = next(a for a in trial_balance(SEPTEMBER + timedelta(days=1), TODAY) if a.code == "cash")
    assert (cash.opening, cash.debits, cash.closing) == (usdc("5"), usdc("7"), usdc("12"))


def test_debits_equal_credits_in_every_trial_balance():
    funded_pool("retail")
    post("one", SEPTEMBER)
    found = trial_balance(SEPTEMBER, TODAY)
    assert sum(a.debits.minor_units for a in found) == sum(a.credits_.minor_units for a in found)
    assert sum(a.closing.minor_units for a in found) == 0


def test_nobody_closes_what_was_not_approved_as_it_is():
    officer = person("treasury_officer")
    approve(periods.propose_closing(through=SEPTEMBER, by=officer, at=NOW))
    with pytest.raises(NotApproved, match="2025-08-31"):
        periods.close(through=AUGUST, by=officer, at=NOW)
    with pytest.raises(NotApproved):
        periods.close(through=SEPTEMBER, reason="another", by=officer, at=NOW)
    assert closed_through() is None


def test_who_proposes_a_closing_does_not_approve_it():
    both = person("treasury_officer", "treasury_approver")
    asked = periods.propose_closing(through=SEPTEMBER, by=both, at=NOW)
    with pytest.raises(NotApproved):
        periods.close(through=SEPTEMBER, by=both, at=NOW)
    with pytest.raises(NotAllowed):
        periods.propose_closing(through=SEPTEMBER, by=person("auditor"), at=NOW)
    assert asked.roles == ["treasury_approver"]


def test_an_approval_closes_once():
    officer = person("treasury_officer")
    close(SEPTEMBER)
    approve(periods.propose_reopening(through=None, reason="a bill", by=officer, at=NOW))
    periods.reopen(through=None, reason="a bill", by=officer, at=NOW)
    with pytest.raises(NotApproved):
        periods.close(through=SEPTEMBER, by=officer, at=NOW)
    assert close(SEPTEMBER).was is None


def test_days_that_are_not_over_or_closed_already_are_refused():
    with pytest.raises(NothingToClose, match="2025-10-14 is not over"):
        close(TODAY)
    close(SEPTEMBER)
    with pytest.raises(NothingToClose, match="2025-08-31 is closed already"):
        close(AUGUST)


def test_reopening_needs_something_to_open_and_an_approval():
    officer = person("treasury_officer")
    with pytest.raises(NothingToReopen, match="no day is closed"):
        periods.propose_reopening(through=None, reason="x", by=officer, at=NOW)
    close(SEPTEMBER)
    with pytest.raises(NothingToReopen, match="closed through 2025-09-30"):
        periods.propose_reopening(through=SEPTEMBER, reason="x", by=officer, at=NOW)
    with pytest.raises(NotApproved):
        periods.reopen(through=AUGUST, reason="x", by=officer, at=NOW)
    approve(periods.propose_reopening(through=AUGUST, reason="x", by=officer, at=NOW))
    assert periods.reopen(through=AUGUST, reason="x", by=officer, at=NOW).is_reopening
    assert post("again", SEPTEMBER).booked_on == SEPTEMBER
    assert AuditRecord.objects.filter(what="books.reopened", subject="2025-08-31").exists()


def test_the_checklist_names_what_is_open():
    pools.open_pool(
        code="retail",
        name="Retail",
        wallet="w",
        given_for=PoolProgramme.RETAIL,
        promised=usdc("1"),
        by=person("treasury_officer"),
        at=NOW,
    )
    found = {one.name: one for one in checklist(SEPTEMBER)}
    assert found["statements of retail reach 2025-09-30"].found == "never"
    assert found["breaks up to 2025-09-30"].holds
    asked = periods.propose_closing(through=SEPTEMBER, by=person("treasury_officer"), at=NOW)
    assert "statements of retail reach 2025-09-30: never" in asked.effect_text


def test_what_was_approved_and_is_still_to_be_done_is_found():
    officer = person("treasury_officer")
    assert periods.approved(periods.CLOSING) is None
    asked = periods.propose_closing(through=AUGUST, reason="a", by=officer, at=NOW)
    assert periods.approved(periods.CLOSING) is None
    approve(asked)
    assert periods.approved(periods.CLOSING)["through"] == "2025-08-31"
    periods.close(through=AUGUST, reason="a", by=officer, at=NOW)
    assert periods.approved(periods.CLOSING) is None


def test_payments_of_the_next_period_do_not_keep_this_one_open():
    batch = bank_batch(["5"])
    handed_over_file(batch)
    name = "payments released by {} without an outcome"
    found = {one.name: one for one in checklist(TODAY)}
    assert found[name.format(TODAY)].found == "1"
    before = TODAY - timedelta(days=1)
    assert {one.name: one for one in checklist(before)}[name.format(before)].holds


def test_the_database_lets_nobody_close_by_hand():
    with (
        pytest.raises(DatabaseError, match="not approved"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO ledger_closing (through, was, reason, written_at)"
            " VALUES ('2025-09-30', NULL, '', now())"
        )
