"""The people of the demo: one per role, with sign-ins that are made for this machine."""

import json
import secrets
from datetime import datetime
from pathlib import Path

from together.controls.models import Person, RoleGrant
from together.controls.operations import bootstrap, people
from together.controls.operations.bootstrap import AlreadyBegun
from together.controls.rules.roles import BY_CODE

FIRST = ("sol", "Sol Serrano")
OFFICERS: tuple[tuple[str, str, str], ...] = (
    ("lena", "Lena Okafor", "loan_officer"),
    ("cora", "Cora Lindqvist", "credit_checker"),
    ("milo", "Milo Ferrante", "committee"),
    ("amir", "Amir Haddad", "claims_officer"),
    ("bea", "Bea Novak", "claims_approver"),
    ("tom", "Tom Achterberg", "treasury_officer"),
    ("tara", "Tara Mbeki", "treasury_approver"),
    ("carl", "Carl Eriksen", "compliance"),
    ("ada", "Ada Whitfield", "auditor"),
    ("feed", "Price feed", "market_feed"),
)
# Who takes payment files away and looks into breaks beside the first one, and who makes a quorum.
SECONDS = (
    ("tess", "Tess Villanueva", "treasury_officer"),
    ("mara", "Mara Olsen", "committee"),
)


def officers(*, at: datetime) -> dict[str, Person]:
    """Give one person per officer's role, entering who is missing."""
    try:
        first = bootstrap.first_administrator(
            username=FIRST[0], full_name=FIRST[1], email=_email(FIRST[0]), at=at
        )
    except AlreadyBegun:
        first = Person.objects.get(username=FIRST[0])
    found = {"security_administrator": first}
    for username, full_name, role in OFFICERS:
        found[role] = ensure(username, full_name, role, scope="", by=first, at=at)
    for username, full_name, role in SECONDS:
        found[f"second_{role}"] = ensure(username, full_name, role, scope="", by=first, at=at)
    return found


def ensure(
    username: str, full_name: str, role: str, *, scope: str, by: Person, at: datetime
) -> Person:
    """Give a person who holds a role, entering and granting what is missing."""
    person = Person.objects.filter(username=username).first() or people.enter(
        username=username, full_name=full_name, email=_email(username), by=by, at=at
    )
    if role not in people.roles_of(person, scope):
        people.grant(person=person, role=role, scope=scope, by=by, at=at)
    return person


def sign_ins(*, file: Path, renew: bool) -> list[tuple[str, str, str]]:
    """
    Give (role, user name, password) of one person per role.

    Passwords are random and kept in ``file``, readable by its owner only; somebody without one
    there, or everybody if ``renew``, gets a new one.
    """
    known = json.loads(file.read_text()) if file.exists() and not renew else {}
    rows = []
    for role in BY_CODE:
        person = _holder(role)
        if person is None:
            continue
        password = known.get(person.username)
        if password is None or not person.check_password(password):
            known[person.username] = password = secrets.token_urlsafe(12)
            person.set_password(password)
            person.save(update_fields=["password"])
        rows.append((BY_CODE[role].name, person.username, password))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600, exist_ok=True)
    file.write_text(json.dumps(known, indent=1))
    return rows


def _holder(role: str) -> Person | None:
    """Give who was the first to get a role."""
    held = RoleGrant.objects.filter(role=role, revoked_at=None).select_related("person")
    first = held.order_by("id").first()
    return first.person if first else None


def _email(username: str) -> str:
    return f"{username}@together.example"
