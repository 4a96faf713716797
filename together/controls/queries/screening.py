"""Screening: what is in force, who needs to be screened anew, and what stands in the way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from together.controls.models import Hit, ListEntry, Screening, ScreeningList, ScreeningPolicy
from together.controls.rules.screening import HitState, Listed

# Everybody is screened once a day, some hours before the day is over.
ANEW = timedelta(hours=20)
BLOCKING = (HitState.OPEN, HitState.CONFIRMED)


def policy() -> ScreeningPolicy:
    """Give the policy in force."""
    return ScreeningPolicy.objects.order_by("-version")[:1].get()


def newest_list() -> ScreeningList | None:
    """Give the version that was loaded last, of any source."""
    return ScreeningList.objects.order_by("id").last()


def listed() -> list[Listed]:
    """Give every entry that stands on a list now."""
    rows = ListEntry.objects.filter(dropped=None).order_by("pk")
    return [Listed(*row) for row in rows.values_list("pk", "names", "addresses")]


def last_of(area: str, subjects: Sequence[str]) -> dict[str, Screening]:
    """Give the last screening of each of some subjects; one query."""
    rows = Screening.objects.filter(area=area, subject__in=subjects)
    newest = rows.order_by("subject", "-id").distinct("subject")
    return {one.subject: one for one in newest.select_related("policy", "newest_list")}


def blocking(area: str, subject: str) -> QuerySet[Hit]:
    """Give the hits of a subject that let nothing be done with it, the gravest first."""
    found = Hit.objects.filter(area=area, subject=subject, state__in=BLOCKING)
    return found.order_by("state", "-score", "id")


def stale(last: Screening | None, facts_digest: str, at: datetime) -> str:
    """Say why the last screening of a subject does not hold at a moment, or nothing."""
    newest, rules = newest_list(), policy()
    if newest is None or last is None:
        return "no list is loaded" if newest is None else "it never was"
    since = f"{last.at:%Y-%m-%d %H:%M}"
    reasons = (
        (last.facts_digest != facts_digest, f"its names or addresses changed since {since}"),
        (last.newest_list_id != newest.pk, f"{newest.number} was loaded since {since}"),
        (last.policy_id != rules.pk, f"the policy is version {rules.version} since {since}"),
        (
            at - last.at > timedelta(days=rules.most_days),
            f"the last time, {since}, is more than {rules.most_days} days ago",
        ),
    )
    return next((words for is_so, words in reasons if is_so), "")


def is_due(
    last: Screening | None, facts_digest: str, at: datetime, current: tuple[int, int]
) -> bool:
    """Say whether a subject is to be screened; ``current`` are the newest list and the policy."""
    if last is None:
        return True
    same = (last.facts_digest, last.newest_list_id, last.policy_id) == (facts_digest, *current)
    return not same or at - last.at > ANEW


def waiting(days: int, at: datetime) -> Q:
    """Give the condition of hits that are open for more than so many days."""
    return Q(state=HitState.OPEN, opened_at__lt=at - timedelta(days=days))
