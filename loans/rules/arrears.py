"""Arrears: what is done next with a loan that is past due, by how long it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """What is done with a loan from so many days past due on, and why then."""

    from_day: int
    what: str
    source: str


# Note [steps of arrears]. The days are those at which the market's own terms bite: LMA facility
# agreements allow a few business days for an error of payment (clause 23.1, non-payment), 30 days
# are a significant increase in credit risk and 90 days a default that is presumed (IFRS 9,
# B5.5.20 and B5.5.37; Basel Framework, CRE36.68).
STEPS: tuple[Step, ...] = (
    Step(1, "Ask whether it is an error of payment", "LMA, clause 23.1"),
    Step(6, "Send a reminder, reserve the lender's rights", "LMA, clause 23.1"),
    Step(15, "Speak with its finance contact, agree a day", "house choice"),
    Step(31, "Watch list: new accounts, a plan of payment", "IFRS 9, B5.5.20"),
    Step(61, "To the committee: restructure or enforce", "house choice"),
    Step(91, "Default: charge off, call guarantees, enforce", "IFRS 9, B5.5.37"),
)


def next_step(days_past_due: int) -> str:
    """
    Say what is done next with a loan that is so many days past due.

    >>> next_step(0), next_step(5), next_step(91)
    ('', 'Ask whether it is an error of payment', 'Default: charge off, call guarantees, enforce')
    """
    return next((one.what for one in reversed(STEPS) if days_past_due >= one.from_day), "")
