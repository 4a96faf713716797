"""What is lent: every loan on a day with all that lists of loans tell of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from loans.formats.agreed import read_agreed, secured_of
from loans.models import Covenant, Loan, LoanImpairment, Worksheet
from loans.queries import impairments
from loans.queries.collateral import Covering, coverings
from loans.queries.coming import Expected, expected_of, known_by, life_of
from loans.queries.commitments import booked_through, undrawn_target
from loans.queries.lives import books_day
from loans.rules.exact import Fraction
from loans.rules.replay.events import AGREED, CREDITS, MONEY_IN, Event, in_effect
from loans.rules.replay.life import Life
from loans.rules.states import LoanState, TermState
from loans.rules.target import Target, target, units
from loans.rules.terms import Terms
from together.ledger.rules.money import ASSETS, Money

RESTRUCTURES = ("re_age", *AGREED)
OWED = ("principal", "interest", "charges")


@dataclass(frozen=True, slots=True)
class Lent:
    """
    A loan on a day, by the replay of what has taken effect by then.

    ``owed`` is as of the day, ``booked`` as of the day that its books stood at by then: the two
    differ by interest that no end of day has booked yet. ``life`` and ``expected`` are None before
    its drawdown. ``events`` are those that count. ``worksheet`` is the newest of its application
    by then, ``impairment`` what the last assessment of the loss allowance by then says.
    """

    loan: Loan
    as_of: date
    terms: Terms
    events: tuple[Event, ...]
    life: Life | None
    expected: Expected | None
    owed: Target
    booked: Target
    covering: Covering | None
    worksheet: Worksheet | None
    impairment: LoanImpairment | None
    covenants: int

    @property
    def asset(self) -> str:
        """Give the asset that it is lent in."""
        return self.loan.pool.asset

    @property
    def state(self) -> str:
        """Give its state on the day: committed, cancelled, active, closed or written off."""
        if self.life is None:
            is_left = self.loan.commitment_on(self.as_of) > 0
            return LoanState.COMMITTED if is_left else LoanState.CANCELLED
        if self.life.seen_at is not None:
            return LoanState.WRITTEN_OFF
        return LoanState.ACTIVE if self.owes.minor_units else LoanState.CLOSED

    @property
    def owes(self) -> Money:
        """Give all that it owes on the day: principal, interest and charges."""
        return self.money(sum(getattr(self.owed, name) for name in OWED))

    @property
    def exposure(self) -> Money:
        """Give the principal that is out, or the commitment before it is drawn."""
        if self.life is None:
            return self.undrawn
        return self.money(self.owed.principal)

    @property
    def undrawn(self) -> Money:
        """Give what is committed and not drawn on the day."""
        return self.money(self.loan.commitment_on(self.as_of) if self.life is None else 0)

    @property
    def rate(self) -> Fraction:
        """Give the rate of the day, a fraction a year."""
        return self.life.book.rate_on(self.as_of) if self.life else self.terms.rate

    @property
    def drawn(self) -> tuple[tuple[date, Fraction], ...]:
        """Give what was drawn, each with its day."""
        return tuple(
            (one.on, one.amount)
            for one in self.events
            if one.type == "drawdown" and one.amount is not None
        )

    @property
    def is_restructured(self) -> bool:
        """Say whether its plan was changed after it was agreed."""
        return any(one.type in RESTRUCTURES for one in self.events)

    @property
    def last_receipt(self) -> tuple[date, Money] | None:
        """Give day and amount of the last money that came in."""
        paid = [one for one in self.events if one.type in MONEY_IN and one.type not in CREDITS]
        if not paid or paid[-1].amount is None:
            return None
        return paid[-1].on, self.amount(paid[-1].amount)

    @property
    def recovered(self) -> Money:
        """Give what came in after it was written off."""
        parts = [one.amount for one in self.events if one.type == "recovery" and one.amount]
        return self.amount(sum(parts, Fraction(0)))

    @property
    def loan_to_value(self) -> Fraction | None:
        """Give what it owes over the market value of what is pledged, if both can be said."""
        if self.covering is None or self.covering.why_not or not self.covering.market:
            return None
        return Fraction(self.owes.minor_units, 10 ** ASSETS[self.asset]) / self.covering.market

    def money(self, minor_units: int) -> Money:
        """Write minor units as an amount of its asset."""
        return Money(minor_units, self.asset)

    def amount(self, amount: Fraction) -> Money:
        """Write an amount of the engine as money of its asset."""
        return Money(units(amount, ASSETS[self.asset]), self.asset)


def lent(as_of: date, pool: str = "") -> list[Lent]:
    """
    Give every loan that was committed by a day, as it stood in the evening of it.

    Amounts are those of the replay; who a borrower is, what is pledged and what is agreed beside
    the terms are as known now, collateral at the prices of the day. Each loan is replayed; the
    number of queries does not grow with them.
    """
    evening = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=UTC)
    found = _loans(evening)
    loans = list(found.filter(pool_id=pool) if pool else found)
    secured = [one.application for one in loans if secured_of(one.terms) is not None]
    covered = coverings(secured, evening - timedelta(microseconds=1)) if secured else {}
    sheets = _worksheets(loans, evening)
    lost = impairments.rows_of(loans, as_of)
    return [
        _lent(
            one,
            as_of,
            covered.get(one.application_id),
            sheets.get(one.application_id),
            lost.get(one.pk),
        )
        for one in loans
    ]


def _loans(evening: datetime) -> QuerySet[Loan]:
    agreed = Covenant.objects.filter(application=OuterRef("application"), state=TermState.AGREED)
    counted = agreed.order_by().values("application").annotate(n=Count("pk")).values("n")
    return (
        Loan.objects.filter(approved_at__lt=evening)
        .annotate(covenant_count=Coalesce(Subquery(counted), 0))
        .select_related("pool", "institution__group", "application__pool")
        .prefetch_related("events", "cancellations")
        .order_by("number")
    )


def _worksheets(loans: Sequence[Loan], evening: datetime) -> Mapping[int, Worksheet]:
    found = Worksheet.objects.filter(
        application__in=[one.application_id for one in loans], prepared_at__lt=evening
    )
    newest = found.order_by("application_id", "-version").distinct("application_id")
    return {one.application_id: one for one in newest}


def _lent(
    loan: Loan,
    as_of: date,
    covering: Covering | None,
    worksheet: Worksheet | None,
    impairment: LoanImpairment | None,
) -> Lent:
    known = known_by(loan, as_of)
    life = life_of(loan, known)
    stood = min(as_of, books_day(loan) or as_of)
    if life is None:
        through = booked_through(loan, as_of)
        owed = undrawn_target(loan, as_of)
        booked = undrawn_target(loan, through) if through else Target()
    else:
        owed = target(life, as_of, ASSETS[loan.pool.asset])
        booked = owed if stood == as_of else target(life, stood, ASSETS[loan.pool.asset])
    return Lent(
        loan=loan,
        as_of=as_of,
        terms=read_agreed(loan.terms),
        events=tuple(placed.event for placed in in_effect(known)[0]) if known else (),
        life=life,
        expected=expected_of(loan, life, as_of) if life else None,
        owed=owed,
        booked=booked,
        covering=covering,
        worksheet=worksheet,
        impairment=impairment,
        covenants=int(getattr(loan, "covenant_count", 0)),
    )
