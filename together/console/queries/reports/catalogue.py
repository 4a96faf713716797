"""The catalogue: every report, what it is asked for, and how it is built in one snapshot."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection

from together.console.queries.reports import asked as parameters
from together.console.queries.reports import (
    books,
    breaks,
    concentration,
    ending,
    forecast,
    interest,
    late,
    lending,
    pipeline,
    pools,
    portfolio,
    tape,
)
from together.console.queries.reports.asked import Asked
from together.controls.formats.reports import Report
from together.ledger.queries import export
from together.ledger.queries.general_ledger import Place


@dataclass(frozen=True, slots=True)
class Listed:
    """
    One report of the catalogue.

    ``takes`` are the names of its parameters, ``usual`` those of them that are never empty, with
    what they are unless they are given. ``days`` and ``longest`` bound its time: see
    :func:`asked.read`. ``reads`` are the acts of which one lets somebody read it; who reads one
    that ``is_confidential``, or takes it out, is written down. ``endings`` are its kinds of files.
    """

    name: str
    title: str
    question: str
    takes: tuple[str, ...]
    make: Callable[[Asked], Report]
    usual: tuple[tuple[str, str], ...] = ()
    days: int = 0
    longest: int = 0
    group: str = "Books"
    reads: tuple[str, ...] = ("books.read",)
    is_confidential: bool = False
    endings: tuple[str, ...] = ("csv", "xlsx", "pdf")

    def read(self, given: Mapping[str, str], today: date) -> Asked:
        """
        Read what it is asked for from texts.

        :raises BadParameters: if a text makes no sense
        """
        said = {name: value for name, value in given.items() if value.strip()}
        return parameters.read(
            {**dict(self.usual), **said},
            self.takes,
            today=today,
            days=self.days,
            longest=self.longest,
        )


LENDING = ("books.read", "loans.read")
LISTS = "Working lists"
TABLES = ("csv", "xlsx")


def _lent(
    name: str,
    title: str,
    question: str,
    takes: tuple[str, ...],
    make: Callable[[Asked], Report],
    *,
    group: str = LISTS,
    endings: tuple[str, ...] = ("csv", "xlsx", "pdf"),
    usual: tuple[tuple[str, str], ...] = (),
) -> Listed:
    """Make the row of a report that names who borrows: for who may read loans, and confidential."""
    return Listed(
        name,
        title,
        question,
        takes,
        make,
        usual=usual,
        group=group,
        reads=("loans.read",),
        is_confidential=True,
        endings=endings,
    )


CATALOGUE: tuple[Listed, ...] = (
    Listed(
        "trial-balance",
        "Trial balance",
        "What does each account hold, and do debits equal credits?",
        books.PERIOD,
        books.trial,
    ),
    Listed(
        "general-ledger",
        "General ledger",
        "Which entries make up an account, one by one?",
        books.LEDGER,
        books.ledger_of,
        usual=(("account", "cash"), ("asset", "USDC")),
    ),
    Listed(
        "pool-roll-forward",
        "Pool roll-forward",
        "What moved each step of a pool's money, from opening to closing?",
        pools.PARAMETERS,
        pools.roll_forward,
    ),
    Listed(
        "position-by-day",
        "Position by day",
        "Where did each pool's money come from and go to, day by day?",
        pools.PARAMETERS,
        pools.by_day,
        days=30,
        longest=366,
    ),
    Listed(
        "cash-forecast",
        "Cash forecast",
        "Will each pool have the cash it needs in the next thirteen weeks?",
        forecast.PARAMETERS,
        forecast.forecast,
        group="Lending",
        reads=LENDING,
    ),
    Listed(
        "maturity-ladder",
        "Maturity ladder",
        "When does the principal that is lent come back?",
        lending.PARAMETERS,
        lending.ladder,
        group="Lending",
        reads=LENDING,
    ),
    Listed(
        "interest-income",
        "Interest income",
        "What interest did each pool earn, receive and give up, month by month?",
        interest.PARAMETERS,
        interest.income,
        group="Lending",
        reads=LENDING,
    ),
    Listed(
        "arrears-ageing",
        "Ageing of arrears",
        "Which loans are late, how late, and how much is past due?",
        lending.PARAMETERS,
        lending.arrears,
        group="Lending",
        reads=LENDING,
    ),
    Listed(
        "break-ageing",
        "Ageing of breaks",
        "Which lines of statements are unexplained, and for how long?",
        breaks.PARAMETERS,
        breaks.ageing,
    ),
    _lent(
        "portfolio",
        "Portfolio",
        "What is lent to whom, at which rate and grade, how late, how well secured, until when?",
        portfolio.PARAMETERS,
        portfolio.portfolio,
        group="Lending",
    ),
    _lent(
        "concentration",
        "Concentration",
        "How much depends on one borrower, group, sector, country, exchange or grade?",
        concentration.PARAMETERS,
        concentration.concentration,
        group="Lending",
    ),
    _lent(
        "loan-tape",
        "Loan tape",
        "Which loans are there, with every field that who buys them asks for?",
        tape.PARAMETERS,
        tape.tape,
        group="Lending",
        endings=TABLES,
    ),
    _lent(
        "applications-by-stage",
        "Applications by stage",
        "Where does each application stand, whose turn is it, and until when?",
        pipeline.PARAMETERS,
        pipeline.by_stage,
    ),
    _lent(
        "arrears",
        "Arrears",
        "Which loans are past due, by how much, and what is done next?",
        late.PARAMETERS,
        late.arrears,
    ),
    _lent(
        "maturities",
        "Maturities",
        "Which loans end soon, and how much comes due at the end?",
        ending.MATURITIES,
        ending.maturities,
        usual=(("within", "90"),),
    ),
    _lent(
        "verifications-expiring",
        "KYB expiring",
        "Whose identity is to be verified anew, and until when?",
        ending.VERIFICATIONS,
        ending.verifications,
        usual=(("within", "90"),),
    ),
    _lent(
        "offers-lapsing",
        "Term sheets and commitments",
        "Which offers lapse, and which commitments are not drawn yet?",
        ending.OFFERS,
        ending.offers,
    ),
)
BY_NAME = {listed.name: listed for listed in CATALOGUE}


def build(name: str, asked: Asked) -> Report:
    """
    Give a report whose figures are all of one moment.

    :raises TooLong: if it has more lines than one report holds
    """
    with _one_moment():
        return BY_NAME[name].make(asked)


def build_page(asked: Asked, after: Place | None) -> tuple[Report, Place | None]:
    """Give a page of the general ledger, and the place of its last line if more follow."""
    with _one_moment():
        return books.ledger_page(asked, after)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read all as of one moment; within a transaction that moment is the caller's."""
    if connection.in_atomic_block:
        yield
    else:
        with export.snapshot():
            yield
