"""The outbox: mailed once under one Message-ID, tried again, failed with its reason, withdrawn."""

import smtplib
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from tests.factories import NOW, person
from tests.notices.factories import kept
from together.controls.models import AuditRecord
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.notices.operations import outbox
from together.notices.queries import notices
from together.notices.rules.messages import MOST_TRIES

pytestmark = pytest.mark.django_db


def work(at=NOW, worker="one"):
    return outbox.work(worker=worker, seconds=5, at=at)


@pytest.fixture
def server(monkeypatch):
    """Let the mail server answer as a test says: an error to raise, or nothing."""
    answers = []

    def send(self, messages):
        if answers and (error := answers.pop(0)):
            raise error
        return real(self, messages)

    real = EmailBackend.send_messages
    monkeypatch.setattr(EmailBackend, "send_messages", send)
    return answers


def test_a_notice_is_mailed_once_with_its_pdf_and_message_id():
    made, unaddressed = kept(), kept("invoice:L-0002:1:1", addresses=[])
    assert work().sent == [made.number]
    assert work().sent == []
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ines@example.test"], made.title)
    read = message_from_bytes(sent.message().as_bytes())
    assert read["Message-ID"] == made.message_id
    ((name, data, kind),) = sent.attachments
    assert (name, kind, data) == ("N-0001.pdf", "application/pdf", bytes(made.content.data))
    made.refresh_from_db()
    unaddressed.refresh_from_db()
    assert (made.state, made.sent_at, unaddressed.state) == ("sent", NOW, "kept")
    assert [e.state for e in made.events.order_by("pgh_id")] == ["ready", "sending", "sent"]
    assert AuditRecord.objects.filter(what="notice.sent", subject=made.number).count() == 1


def test_a_server_that_is_away_is_asked_again_later_with_the_same_message_id(server):
    made = kept()
    server.append(OSError("no route to host"))
    assert work().waiting == [made.number]
    made.refresh_from_db()
    assert (made.state, made.reason) == ("ready", "OSError: no route to host")
    assert made.due_at == NOW + timedelta(minutes=1)
    later = work(at=NOW + timedelta(days=1))
    assert later.sent == [made.number]
    made.refresh_from_db()
    assert (made.state, made.reason, made.tries) == ("sent", "", 2)


def test_it_fails_with_its_reason_after_the_last_try_and_goes_out_when_it_is_retried(server):
    made = kept()
    server.extend([OSError("away")] * MOST_TRIES)
    for n in range(MOST_TRIES):
        work(at=NOW + timedelta(days=n))
    made.refresh_from_db()
    assert (made.state, made.tries, made.reason) == ("failed", MOST_TRIES, "OSError: away")
    with pytest.raises(NotAllowed):
        outbox.retry(notice=made, by=person("auditor"), at=NOW)
    outbox.retry(notice=made, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotPossibleNow):
        outbox.retry(notice=made, by=person("loan_officer"), at=NOW)
    assert work().sent == [made.number]


def test_an_address_that_is_refused_for_good_fails_at_once(server):
    made, other = kept(), kept("invoice:L-0002:1:1")
    server.append(smtplib.SMTPRecipientsRefused({"ines@example.test": (550, b"no such mailbox")}))
    done = work()
    assert (done.failed, done.sent) == ([made.number], [other.number])
    made.refresh_from_db()
    assert "no such mailbox" in made.reason


def test_an_answer_that_may_change_is_asked_for_again(server):
    made = kept()
    server.append(smtplib.SMTPDataError(451, b"try later"))
    assert work().waiting == [made.number]


def test_a_worker_that_dies_after_mailing_leads_to_the_same_message_id_again():
    made = kept()
    (claimed,) = outbox.claim(worker="dies", lease=-1, at=NOW)
    outbox.message(claimed).send()
    assert work().sent == [made.number]
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_nobody_takes_what_another_worker_holds_and_a_lost_lease_says_nothing():
    made = kept()
    (claimed,) = outbox.claim(worker="slow", lease=-1, at=NOW)
    assert len(outbox.claim(worker="quick", lease=60, at=NOW)) == 1
    assert outbox.claim(worker="third", lease=60, at=NOW) == []
    done = outbox.Worked()
    outbox.settle(notice=claimed, answer=outbox.Answer(), worker="slow", at=NOW, done=done)
    made.refresh_from_db()
    assert (done.sent, made.state, made.worker) == ([], "sending", "quick")


def test_what_breaks_its_worker_each_time_fails_and_the_others_go_out():
    poison, other = kept(), kept("invoice:L-0002:1:1")
    for _ in range(MOST_TRIES):
        assert outbox.claim(worker="dies", lease=-1, at=NOW)
    assert outbox.claim(worker="next", lease=60, at=NOW) == []
    poison.refresh_from_db()
    assert (poison.state, "broke off 6 times" in poison.reason) == ("failed", True)
    other.refresh_from_db()
    assert other.state == "failed"


def test_what_was_not_mailed_is_withdrawn_for_a_reason_and_never_mailed():
    made, by = kept(), person("loan_officer")
    with pytest.raises(outbox.NoReason):
        outbox.withdraw(notice=made, reason=" ", by=by, at=NOW)
    outbox.withdraw(notice=made, reason="Sent by hand", by=by, at=NOW)
    assert work().sent == []
    with pytest.raises(NotPossibleNow):
        outbox.withdraw(notice=made, reason="Again", by=by, at=NOW)
    assert not notices.is_due()


def test_what_was_mailed_is_not_withdrawn():
    made = kept()
    assert notices.is_due()
    work()
    with pytest.raises(NotPossibleNow):
        outbox.withdraw(notice=made, reason="Too late", by=person("loan_officer"), at=NOW)
    outbox.overtake([made], reason="overtaken", at=NOW)
    made.refresh_from_db()
    assert made.state == "sent"
