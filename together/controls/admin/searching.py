"""Search in lists of the console: indexed columns compared whole, small tables looked into."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet


def found(queryset: QuerySet, said: str, whole: Sequence[str], within: Sequence[str]) -> QuerySet:
    """Keep the rows with a column of ``whole`` that is what was said, or one of ``within`` has."""
    term = said.strip()
    if not term:
        return queryset
    condition = Q(pk__in=[])
    for name in whole:
        # Numbers are written in capitals, digests in small letters.
        condition |= Q(**{f"{name}__in": {term, term.upper()}})
    for name in within:
        condition |= Q(**{f"{name}__icontains": term})
    return queryset.filter(condition)
