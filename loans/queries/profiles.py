"""Profiles: what is known of institutions now, and what stands in the way of a change."""

from loans.models import Group, Institution
from loans.rules.profiles import Profile, fold
from together.ledger.rules.money import Money

# Limits are kept in the asset that both pools are in.
ASSET = "USDC"


def profile_of(institution: Institution) -> Profile:
    """Give what is known of an institution now."""
    return Profile(
        legal_name=institution.legal_name,
        jurisdiction=institution.jurisdiction,
        sector=institution.sector,
        limit=Money(institution.limit, ASSET),
        aliases=tuple(institution.aliases),
        group=institution.group.number if institution.group else "",
        parent=institution.parent.number if institution.parent else "",
        parent_name=institution.parent_name,
        parent_lei=institution.parent_lei,
        affiliation=institution.affiliation,
        exchange=institution.exchange,
    )


def misfits(profile: Profile, lei: str) -> list[str]:
    """
    Say what of a profile does not fit to what else is entered: field, value and rule.

    ``lei`` is that of the institution itself. A group, a parent and an exchange are looked up.
    """
    return [
        *_of_group(profile),
        *_of_parent(profile, lei),
        *_of_exchange(profile),
    ]


def _of_group(profile: Profile) -> list[str]:
    if profile.group and not Group.objects.filter(number=profile.group).exists():
        return [f"group: there is no {profile.group!r}"]
    return []


def _of_parent(profile: Profile, lei: str) -> list[str]:
    entered = Institution.objects.filter(lei=profile.parent_lei).first()
    if profile.parent_lei and entered:
        return [f"parent_lei: {profile.parent_lei} is {entered.number}: name it as the parent"]
    if not profile.parent:
        return []
    parent = Institution.objects.filter(number=profile.parent).select_related("group").first()
    if parent is None:
        return [f"parent: there is no {profile.parent!r}"]
    if parent.lei == lei:
        return [f"parent: {profile.parent} is its own: nobody is their own parent"]
    found = []
    if lei in _above(parent):
        found.append(f"parent: {profile.parent} is below it: parents go round in a circle")
    group = parent.group.number if parent.group else ""
    if group and group != profile.group:
        found.append(f"group: {profile.group!r} is not that of its parent {parent.number}, {group}")
    return found


def _above(institution: Institution) -> set[str]:
    """Give the LEIs of an institution and of everybody above it, as far as they are known."""
    found: set[str] = set()
    passed: set[int] = set()
    now: Institution | None = institution
    while now is not None and now.pk not in passed:
        passed.add(now.pk)
        found |= {now.lei, now.parent_lei} - {""}
        now = now.parent or Institution.objects.filter(lei=now.parent_lei or "-").first()
    return found


def _of_exchange(profile: Profile) -> list[str]:
    known = Institution.objects.exclude(exchange="").exclude(exchange=profile.exchange)
    for name in known.values_list("exchange", flat=True).distinct().order_by():
        if profile.exchange and fold(name) == fold(profile.exchange):
            return [f"exchange: {profile.exchange!r} is written {name!r} elsewhere"]
    return []
