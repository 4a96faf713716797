"""Tasks: each kind of work that waits for somebody, whose it is, and how long it may wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

# Clock hours, not working hours: the programme runs on every day of the week.
# See Note [how long work may wait].


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One kind of work.

    It is of whoever holds one of ``roles``; without roles it is of who may decide or who asked. It
    may wait for ``hours`` since it began, or until a
    day or moment of its own (``hours`` is None). ``source`` says why it is so long.
    """

    code: str
    title: str
    roles: tuple[str, ...]
    hours: int | None
    source: str


# Note [how long work may wait]. No rule of the market says how long an officer may take. The
# figures are this house's choice, from two promises that are public: payment begins within 24
# hours and is complete within 96; and from the deadlines that others set (a policy, a document, a
# term sheet), which are taken as they are. They are data of this table: one row, one figure.
BEGIN = "payment begins within 24 hours of the announcement"
OFFICER = "an applicant hears within a day that somebody works on it"
SAME_DAY = "a decision is taken on the day that it is asked for"
MONEY = "money that is approved leaves within a quarter of the 24 hours promised"
CHECKED = "who is like an entry of a sanctions list is looked at before anything is paid"
CALLED = "what is announced for a margin call is looked at long before the call is due"
OWN = "its own deadline"

OFFICERS = ("loan_officer",)
# Who may say that a hit is somebody else; each sees the hits of what they may read.
SCREENERS = ("compliance", "loan_officer", "claims_officer")

KINDS: tuple[Kind, ...] = (
    Kind("approval", "Decision", (), 24, SAME_DAY),
    Kind("approval.money", "Decision on a payment", (), 6, MONEY),
    Kind("request.approved", "Approved: carry it out", (), 8, SAME_DAY),
    Kind("request.declined", "Declined: take it back or ask anew", (), 24, SAME_DAY),
    Kind("application.worksheet", "Worksheet to prepare", OFFICERS, 24, OFFICER),
    Kind("application.propose", "Application to propose", OFFICERS, 8, SAME_DAY),
    Kind("application.information", "Answer overdue", OFFICERS, None, OWN),
    Kind("collateral.request", "Collateral announced", OFFICERS, 4, CALLED),
    Kind("application.declined", "Application not approved", OFFICERS, 24, OFFICER),
    Kind("application.commit", "Loan to commit", OFFICERS, 8, SAME_DAY),
    Kind("loan.term_sheet", "Term sheet to issue", OFFICERS, 24, OFFICER),
    Kind("loan.term_sheet.lapsing", "Term sheet lapses", OFFICERS, None, OWN),
    Kind("loan.amendment.lapsing", "Amendment letter lapses", OFFICERS, None, OWN),
    Kind("loan.amendment.declined", "Amendment declined by its borrower", OFFICERS, 24, OFFICER),
    Kind("loan.draw", "Drawdown to ask for", OFFICERS, 24, BEGIN),
    Kind("payment.release", "Payment to release", ("treasury_officer",), 6, MONEY),
    Kind("condition.open", "Condition to close", OFFICERS, 72, "a quarter of the 96 hours is left"),
    Kind("verification.expiring", "Verification expires", OFFICERS, None, OWN),
    Kind("document.expiring", "Document expires", OFFICERS, None, OWN),
    Kind("hit.open", "Screening hit", SCREENERS, 4, CHECKED),
    Kind("margin_call.open", "Margin call", OFFICERS, None, OWN),
    Kind("covenant.certificate", "Certificate to examine", OFFICERS, 48, OFFICER),
    Kind("covenant.due", "Covenant test runs out", OFFICERS, None, OWN),
    Kind(
        "loan.fixing",
        "Rate that waits for its fixing",
        OFFICERS,
        8,
        "interest is booked by the day",
    ),
    Kind("receipt.waiting", "Receipt to allocate", OFFICERS, 24, SAME_DAY),
    Kind("market.held", "Held market data", ("treasury_officer",), 2, "prices go stale in hours"),
    Kind("break.open", "Break to explain", ("treasury_officer",), 24, SAME_DAY),
)
BY_CODE = {kind.code: kind for kind in KINDS}
# The kind of work of each stage of an application; an offer lapses on a day of its own.
OF_STAGE = {
    "submitted": "application.worksheet",
    "underwritten": "application.propose",
    "proposed": "approval",
    "not_approved": "application.declined",
    "approved": "application.commit",
    "committed": "loan.term_sheet",
    "conditions": "condition.open",
    "accepted": "loan.draw",
    "drawdown": "approval.money",
    "release": "payment.release",
}
# Requests after whose approval money leaves.
MONEY_OUT = ("retail.payout", "payment.file", "loan.drawdown", "pool.winddown")


def kind_of_approval(kind: str) -> str:
    """Give the kind of work that deciding a kind of request is."""
    return "approval.money" if kind in MONEY_OUT else "approval"


def due(code: str, since: datetime) -> datetime:
    """
    Give the moment up to which work that began at another may wait.

    >>> due("hit.open", datetime(2025, 10, 14, 12)).isoformat()
    '2025-10-14T16:00:00'

    :raises ValueError: if that kind has a deadline of its own
    """
    hours = BY_CODE[code].hours
    if hours is None:
        raise ValueError(f"{code} has a deadline of its own")
    return since + timedelta(hours=hours)


def morning(day: date, like: datetime) -> datetime:
    """Give the first moment of a day, in the zone of another moment."""
    return datetime.combine(day, time(), tzinfo=like.tzinfo)


def kinds_for(roles: Iterable[str]) -> tuple[Kind, ...]:
    """Give the kinds of work of somebody who holds some roles; decisions are of everybody."""
    held = set(roles)
    return tuple(kind for kind in KINDS if not kind.roles or held & set(kind.roles))


def left(due_at: datetime, now: datetime) -> str:
    """
    Say how long something may still wait, or how long it is overdue, in hours or days.

    >>> noon = datetime(2025, 10, 14, 12)
    >>> left(datetime(2025, 10, 14, 15, 30), noon), left(datetime(2025, 10, 11, 12), noon)
    ('3 h left', '3 d overdue')
    >>> left(datetime(2025, 10, 14, 12, 20), noon)
    'under 1 h left'
    """
    word = "left" if due_at > now else "overdue"
    hours = int(abs((due_at - now).total_seconds()) // 3600)
    if hours < 1:
        return f"under 1 h {word}"
    return f"{hours} h {word}" if hours < 48 else f"{hours // 24} d {word}"
