"""Limits that borrowers share: of a group, a sector, an exchange; and how long a grade may borrow."""

import copy

import pytest

from loans.models import CreditPolicy, Institution, Loan
from loans.operations import applications, credit_policies, drawdowns, groups, profiles
from loans.operations.applications import LimitExceeded
from loans.operations.soundness import LimitsExceeded
from loans.operations.underwriting import BadWorksheet
from loans.queries.limits import borrower_headrooms, headrooms
from loans.rules.credit.start import START
from loans.rules.products import terms_of
from tests.at_once import at_once
from tests.factories import NOW, TODAY, approve, funded_pool, person, usdc
from tests.loans.credit import underwritten
from tests.loans.factories import application, approved, committed_loan, loans_pool
from tests.loans.parties import institution, profile_change, screened
from together.controls.models import Approval

M = 10**6


def policy(**limits: str) -> None:
    """Put a policy with other limits in force."""
    document = copy.deepcopy(START)
    document["limits"].update(limits)
    officer = person("loan_officer")
    asked = credit_policies.propose(document=document, reason="Smaller", by=officer, at=NOW)
    approve(asked)
    made = CreditPolicy.objects.get(number=asked.subject)
    credit_policies.put_in_force(policy=made, by=officer, at=NOW)


def two(**shared) -> tuple[Institution, Institution]:
    """Enter two institutions that share something."""
    return institution(**shared), institution(**shared)


def in_a_group() -> tuple[Institution, Institution]:
    group = groups.enter(name="Northgate group", by=person("loan_officer"), at=NOW)
    return two(group=group.number)


def affiliated() -> tuple[Institution, Institution]:
    return two(affiliation="common_control", exchange="Exchange One")


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("group", in_a_group, "group Northgate group"),
        ("sector", lambda: two(sector="miner"), "sector miner"),
        ("affiliation", affiliated, "affiliated with Exchange One"),
    ],
)
def test_what_others_have_counts_against_a_shared_limit(pool, name, make, words):
    policy(**{name: "2500000"})
    first, second = make()
    committed_loan(pool, borrower=first, amount="2000000")
    asked = underwritten(application(pool, borrower=second, amount="500001"))
    with pytest.raises(LimitExceeded, match=rf"{words}: 500,001.00 USDC asked, 500,000.00"):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)
    fits = underwritten(application(pool, borrower=second, amount="500000"))
    applications.propose(application=fits, by=person("loan_officer"), at=NOW)


def test_who_shares_nothing_is_not_counted(pool):
    policy(group="2500000", sector="2500000", affiliation="2500000")
    committed_loan(pool, borrower=institution(sector="miner"), amount="2000000")
    other = institution(sector="broker")
    assert committed_loan(pool, borrower=other, amount="2000000").state == "committed"
    rooms = headrooms(other, pool, usdc("1"))
    assert [one.name for one in rooms[1:]] == [f"limit of {other.legal_name}", "sector broker"]


def test_joining_a_group_brings_what_was_lent_along_and_stops_the_drawdown(pool):
    policy(group="3000000")
    first, _ = in_a_group()
    committed_loan(pool, borrower=first, amount="2000000")
    alone = institution()
    loan = committed_loan(pool, borrower=alone, amount="2000000")
    change = profile_change(alone, group=first.group.number)
    approve(Approval.objects.get(subject=change.number))
    profiles.put_in_force(change=change, by=person("loan_officer"), at=NOW)
    screened(alone, NOW)
    with pytest.raises(LimitsExceeded, match=r"group Northgate group: 0\.00 USDC asked"):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    loan.refresh_from_db()
    assert loan.state == "committed"


def test_a_tenor_beyond_that_of_the_grade_is_referred(pool):
    long = application(pool, terms=terms_of("level_monthly", rate="0.12", instalments=61))
    with pytest.raises(BadWorksheet, match="tenor of 61 months: grade A has up to 60"):
        underwritten(long)
    fits = application(pool, terms=terms_of("level_monthly", rate="0.12", instalments=60))
    assert approved(fits).state == "proposed"


def test_limits_cost_as_many_queries_whoever_shares_them(pool, django_assert_num_queries):
    first, second = in_a_group()
    committed_loan(pool, borrower=first)
    borrower = Institution.objects.select_related("group").get(pk=second.pk)
    with django_assert_num_queries(4):
        borrower_headrooms(borrower, usdc("1"))


def committing(asked):
    """Give the step that commits the loan of an application."""
    officer = person("loan_officer")
    return lambda: applications.approve(application=asked, on=TODAY, by=officer, at=NOW)


def test_parallel_commitments_over_two_pools_never_pass_the_limit_of_a_group(own_database):
    policy(group="3000000")
    pools = [loans_pool("10000000"), funded_pool("more", amount="10000000")]
    members = in_a_group()
    ready = [
        approved(application(pools[n % 2], borrower=members[n % 2], amount="1000000"))
        for n in range(8)
    ]
    answers = at_once(*[committing(asked) for asked in ready], refusals=(LimitExceeded,))
    outcomes = ["exceeded" if one is LimitExceeded else "approved" for one in answers]
    assert sorted(outcomes) == ["approved"] * 3 + ["exceeded"] * 5
    assert Loan.objects.count() == 3
