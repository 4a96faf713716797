"""Credit policies: the version by which applicants are looked at now."""

from loans.models import CreditPolicy
from loans.rules.states import PolicyState


def policy_in_force() -> CreditPolicy:
    """Give the version of the credit policy that is in force."""
    return CreditPolicy.objects.get(state=PolicyState.IN_FORCE)
