"""Screening of institutions: whom it is time for, and nothing without a screening that holds."""

from datetime import datetime

from loans.models import Institution
from loans.queries import screened
from together.controls.operations import screening
from together.controls.operations.screening import Done

__all__ = ["demand", "screen_due", "screen_one"]


def screen_due(*, at: datetime) -> Done:
    """
    Screen every institution that it is time for: once a day, and after each change.

    What is asked for is a list, a policy, a name, a contact or an address that changed since.
    """
    waiting = screening.due(screened.subjects(), at)
    return screening.screen(subjects=waiting, at=at) if waiting else Done(0, ())


def screen_one(*, institution: Institution, at: datetime) -> Done:
    """
    Screen one institution now.

    :raises NotScreened: if no list is loaded
    """
    return screening.screen(subjects=[screened.subject(institution)], at=at)


def demand(institution: Institution, at: datetime) -> None:
    """
    Let only an institution pass that is screened, by now, and found on no list.

    :raises HitStands: if a hit is open or confirmed
    :raises NotScreened: if the last screening does not hold
    """
    screening.demand(screened.subject(institution), at)
