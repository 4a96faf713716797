"""Recipients: who of an institution gets a kind of notice on a day."""

from datetime import date

from django.db.models import Q

from loans.models import Contact, Institution
from loans.rules.notices import recipients


def contacts_for(institution: Institution, kind: str, on: date) -> list[Contact]:
    """Give the contacts in force on a day whose capacity a kind of notice goes to."""
    in_force = Q(ended_on=None) | Q(ended_on__gt=on)
    found = Contact.objects.filter(
        in_force, institution=institution, capacity__in=recipients(kind), starts_on__lte=on
    )
    return list(found.order_by("id"))
