"""Underwriting: nothing is lent without a worksheet, nor against accounts that do not hold."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from loans.models import Worksheet
from loans.operations import applications, drawdowns, underwriting
from loans.operations.underwriting import BadWorksheet, NotRecommended
from loans.queries.underwriting import underwrite
from tests.factories import NOW, TODAY, approve, person
from tests.loans.credit import (
    LAST_YEAR,
    SOUND,
    M,
    shown,
    spread,
    spread_twice,
    underwritten,
    worksheet,
)
from tests.loans.factories import application, approved, at, balance, committed_loan
from together.controls.models import AuditRecord, Document
from together.controls.operations import approvals, documents
from together.controls.operations.people import NotAllowed
from together.controls.rules.lifecycle import NotPossibleNow

WEAK = {**SOUND, "equity": 2 * M, "long_term_debt": 158 * M, "revenue": 30 * M}


@pytest.fixture
def asked(pool):
    return application(pool)


def withdraw_evidence(of) -> None:
    """Withdraw the document that shows an institution's accounts."""
    paper = Document.objects.get(subject=of.number, kind="financials")
    documents.withdraw(document=paper, reason="It was of another firm", by=paper.filed_by, at=NOW)


def test_a_worksheet_holds_figures_score_loss_and_limits(asked):
    spread_twice(asked.institution)
    made = worksheet(asked)
    assert (made.number, made.version, made.policy.number) == ("W-0001", 1, "CP-0001")
    assert made.spreads == ["S-0002", "S-0001"]
    assert made.figures["equity_ratio"] == {"value": "0.5000", "evidenced": True, "why": ""}
    assert (made.assessment["score"], made.assessment["recommendation"]) == (100, "approve")
    # 1,000,000 of grade A, unsecured: 0.5 % x 45 %.
    assert made.loss["expected_loss_cents"] == 225_000
    assert [one["used"] for one in made.headrooms] == [0, 0, 0]
    assert made.digest == approvals.digest(underwriting.content(made))
    assert AuditRecord.objects.filter(what="worksheet.prepared", subject="W-0001").count() == 1


def test_without_accounts_approval_is_not_recommended_but_a_referral_may_be_kept(asked):
    with pytest.raises(BadWorksheet, match=r"the scorecard says refer .*no accounts"):
        worksheet(asked)
    assert worksheet(asked, recommendation="refer").version == 1
    with pytest.raises(NotRecommended, match="W-0001 recommends to refer"):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)


def test_without_a_worksheet_nothing_is_proposed(asked):
    spread_twice(asked.institution)
    with pytest.raises(NotRecommended, match="no worksheet was prepared"):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)
    asked.refresh_from_db()
    assert (asked.state, asked.assessment) == ("submitted", {})


@pytest.mark.parametrize(
    ("named", "fault"),
    [
        ({"recommendation": "perhaps"}, "recommendation: must be one of approve, refer, decline"),
        ({"rationale": " "}, "rationale: must be given"),
        ({"rationale": "x" * 4001}, "rationale: must be given, in up to 4,000"),
    ],
)
def test_a_worksheet_says_what_is_recommended_and_why(asked, named, fault):
    spread_twice(asked.institution)
    with pytest.raises(BadWorksheet, match=fault):
        worksheet(asked, **named)
    assert Worksheet.objects.count() == 0


def test_exposure_without_evidence_is_referred_and_goes_on_once_it_is_there(asked):
    spread(asked.institution, ends_on=LAST_YEAR)
    hidden = spread(asked.institution, lacks={"exposure"})
    with pytest.raises(BadWorksheet, match=r"refer .*no document shows the exposure to exchanges"):
        worksheet(asked)
    spread(asked.institution, replaces=hidden, note="The custodian's letter came")
    worksheet(asked)
    approve(applications.propose(application=asked, by=person("loan_officer"), at=NOW))
    asked.refresh_from_db()
    assert asked.assessment["recommendation"] == "approve"


def test_one_period_of_accounts_is_too_few(asked):
    spread(asked.institution)
    with pytest.raises(BadWorksheet, match="1 of 2 periods of accounts"):
        worksheet(asked)


