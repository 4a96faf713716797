"""What must be so before the system serves: a weak role, every guard, a durable server."""

from together import Refused
from together.controls.queries import database


class UnsafeDatabase(Refused):
    """Raised when the system must not run on this database; lists every reason."""


def demand_safe_database() -> None:
    """
    Let the system start only on a database that keeps its promises.

    :raises UnsafeDatabase: if the role is too strong, a guard is missing or disabled, or the
        server may lose what it confirmed
    """
    faults = database.faults()
    if faults:
        raise UnsafeDatabase("the system does not start: " + "; ".join(faults))
