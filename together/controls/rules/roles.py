"""Roles: who may do what, as one table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """
    One role.

    ``house`` says where it works: "console" for officers, "portal" for an institution's people,
    "feed" for machines that only send.
    ``may`` names the acts; an act that is not listed is refused.
    """

    code: str
    name: str
    house: str
    may: frozenset[str]


def _role(code: str, name: str, house: str, *may: str) -> Role:
    return Role(code, name, house, frozenset(may))


READ = ("loans.read", "claims.read", "treasury.read", "books.read")

ROLES: tuple[Role, ...] = (
    _role("loan_officer", "Loan officer", "console", "loans.read", "loans.write", "loans.propose"),
    _role("credit_checker", "Credit checker", "console", "loans.read", "loans.approve"),
    _role("committee", "Credit committee", "console", "loans.read", "loans.approve"),
    _role("claims_officer", "Claims officer", "console", "claims.read", "claims.write"),
    _role("claims_approver", "Claims approver", "console", "claims.read", "claims.approve"),
    _role(
        "treasury_officer",
        "Treasury officer",
        "console",
        *READ,
        "treasury.write",
        "market.write",
        "treasury.hand_over",
        "treasury.halt",
    ),
    _role(
        "treasury_approver",
        "Treasury approver",
        "console",
        *READ,
        "treasury.approve",
        "treasury.hand_over",
        "treasury.halt",
    ),
    _role(
        "compliance",
        "Compliance",
        "console",
        *READ,
        "loans.comply",
        "screening.write",
        "treasury.halt",
    ),
    _role("security_administrator", "Security administrator", "console", "people.write"),
    _role("auditor", "Auditor", "console", *READ, "people.read", "audit.read"),
    _role("market_feed", "Market data feed", "feed", "market.feed"),
    _role("institution_admin", "Institution: Admin", "portal", "portal.read", "portal.act"),
    _role("institution_manager", "Institution: Manager", "portal", "portal.read", "portal.act"),
    _role("institution_viewer", "Institution: Viewer", "portal", "portal.read"),
)

BY_CODE: dict[str, Role] = {role.code: role for role in ROLES}


def may(codes: frozenset[str], act: str) -> bool:
    """Say whether somebody with these roles may do an act."""
    return any(act in BY_CODE[code].may for code in codes if code in BY_CODE)


def works_in(codes: frozenset[str], house: str) -> bool:
    """Say whether somebody with these roles works in the console, or in the portal."""
    return any(BY_CODE[code].house == house for code in codes if code in BY_CODE)