def test_accounts_that_are_too_old_evidence_nothing(asked):
    spread_twice(asked.institution)
    later = at(TODAY + timedelta(days=190))
    with pytest.raises(BadWorksheet, match="accounts end on 2025-09-30, over 200 days ago"):
        worksheet(asked, at=later)


def test_a_worksheet_that_rests_on_older_accounts_is_prepared_anew(asked):
    underwritten(asked)
    spread(asked.institution, ends_on=TODAY, months=1, at=NOW)
    officer = person("loan_officer")
    with pytest.raises(BadWorksheet, match="W-0001: spreads: the accounts are S-0003, S-0002"):
        applications.propose(application=asked, by=officer, at=NOW)
    assert worksheet(asked).version == 2
    applications.propose(application=asked, by=officer, at=NOW)


def test_a_worksheet_whose_evidence_went_is_not_proposed(asked):
    underwritten(asked)
    withdraw_evidence(asked.institution)
    with pytest.raises(BadWorksheet, match="recommendation: approve is refer now"):
        applications.propose(application=asked, by=person("loan_officer"), at=NOW)


def test_once_proposed_no_other_worksheet_takes_its_place(asked):
    approved(asked)
    with pytest.raises(NotPossibleNow):
        worksheet(asked)
    last = Worksheet.objects.get()
    with pytest.raises(DatabaseError, match="not submitted any more"), transaction.atomic():
        Worksheet.objects.create(
            number="W-0666",
            application=asked,
            version=2,
            policy=last.policy,
            spreads=[],
            figures={},
            assessment={},
            loss={},
            headrooms=[],
            recommendation="approve",
            rationale="x",
            digest="0" * 64,
            prepared_by=last.prepared_by,
            prepared_at=NOW,
        )
    for change in (
        lambda: Worksheet.objects.update(rationale="y"),
        lambda: Worksheet.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_approval_binds_the_worksheet(asked):
    ready = approved(asked)
    effect = applications.effect(ready)
    assert effect["worksheet"] == "W-0001"
    assert effect["worksheet_digest"] == Worksheet.objects.get().digest


def test_hidden_losses_that_come_out_stop_the_commitment(asked, pool):
    """Orthogonal: approved on accounts that hid what exchanges had lost for it."""
    ready = approved(asked)
    known = underwrite(ready, NOW).spreads[0]
    spread(ready.institution, amounts=WEAK, replaces=known, note="Losses came out")
    with pytest.raises(NotRecommended, match="the scorecard says"):
        applications.approve(application=ready, on=TODAY, by=person("loan_officer"), at=NOW)
    assert balance("fund.available", pool.code) == 20_000_000 * 10**6


def test_evidence_that_went_stops_the_commitment_and_the_drawdown(asked, pool):
    ready = approved(asked)
    loan = committed_loan(pool)
    for of in (ready.institution, loan.institution):
        withdraw_evidence(of)
    with pytest.raises(NotRecommended, match="was withdrawn or is expired"):
        applications.approve(application=ready, on=TODAY, by=person("loan_officer"), at=NOW)
    with pytest.raises(NotRecommended, match="was withdrawn or is expired"):
        drawdowns.ask(loan=loan, by=person("loan_officer"), at=NOW)
    loan.refresh_from_db()
    assert loan.state == "committed"


def test_accounts_that_grew_old_stop_the_drawdown_until_newer_ones_are_there(pool):
    loan = committed_loan(pool)
    later = TODAY + timedelta(days=190)
    with pytest.raises(NotRecommended, match="accounts end on 2025-09-30"):
        underwriting.demand(loan.application, at(later))
    paper = shown(loan.institution, data=b"%PDF-1.7 newer")
    spread(
        loan.institution,
        ends_on=later - timedelta(days=20),
        at=at(later),
        evidence=dict.fromkeys(("balance", "income", "cash_flow", "exposure"), paper.number),
    )
    underwriting.demand(loan.application, at(later))


def test_only_a_loan_officer_prepares_a_worksheet(asked):
    spread_twice(asked.institution)
    for stranger in ("credit_checker", "committee", "claims_officer"):
        with pytest.raises(NotAllowed):
            worksheet(asked, by=person(stranger))


def test_halfway_failure_leaves_no_worksheet(asked, monkeypatch):
    spread_twice(asked.institution)
    monkeypatch.setattr(underwriting, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        worksheet(asked)
    assert Worksheet.objects.count() == 0
