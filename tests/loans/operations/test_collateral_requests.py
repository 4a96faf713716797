"""Requests about collateral: they change nothing; what is taken up is what was asked for."""

from uuid import uuid4

import pytest

from loans.models import CollateralRequest, Pledge
from loans.operations import collateral_requests, pledges
from loans.operations.collateral_requests import BadRequest, Evidence
from loans.operations.cover import NotCovered
from loans.operations.pledges import NotPledgeable
from loans.queries.collateral import covering
from tests.factories import NOW, approve, destination, person
from tests.loans import institution_side as making
from tests.loans.collateral import evidence, markets, pledged, secured
from tests.loans.factories import application, approved
from tests.loans.parties import institution
from together.controls.models import Approval, AuditRecord, Document
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow
from together.treasury.models import Destination


@pytest.fixture
def asked(pool):
    """Give a secured application of a million with twelve bitcoin pledged."""
    markets()
    one = secured(pool)
    pledged(one, "16")
    return one


def taken_up(one: CollateralRequest, **named) -> Pledge:
    given = {
        "custodian": "Harbour Custody",
        "reference": "ACC-NEW",
        "evidence": named.pop("evidence", None) or evidence(one.application),
        "by": person("loan_officer"),
    }
    made = collateral_requests.propose_pledge(request=one, at=NOW, **{**given, **named})
    one.refresh_from_db()
    return made


def test_what_is_announced_changes_nothing_until_it_is_approved_and_in_force(asked):
    before = covering(asked, NOW).market
    sender = Destination.objects.filter(owner=asked.institution.lei).first()
    one = making.requested(asked, sender=sender, kept_by="Harbour Custody")
    assert (one.state, one.quantity, one.sender) == ("open", 2 * 10**8, sender)
    assert covering(asked, NOW).market == before
    made = taken_up(one)
    assert (one.state, one.made) == ("taken_up", made)
    assert (made.state, made.instrument_id, made.quantity) == ("proposed", "BTC", 2 * 10**8)
    assert covering(asked, NOW).market == before
    approve(Approval.objects.get(kind="collateral.pledge", subject=made.number))
    pledges.put_in_force(pledge=made, by=person("loan_officer"), at=NOW)
    assert covering(asked, NOW).market > before
    told = AuditRecord.objects.filter(subject=one.number).order_by("id")
    assert [r.what for r in told] == ["collateral_request.asked", "collateral_request.taken_up"]


def test_a_substitution_goes_through_as_one_step(asked):
    old = asked.pledges.get()
    one = making.requested(asked, kind="substitution", quantity="20", pledge=old)
    made = taken_up(one)
    assert made.replaces == old
    approve(Approval.objects.get(kind="collateral.pledge", subject=made.number))
    pledges.put_in_force(pledge=made, by=person("loan_officer"), at=NOW)
    old.refresh_from_db()
    assert old.state == "substituted"


def test_a_release_is_asked_for_under_the_rules_of_releases(asked):
    first = asked.pledges.get()
    one = making.requested(asked, kind="release", pledge=first)
    officer = person("loan_officer")
    with pytest.raises(NotPossibleNow, match="asks for a release"):
        taken_up(one)
    request = collateral_requests.propose_release(request=one, by=officer, at=NOW)
    assert (request.kind, request.subject) == ("collateral.release", first.number)
    assert request.effect["reason"] == "No longer needed"
    one.refresh_from_db()
    assert one.state == "taken_up"
    with pytest.raises(NotPossibleNow):
        collateral_requests.propose_release(request=one, by=officer, at=NOW)


def test_a_release_that_leaves_a_loan_short_is_refused_and_stays_open(asked):
    from loans.operations import applications

    first = asked.pledges.get()
    one = making.requested(asked, kind="release", pledge=first)
    applications.approve(
        application=approved(asked), on=NOW.date(), by=person("loan_officer"), at=NOW
    )
    with pytest.raises(NotCovered):
        collateral_requests.propose_release(request=one, by=person("loan_officer"), at=NOW)
    one.refresh_from_db()
    assert one.state == "open"


