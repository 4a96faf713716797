"""Who may act for an institution: officers, and the institution's own people."""

from loans.models import Institution
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.people import NotAllowed
from together.controls.rules import roles


def demand(by: Person, act: str, institution: Institution) -> None:
    """
    Let an act pass for an officer whose role allows it, or for the institution's own people.

    :raises NotAllowed: otherwise
    """
    own = people.roles_of(by, scope=institution.number)
    if by.is_active and roles.may(own, "portal.act"):
        return
    people.demand(by, act)


def demand_own(by: Person, act: str, institution: Institution) -> None:
    """
    Let an act pass for the institution's own people whose role allows it; for no officer.

    :raises NotAllowed: otherwise
    """
    own = people.roles_of(by, scope=institution.number)
    if not by.is_active or not roles.may(own, act):
        raise NotAllowed(f"{by} may not do this for {institution.legal_name}: it needs {act}")


def demand_any(by: Person, *acts: str) -> None:
    """
    Let an act pass if one of the person's roles allows any of these.

    :raises NotAllowed: otherwise
    """
    held = people.roles_of(by, scope="")
    if not by.is_active or not any(roles.may(held, act) for act in acts):
        raise NotAllowed(f"{by} may not do this: it needs a role with {' or '.join(acts)}")
