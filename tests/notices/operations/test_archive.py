"""The archive: what was said stays, byte for byte, and is said once."""

import hashlib
from datetime import timedelta

import pytest

from tests.factories import NOW, person
from tests.notices.factories import kept, letter
from together.controls.models import AccessRecord, AuditRecord
from together.controls.operations.people import NotAllowed
from together.notices.models import Notice
from together.notices.operations import archive
from together.notices.operations.archive import NotANotice, SaidOtherwise
from together.notices.queries import notices

pytestmark = pytest.mark.django_db


def test_a_letter_is_kept_as_a_pdf_under_its_digest_and_waits_to_be_mailed():
    made = kept()
    data = bytes(made.content.data)
    assert data.startswith(b"%PDF-")
    assert (made.content_id, made.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (made.number, made.state, made.reason) == ("N-0001", "ready", "")
    assert made.message_id.endswith("@together.invalid>")
    assert AuditRecord.objects.filter(what="notice.ready", subject="N-0001").exists()


def test_said_again_it_is_the_same_notice_and_something_else_is_refused():
    first = kept()
    assert archive.keep(letter(), at=NOW + timedelta(days=1)) == first
    with pytest.raises(SaidOtherwise, match="N-0001 says something else under invoice:L-0001:1:1"):
        kept(said="Please pay 200.00 USDC.")
    assert Notice.objects.count() == 1


def test_without_an_address_it_is_kept_and_says_why():
    made = kept(addresses=[])
    assert (made.state, made.reason) == ("kept", archive.NO_ADDRESS)


def test_a_title_that_breaks_a_header_is_refused_and_nothing_is_kept():
    with pytest.raises(NotANotice, match="title"):
        kept(title="one\nBcc: x@example.test")
    assert not Notice.objects.exists()


def test_officers_take_it_out_by_their_role_and_each_look_is_kept():
    made = kept()
    assert archive.take_out(notice=made, by=person("auditor"), at=NOW).startswith(b"%PDF-")
    assert AccessRecord.objects.filter(subject=made.number, what="letter").count() == 1
    with pytest.raises(NotAllowed):
        archive.take_out(notice=made, by=person("security_administrator"), at=NOW)


def test_owners_take_out_their_own_only():
    own, foreign = kept(), kept("invoice:L-0002:1:1", owner="I-0002")
    by = person("institution_viewer", scope="I-0001")
    assert archive.hand_to_owner(number=own.number, owners=["I-0001"], by=by, at=NOW) == own
    assert archive.hand_to_owner(number=foreign.number, owners=["I-0001"], by=by, at=NOW) is None
    assert AccessRecord.objects.count() == 1
    marked = notices.marked_new(notices.of_owners(["I-0001", "I-0002"]), by)
    assert [(one.number, one.is_new) for one in marked] == [("N-0002", True), ("N-0001", False)]


def test_the_database_itself_shows_and_changes_own_notices_only():
    kept()
    foreign = kept("invoice:L-0002:1:1", owner="I-0002")
    for owners in (["I-0001"], [], ["I-0002", "I-0001"]):
        with archive.only(owners):
            assert [one.owner for one in Notice.objects.all()] == sorted(owners, reverse=True)
            changed = Notice.objects.filter(pk=foreign.pk).update(state="withdrawn", reason="x")
            assert changed == ("I-0002" in owners)
    assert Notice.objects.count() == 2
