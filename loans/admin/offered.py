"""What the pages of term sheets and amendment letters have in common: offers that lapse."""

from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loans.queries.term_sheets import in_state_on
from loans.rules.institution_states import PaperState
from loans.rules.term_sheets import LAPSED, ON_PAPER, state_on
from together.controls.admin.showing import NOTHING


def state_today(offer: Any) -> str:
    """Give the state of an offer today: one that is issued lapses by itself."""
    return state_on(offer.state, offer.lapses_on, timezone.now().date())


def signed_by(offer: Any, person: Any) -> Any:
    """Give the person who signed an offer in the portal, or who signed it on paper."""
    if offer.wording != ON_PAPER:
        return person or NOTHING
    papers = [one for one in offer.paper_acceptances.all() if one.state == PaperState.ACCEPTED]
    return f"{papers[0].signed_by}, {papers[0].signed_as}, on paper" if papers else "on paper"


class OfferStateFilter(SimpleListFilter):
    """Offers by their state today: those that are issued and lapsed stand apart."""

    title = "state"
    parameter_name = "state"
    states: ClassVar[tuple[str, ...]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer every state that such an offer may have on a day."""
        return [(one, one) for one in (*self.states, LAPSED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what was chosen."""
        return in_state_on(queryset, self.value() or "", timezone.now().date())
