"""Tables of the institutional programme."""

from loans.models.adjustments import Adjustment
from loans.models.applications import Application
from loans.models.contacts import Contact
from loans.models.groups import Group
from loans.models.institutions import Institution, ProfileChange
from loans.models.loans import Event, Loan
from loans.models.projections import Projection
from loans.models.verifications import Verification

__all__ = [
    "Adjustment",
    "Application",
    "Contact",
    "Event",
    "Group",
    "Institution",
    "Loan",
    "ProfileChange",
    "Projection",
    "Verification",
]
