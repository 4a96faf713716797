"""What a report is asked for: parameters read from texts, each refused by its name and value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from loans.rules.products import BUCKET_NAMES
from loans.rules.stages import STAGES
from together.ledger.models import Account, Entry
from together.ledger.rules.chart import BY_CODE
from together.ledger.rules.money import ASSETS
from together.treasury.models import Pool

# What loans are put together by where concentrations are measured.
DIMENSIONS = (
    ("institution", "institution"),
    ("group", "group"),
    ("sector", "sector"),
    ("jurisdiction", "jurisdiction"),
    ("exchange", "exchange"),
    ("grade", "grade"),
)
NAMES = (
    *("since", "through", "pool", "account", "subject", "asset", "kind"),
    *("bucket", "within", "state", "by", "stage"),
)
LABELS = {
    "since": "From",
    "through": "Through",
    "pool": "Pool",
    "account": "Account",
    "subject": "Sub-account",
    "asset": "Asset",
    "kind": "Kind of entry",
    "bucket": "Bucket",
    "within": "Within",
    "state": "State",
    "by": "By",
    "stage": "Stage",
}
# Parameters whose values are a fixed list, each with what people read.
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "bucket": tuple((name, name) for name in BUCKET_NAMES),
    "within": tuple((str(days), f"{days} days") for days in (0, 7, 30, 60, 90, 180, 365)),
    "state": (
        ("committed", "committed"),
        ("cancelled", "cancelled"),
        ("active", "active"),
        ("written_off", "written off"),
        ("closed", "closed"),
    ),
    "by": DIMENSIONS,
    "stage": STAGES,
}


class BadParameters(ValueError):
    """Raised when parameters make no sense; ``faults`` maps each name to what is wrong with it."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in faults.items()))


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a report is asked for.

    From ``since`` to ``through``, both included; a report of one day reads ``through`` only. An
    empty text asks for all of its kind.
    """

    since: date
    through: date
    pool: str = ""
    account: str = ""
    subject: str = ""
    asset: str = ""
    kind: str = ""
    bucket: str = ""
    within: str = ""
    state: str = ""
    by: str = ""
    stage: str = ""

    @property
    def days(self) -> int | None:
        """Give the days of ``within``, nothing if any time will do."""
        return int(self.within) if self.within else None

    def texts(self, takes: tuple[str, ...]) -> dict[str, str]:
        """Give some parameters as texts, as :func:`read` reads them; empty ones are left out."""
        values = {name: str(getattr(self, name)) for name in takes}
        return {name: value for name, value in values.items() if value}

    def words(self, takes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Give some parameters as (label, value), for people."""
        return tuple((label(name, takes), value) for name, value in self.texts(takes).items())


def label(name: str, takes: tuple[str, ...]) -> str:
    """Give the label of a parameter; the last day of a report of one day is what it is as of."""
    return "As of" if name == "through" and "since" not in takes else LABELS[name]


def read(
    given: Mapping[str, str],
    takes: tuple[str, ...],
    *,
    today: date,
    days: int = 0,
    longest: int = 0,
) -> Asked:
    """
    Read parameters of a report that takes some of them; the last day is today unless it is given.

    Without a first day it is that of the year, or ``days`` days before the last; ``longest`` is
    the number of days that the time may have.

    :raises BadParameters: if one is not known, not taken, or no value of its kind
    """
    said = {name: value.strip() for name, value in given.items() if value.strip()}
    faults = {
        name: f"is not a parameter of this report; it takes {', '.join(takes)}"
        for name in said
        if name not in takes
    }
    through = _day(said, "through", today, faults)
    usual = through - timedelta(days=days) if days else through.replace(month=1, day=1)
    since = _day(said, "since", usual, faults)
    if since > through:
        faults["since"] = f"{since} is after the last day, {through}; it must not be"
    elif longest and (through - since).days >= longest:
        count = (through - since).days + 1
        faults["since"] = f"{since} to {through} are {count} days; this report holds {longest}"
    _known(said, faults)
    if faults:
        raise BadParameters(faults)
    texts = {name: said.get(name, "") for name in NAMES[2:]}
    return Asked(since, through, **texts)


def _day(said: Mapping[str, str], name: str, usual: date, faults: dict[str, str]) -> date:
    if name not in said:
        return usual
    try:
        return date.fromisoformat(said[name])
    except ValueError:
        faults[name] = f"{said[name]!r} is no day; write it as 2025-10-31"
        return usual


def _known(said: Mapping[str, str], faults: dict[str, str]) -> None:
    """Note what names nothing that there is."""
    pool, account, subject = (said.get(name, "") for name in ("pool", "account", "subject"))
    if pool and not Pool.objects.filter(code=pool).exists():
        codes = ", ".join(Pool.objects.values_list("code", flat=True))
        faults.setdefault("pool", f"{pool!r} is no pool; there are {codes or 'none yet'}")
    if account and account not in BY_CODE:
        faults.setdefault("account", f"{account!r} is no account of the chart")
    if said.get("asset", "USD") not in ASSETS:
        names = ", ".join(ASSETS)
        faults.setdefault("asset", f"{said['asset']!r} is no asset; there are {names}")
    if subject and not Account.objects.filter(chart_id=account, subject=subject).exists():
        faults.setdefault("subject", f"{subject!r} is no sub-account of {account or 'no account'}")
    for name, choices in CHOICES.items():
        if name in said and said[name] not in dict(choices):
            listed = ", ".join(value for value, _ in choices)
            faults.setdefault(name, f"{said[name]!r} is none of {listed}")
    if "kind" in said and not Entry.objects.filter(kind=said["kind"]).exists():
        faults.setdefault("kind", f"{said['kind']!r} is no kind that an entry has")
