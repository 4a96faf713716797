"""Hidden: who acts on a confidential application must be let in, whatever their role allows."""

from loans.models import Application
from loans.queries import confidential
from together import Refused
from together.controls.models import Person


class Hidden(Refused):
    """
    Raised when somebody acts on a confidential application that they may not open.

    It says what would be said of one that does not exist, and entrances answer so.
    """

    is_missing = True


def demand_seen(application: Application, by: Person) -> None:
    """
    Let only somebody act on an application, or on what stays closed with it, who may open it.

    :raises Hidden: otherwise
    """
    # Asked of the database, not of what a request remembers of a person's roles.
    somebody = Person.objects.get(pk=by.pk)
    hidden = confidential.hidden_from(somebody).filter(application=application)
    if hidden.exists():
        raise Hidden(f"there is no application {application.number}")


def demand_seen_until_lent(application: Application, by: Person) -> None:
    """
    Do the same for what many work with once there is a loan: conditions, covenants, collateral.

    :raises Hidden: if it is hidden, and there is no loan yet
    """
    if getattr(application, "loan", None) is None:
        demand_seen(application, by)
