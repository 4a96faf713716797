"""Instruments with a policy in force, and observations of them; a test names what matters."""

from datetime import UTC, datetime, timedelta

from loans.models import Instrument, Observation
from loans.operations import instruments, market_entries, observations
from loans.operations.instruments import Rules
from loans.rules.market_data import units, written
from tests.factories import NOW, approve, person
from together.controls.models import Approval

SOURCE = "composite"


def instrument(code: str = "BTC", *, has_policy: bool = True, **named) -> Instrument:
    """Enter an instrument: an asset in USD, unless a test says it is a rate."""
    is_rate = named.get("kind") == "fixing"
    given = {
        "code": code,
        "name": code.title(),
        "kind": "price",
        "scale": 8 if is_rate else 4,
        "quantity_scale": 0 if is_rate else 8,
        "calendar": "us_sofr" if is_rate else "none",
        "by": person("treasury_officer"),
        "at": NOW - timedelta(days=30),
    }
    entered = instruments.enter(**{**given, **named})
    if has_policy:
        policy(entered)
    return entered


def rules(of: Instrument, **named) -> Rules:
    """Give what is accepted of an instrument."""
    usual = {"sources": [SOURCE], "most_age": 24, "most_move": 2000, "least": 1, "most": 10**16}
    if of.kind == "fixing":
        usual |= {"most_age": 3, "most_move": 50, "least": -(10**8), "most": 10**8}
    return Rules(**{**usual, **named})


def policy(of: Instrument, *, at: datetime = NOW - timedelta(days=30), **named):
    """Propose a policy, approve it and put it in force."""
    officer = person("treasury_officer")
    asked = instruments.propose_policy(instrument=of, rules=rules(of, **named), by=officer, at=at)
    approve(asked, at=at)
    return instruments.put_in_force(instrument=of, by=officer, at=at)


def row(code: str, at: datetime | str, value: str, source: str = SOURCE) -> dict[str, str]:
    """Write one observation as a feed does."""
    said = at if isinstance(at, str) else at.isoformat()
    return {"instrument": code, "observed_at": said, "value": value, "source": source}


def fed(*rows: dict[str, str], at: datetime = NOW, by=None) -> observations.Taken:
    """Let a feed send observations."""
    return observations.feed(rows=rows, by=by or person("market_feed"), at=at)


def price(code: str, value: str, at: datetime = NOW) -> Observation:
    """Let a feed send one price, and give what is stored of it, whatever it moved."""
    taken = fed(row(code, at, value), at=at)
    if taken.held:
        entry = Instrument.objects.get(pk=code).entries.get(state="held", observed_at=at)
        officer = person("treasury_officer")
        approve(market_entries.stand_by(entry=entry, reason="It fell", by=officer, at=at), at=at)
        market_entries.book(entry=entry, by=officer, at=at)
    return Observation.objects.get(instrument=code, observed_at=at)


def by_hand(of: Instrument, at: str, value: str, *, source: str = "Exchange close", **named):
    """Propose a value by hand, and give its entry."""
    now = datetime.fromisoformat(at) if "T" in at else NOW
    given = {"reason": "The feed was down", "by": person("treasury_officer"), "at": max(now, NOW)}
    asked = market_entries.propose(
        instrument=of, observed_at=at, value=value, source=source, **{**given, **named}
    )
    return of.entries.get(number=asked.subject)


def booked(entry, *, at: datetime = NOW) -> Observation:
    """Approve an entry and book it."""
    approve(Approval.objects.get(kind="market.entry", subject=entry.number), at=at)
    return market_entries.book(entry=entry, by=person("treasury_officer"), at=at)


def moment(text: str) -> datetime:
    """Read a moment of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def said(found: Observation) -> str:
    """Write the value of an observation."""
    return written(found.value, found.instrument.scale)


def amount(text: str, of: Instrument) -> int:
    """Read a quantity of an instrument."""
    return units(text, of.quantity_scale)
