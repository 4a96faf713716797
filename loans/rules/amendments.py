"""Amendments: which events are agreed with the borrower, and in which words it accepts them."""

from loans.rules.adjustments import KINDS
from loans.rules.term_sheets import ON_PAPER, WORDINGS

REVERSAL = "reversal"
# Whether an event changes what was agreed with the borrower, which must accept it then; of a
# reversal what it takes back decides. The database keeps the same list.
AGREED_WITH_BORROWER: dict[str, bool] = {
    # The terms let the lender charge what was agreed, and nobody is asked for a favour.
    "charge": False,
    "charge_waiver": False,
    "accrual_waiver": False,
    "goodwill_credit": False,
    "interest_waiver": False,
    # Money that came in or goes back is a fact.
    "repayment": False,
    "merchant_refund": False,
    "payout_refund": False,
    "recovery": False,
    "refund": False,
    "chargeback": False,
    # What is to be paid, when, at which rate: a contract has two sides.
    "rate_change": True,
    "margin_change": True,
    "extend": True,
    "move_due_date": True,
    "re_age": True,
    # The rate follows its index as the terms say; its administrator corrects a fixing.
    "rate_fixed": False,
    # How the lender carries the loan in its books; the borrower owes as before.
    "charge_off": False,
    "write_off": False,
    REVERSAL: False,
}
AGREED_KINDS = tuple(kind for kind in KINDS if AGREED_WITH_BORROWER[kind])
# What a borrower reads.
NAMES = {
    "rate_change": "change of the rate",
    "margin_change": "change of the margin",
    "extend": "extension",
    "move_due_date": "moved due date",
    "re_age": "restructure",
    REVERSAL: "taking back of a change",
}
WORDING = "amendment/1"
LETTER_WORDINGS: dict[str, str] = {
    WORDING: (
        "I have read this amendment letter, I accept the change that it shows for {institution},"
        " and I am entitled to sign for {institution}."
    ),
    ON_PAPER: WORDINGS[ON_PAPER],
}
MOST_WORDS = 400


def is_agreed(kind: str, taken_back: str = "") -> bool:
    """
    Say whether the borrower must accept an event of a kind before it is booked.

    ``taken_back`` is the kind that a reversal takes back in the end.

    >>> is_agreed("re_age"), is_agreed("charge"), is_agreed("reversal", "re_age")
    (True, False, True)
    """
    return AGREED_WITH_BORROWER[taken_back or kind if kind == REVERSAL else kind]


def wording(version: str, institution: str) -> str:
    """Give the words of a version for an institution."""
    return LETTER_WORDINGS[version].format(institution=institution)
