"""Ratios: worked out by hand, and never evidenced where a section of theirs is not."""

import pytest

from loans.rules.credit.ratios import RATIOS, Accounts, Asked, figures
from loans.rules.credit.spreads import SECTIONS
from tests.loans.credit import SOUND, M

# 10m at 6 %: 0.5m of interest in the first year, 5.5m of instalments.
LOAN = Asked(amount=10 * M, first_interest=M // 2, first_instalments=5 * M + M // 2)


def worked(months: int = 12, asked: Asked = LOAN, **changed):
    return figures(Accounts({**SOUND, **changed}, months), asked, {})


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("equity_ratio", "0.5000"),  # 100 / 200
        ("equity_ratio_after", "0.4762"),  # 100 / 210
        ("interest_cover", "10.6667"),  # (80 - 30 - 2) / (4 + 0.5)
        ("debt_service_cover", "4.1053"),  # (35 + 4) / (4 + 5.5)
        ("debt_to_ebitda_after", "1.8000"),  # (80 + 10) / 50
        ("cash_runway_months", "21.1765"),  # 60 / (34 / 12)
        ("current_ratio", "4.7500"),  # 190 / 40
        ("exchange_exposure_ratio", "0.0750"),  # 15 / 200
        ("largest_exchange_ratio", "0.0400"),  # 8 / 200
        ("crash_loss_ratio", "0.0476"),  # 5 / 105
    ],
)
def test_each_ratio_is_as_worked_out_by_hand(name, written):
    found = worked()[name]
    assert (found.written, found.is_evidenced) == (written, True)


def test_there_is_a_hand_worked_case_for_every_ratio():
    marks = test_each_ratio_is_as_worked_out_by_hand.pytestmark[0].args[1]
    assert [name for name, _ in marks] == [ratio.name for ratio in RATIOS]


def test_flows_of_half_a_year_count_for_a_year():
    # Six months: (80 - 30 - 2) x 2 / (4 x 2 + 0.5).
    assert worked(months=6)["interest_cover"].written == "11.2941"
    assert worked(months=6)["equity_ratio"].written == "0.5000"


def test_a_cover_without_interest_is_unbounded_and_losses_are_not():
    free = Asked(10 * M, 0, 10 * M)
    assert worked(asked=free, interest_expense=0)["interest_cover"].written == "unbounded"
    losing = worked(asked=free, interest_expense=0, revenue=10 * M)["interest_cover"]
    assert (losing.written, losing.is_known) == (None, False)


def test_debt_over_losses_is_not_known():
    found = worked(revenue=20 * M)["debt_to_ebitda_after"]
    assert found.written is None
    assert "the divisor is not above zero" in found.why


@pytest.mark.parametrize("section", [name for name, _ in SECTIONS])
def test_a_section_without_evidence_takes_it_from_its_ratios_and_no_others(section):
    found = figures(Accounts(SOUND, 12), LOAN, {section: "D-0001 is expired"})
    for ratio in RATIOS:
        assert found[ratio.name].is_evidenced == (section not in ratio.sections), ratio.name
        assert found[ratio.name].written is not None


def test_accounts_that_are_too_old_evidence_nothing():
    found = figures(Accounts(SOUND, 12), LOAN, {"": "accounts end on 2024-01-31"})
    assert not any(figure.is_evidenced for figure in found.values())
