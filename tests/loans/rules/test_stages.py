"""Stages: each step of an application has its turn, one after the other."""

from dataclasses import replace
from datetime import UTC, date, datetime

from loans.rules.stages import NAMES, Asked, Facts, stage_of

AT = datetime(2025, 10, 14, 12, tzinfo=UTC)
ON = date(2025, 10, 14)
NEW = Facts("submitted", AT, None, None, "", None, "", None, None, False, 0)
LENT = replace(NEW, state="approved", loan_state="committed", approved_at=AT)
OFFERED = replace(
    LENT, sheet_state="issued", sheet_lapses_on=date(2025, 10, 28), sheet_at=AT,
    sheet_is_of_terms=True,
)  # fmt: skip
ACCEPTED = replace(OFFERED, sheet_state="accepted")
DRAWING = replace(ACCEPTED, loan_state="drawing")


def codes(facts: Facts, on: date = ON) -> tuple[str, str]:
    found = stage_of(facts, on)
    assert found.code in NAMES
    return found.code, found.role


def test_an_application_goes_from_worksheet_to_commitment():
    assert codes(NEW) == ("submitted", "loan_officer")
    assert codes(replace(NEW, prepared_at=AT)) == ("underwritten", "loan_officer")
    proposed = replace(NEW, state="proposed", approval=Asked(AT, "committee"))
    assert codes(proposed) == ("proposed", "committee")
    assert codes(replace(proposed, approval=Asked(AT))) == ("approved", "loan_officer")
    declined = replace(proposed, approval=Asked(AT, "committee", is_declined=True))
    assert codes(declined) == ("not_approved", "loan_officer")


def test_a_commitment_goes_from_its_term_sheet_to_its_drawdown():
    assert codes(LENT) == ("committed", "loan_officer")
    assert codes(OFFERED) == ("offered", "institution_admin")
    assert codes(replace(ACCEPTED, open_conditions=2)) == ("conditions", "loan_officer")
    assert codes(ACCEPTED) == ("accepted", "loan_officer")
    asked = replace(DRAWING, approval=Asked(AT, "treasury_approver"))
    assert codes(asked) == ("drawdown", "treasury_approver")
    assert codes(replace(asked, approval=Asked(AT))) == ("release", "treasury_officer")


def test_a_sheet_that_lapsed_or_is_of_other_terms_is_issued_anew():
    lapsed = stage_of(OFFERED, date(2025, 10, 28))
    assert (lapsed.code, lapsed.since) == ("committed", datetime(2025, 10, 28, tzinfo=UTC))
    assert stage_of(OFFERED, date(2025, 10, 27)).lapses_on == date(2025, 10, 28)
    assert codes(replace(ACCEPTED, sheet_is_of_terms=False)) == ("committed", "loan_officer")
