"""A margin call in the demo: prices fall for three days, a loan is called, more is pledged."""

from datetime import date, datetime

from loans.models import Application, MarginCall, Pledge
from loans.operations import margin_calls
from loans.rules.states import PledgeState
from together.console.operations.demo import borrowers, markets
from together.console.operations.demo.funds import People, Tell

# Days since the story began on which prices are brought in and looked at; on the last one it pays.
DAYS = (198, 199, 200)
MORE = "550"


def live(since: int, *, begun: date, cast: People, at: datetime, tell: Tell) -> None:
    """Bring the prices of a day of the fall in, and let the monitor and the borrower act; once."""
    if since not in DAYS:
        return
    markets.bring_day(since, cast=cast, at=at, tell=tell)
    if since == DAYS[-1]:
        _pledge_more(cast=cast, at=at, tell=tell)
    found = margin_calls.watch(at=at)
    markets.called(found, tell)
    for number in found.met:
        call = MarginCall.objects.select_related("loan__institution").get(number=number)
        tell(f"{number}: {call.loan} is within its limit again, the call is met")


def _pledge_more(*, cast: People, at: datetime, tell: Tell) -> None:
    who = next(one for one in borrowers.BORROWERS if one.habit == borrowers.MARGIN_CALLED)
    application = Application.objects.get(institution__lei=who.lei)
    code = who.pledged[0] if who.pledged else ""
    known: Pledge | None = application.pledges.order_by("-id").first()
    if known and known.state == PledgeState.IN_FORCE and application.pledges.count() > 1:
        return
    if known is None or application.pledges.count() == 1:
        known = markets.proposed(application, (code, MORE), cast=cast, at=at)
    markets.put_in_force(known, cast=cast, at=at)
    tell(f"{known.number}: {who.legal_name} pledges {MORE} {code} more")
