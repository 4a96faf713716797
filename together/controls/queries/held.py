"""The roles that somebody at the door holds now, read once for each request."""

from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from together.controls.models import Person, RoleGrant
from together.controls.rules import roles

Visitor = AbstractBaseUser | AnonymousUser
_KEPT = "_together_grants"


def grants_of(visitor: Visitor) -> tuple[tuple[str, str], ...]:
    """
    Give the (role, scope) pairs that a visitor holds now.

    They are kept with the visitor's object, which lives as long as a request.
    """
    if not visitor.is_authenticated or not visitor.is_active:
        return ()
    kept: tuple[tuple[str, str], ...] | None = getattr(visitor, _KEPT, None)
    if kept is None:
        held = RoleGrant.objects.filter(person=cast(Person, visitor), revoked_at=None)
        kept = tuple(held.values_list("role", "scope").order_by("role", "scope"))
        setattr(visitor, _KEPT, kept)
    return kept


def codes_of(visitor: Visitor) -> frozenset[str]:
    """Give the codes of the roles held, whatever their scope."""
    return frozenset(role for role, _ in grants_of(visitor))


def may(visitor: Visitor, act: str) -> bool:
    """Say whether a visitor may do an act somewhere."""
    return roles.may(codes_of(visitor), act)


def works_in(visitor: Visitor, house: str) -> bool:
    """Say whether a visitor works in the console, or in the portal."""
    return roles.works_in(codes_of(visitor), house)


def scopes_of(visitor: Visitor, act: str) -> tuple[str, ...]:
    """Give the numbers of the institutions for which a visitor may do an act."""
    return tuple(
        sorted(
            {
                scope
                for role, scope in grants_of(visitor)
                if scope and roles.may(frozenset({role}), act)
            }
        )
    )