def test_the_same_form_twice_asks_once_and_files_its_paper_once(asked):
    who, wanted = making.acting(asked.institution), making.wanted()
    first, again = (
        collateral_requests.ask(
            application=asked,
            wanted=wanted,
            evidence=Evidence("transfer.pdf", b"%PDF-1.7 new"),
            by=who,
            at=NOW,
        )
        for _ in range(2)
    )
    assert first == again
    assert Document.objects.filter(subject=asked.number, name="transfer.pdf").count() == 1
    other = secured(asked.pool)
    with pytest.raises(BadRequest, match="key: "):
        collateral_requests.ask(
            application=other, wanted=wanted, by=making.acting(other.institution), at=NOW
        )


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"kind": "gift"}, "kind: 'gift'"),
        ({"quantity": "0"}, "quantity: '0' must be above zero"),
        ({"quantity": "1e3"}, "quantity: '1e3'"),
        ({"quantity": "1.123456789012"}, "quantity: "),
        ({"instrument": None}, "instrument: "),
        ({"reference": ""}, "kept_by: say who keeps it"),
        ({"kept_by": "x" * 61}, "kept_by: must be up to 60"),
        ({"kind": "substitution"}, "pledge: must be named"),
    ],
)
def test_each_fault_is_named(asked, changed, rule):
    with pytest.raises(BadRequest, match=rule):
        making.requested(asked, **changed)
    assert not CollateralRequest.objects.exists()


def test_pledges_and_destinations_are_the_institutions_own(asked):
    other = secured(asked.pool)
    strange = pledged(other, "20")
    with pytest.raises(BadRequest, match=f"pledge: {strange.number} is not in force"):
        making.requested(asked, kind="release", pledge=strange)
    with pytest.raises(BadRequest, match="is not a destination of yours"):
        making.requested(asked, sender=destination())
    with pytest.raises(BadRequest, match="takes the place of none"):
        making.requested(asked, pledge=asked.pledges.get())
    making.requested(asked, kind="release", pledge=asked.pledges.get())
    with pytest.raises(BadRequest, match="asks about PL-0001 already"):
        making.requested(asked, kind="release", pledge=asked.pledges.get())


def test_nothing_is_asked_about_what_is_unsecured(pool, asked):
    with pytest.raises(NotPledgeable, match="unsecured"):
        making.requested(application(pool))


def test_only_the_institutions_own_people_ask_and_only_officers_take_up(asked):
    for who in (
        person("loan_officer"),
        making.acting(institution()),
        making.acting(asked.institution, "institution_viewer"),
    ):
        with pytest.raises(NotAllowed):
            making.requested(asked, by=who, key=uuid4())
    one = making.requested(asked)
    admin = making.acting(asked.institution)
    for act in (
        lambda: taken_up(one, by=admin),
        lambda: collateral_requests.decline(request=one, reason="No", by=admin, at=NOW),
        lambda: collateral_requests.withdraw(request=one, by=person("loan_officer"), at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_it_is_declined_with_a_reason_or_withdrawn_once(asked):
    one, officer = making.requested(asked), person("loan_officer")
    with pytest.raises(BadRequest, match="reason: "):
        collateral_requests.decline(request=one, reason=" ", by=officer, at=NOW)
    collateral_requests.decline(request=one, reason="Nothing came", by=officer, at=NOW)
    one.refresh_from_db()
    assert (one.state, one.ended_for) == ("declined", "Nothing came")
    with pytest.raises(NotPossibleNow):
        taken_up(one)
    two = making.requested(asked)
    admin = making.acting(asked.institution)
    collateral_requests.withdraw(request=two, by=admin, at=NOW)
    with pytest.raises(NotPossibleNow):
        collateral_requests.withdraw(request=two, by=admin, at=NOW)


def test_a_failure_halfway_leaves_nothing(asked, monkeypatch):
    one = making.requested(asked)

    def broken(**_):
        raise RuntimeError("disk")

    monkeypatch.setattr(collateral_requests, "record", broken)
    with pytest.raises(RuntimeError):
        taken_up(one)
    one = CollateralRequest.objects.get(pk=one.pk)
    assert (one.state, one.made) == ("open", None)
    assert Pledge.objects.filter(state="proposed").count() == 0
