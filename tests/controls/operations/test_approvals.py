"""Four eyes: who asked never decides, one person one stage, each stage by its role."""

import itertools

import pytest
from django.db import transaction

from tests.factories import NOW, approve, person
from together.controls.models import AuditRecord, Decision
from together.controls.operations import approvals
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.queries.approvals import waiting_for
from together.controls.rules.authority import STAGES
from together.controls.rules.roles import ROLES

EFFECT = {"loan": "L-1", "amount": 3_000_000_00}
LARGE = 20_000_000_00
KINDS = sorted({stage.kind for stage in STAGES})
OFFICERS = [role.code for role in ROLES if role.house == "console"]
APPROVED, DECLINED = Decision.Verdict.APPROVED, Decision.Verdict.DECLINED


def ask(kind="loan.approval", by=None, cents=LARGE, effect=EFFECT):
    by = by or person("loan_officer")
    with transaction.atomic():
        return approvals.request(
            kind=kind,
            subject="S-1",
            effect=effect,
            amount_cents=cents,
            by=by,
            at=NOW,
        )


def decide(approval, by, verdict=APPROVED, reason=""):
    return approvals.decide(approval=approval, verdict=verdict, reason=reason, by=by, at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_an_effect_is_approved_only_after_its_last_stage(kind):
    asked = ask(kind)
    stages = [stage.role for stage in STAGES if stage.kind == kind]
    assert asked.roles == stages
    for role in stages:
        assert not approvals.is_approved(kind=kind, subject="S-1", effect=EFFECT)
        decide(asked, person(role))
    approvals.demand(kind=kind, subject="S-1", effect=EFFECT)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_who_asked_decides_at_no_stage_whatever_their_roles(kind):
    maker = person(*OFFICERS)
    asked = ask(kind, by=maker)
    for role in asked.roles:
        with pytest.raises(MayNotDecide, match="who asked for it does not decide it"):
            decide(asked, maker)
        decide(asked, person(role))


@pytest.mark.django_db
def test_no_pair_of_people_passes_two_stages_alone():
    people = [person(*OFFICERS) for _ in range(3)]
    for n, (first, second) in enumerate(itertools.product(people, repeat=2)):
        # Above 2m, and not yet above 5m: two stages.
        asked = ask(by=person("loan_officer"), effect={"n": n}, cents=3_000_000_00)
        decide(asked, first)
        if first == second:
            with pytest.raises(MayNotDecide, match="one person decides one stage"):
                decide(asked, second)
        else:
            decide(asked, second)
            assert approvals.is_approved(kind=asked.kind, subject="S-1", effect={"n": n})


@pytest.mark.django_db
@pytest.mark.parametrize("role", OFFICERS)
def test_a_stage_is_decided_by_its_role_only(role):
    asked = ask()
    if role == "credit_checker":
        decide(asked, person(role))
    else:
        with pytest.raises(MayNotDecide, match="stage 1 needs the role credit_checker"):
            decide(asked, person(role))
        assert not asked.decisions.exists()


@pytest.mark.django_db
def test_a_superuser_flag_opens_nothing():
    flagged = person()
    flagged.is_superuser = flagged.is_staff = True
    flagged.save()
    with pytest.raises(MayNotDecide, match="needs the role"):
        decide(ask(), flagged)


@pytest.mark.django_db
def test_one_byte_changed_after_approval_is_refused():
    approve(ask())
    with pytest.raises(NotApproved, match="S-1: this effect was not approved"):
        approvals.demand(
            kind="loan.approval", subject="S-1", effect={**EFFECT, "amount": 3_000_000_01}
        )


@pytest.mark.django_db
def test_a_smaller_amount_needs_fewer_stages():
    assert ask(cents=2_000_000_00).roles == ["credit_checker"]
    assert ask(cents=2_000_000_01, effect={"n": 2}).roles == ["credit_checker", "committee"]


@pytest.mark.django_db
def test_a_kind_without_stages_cannot_be_asked_for():
    with pytest.raises(Exception, match="no stage of approval is set for gift"):
        ask("gift")


@pytest.mark.django_db
def test_a_declined_request_is_over_and_says_why():
    asked = ask()
    with pytest.raises(MayNotDecide, match="controls_decline_has_a_reason"):
        decide(asked, person("credit_checker"), DECLINED)
    decide(asked, person("credit_checker"), DECLINED, "exposure is not evidenced")
    with pytest.raises(MayNotDecide, match="it was declined"):
        decide(asked, person("committee"))
    record = AuditRecord.objects.get(what="loan.approval.declined")
    assert record.details["reason"] == "exposure is not evidenced"


@pytest.mark.django_db
def test_the_same_effect_asked_for_twice_is_one_request():
    maker = person("loan_officer")
    assert ask(by=maker) == ask(by=maker)


@pytest.mark.django_db
def test_a_request_waits_for_those_who_may_decide_it():
    maker, checker, committee = person(*OFFICERS), person("credit_checker"), person("committee")
    asked = ask(by=maker)
    assert [waiting_for(p) for p in (maker, checker, committee)] == [[], [asked], []]
    decide(asked, checker)
    assert [waiting_for(p) for p in (maker, checker, committee)] == [[], [], [asked]]
    decide(asked, committee)
    assert waiting_for(committee) == []


def test_two_who_decide_the_same_stage_at_once_decide_it_once(own_database):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    asked = ask()
    checkers = [person("credit_checker") for _ in range(8)]

    def run(checker):
        try:
            return bool(decide(asked, checker))
        except MayNotDecide:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(run, checkers)) == 1
    assert asked.decisions.count() == 1
