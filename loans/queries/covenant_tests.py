"""Covenant tests: which are to be opened, which ran out, what each came to, who may sign."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from loans.models import (
    Certificate,
    Contact,
    Covenant,
    CovenantTest,
    Event,
    Examination,
    Institution,
    Loan,
    Spread,
)
from loans.queries.standing import standing
from loans.queries.underwriting import evidence_in_force, lacking
from loans.rules.covenant_tests import OPEN, RUNNING
from loans.rules.covenants import period_ends
from loans.rules.credit.figures import Figure
from loans.rules.credit.ratios import Accounts, Asked, figures
from loans.rules.exact import Fraction
from loans.rules.rounding import rounded
from loans.rules.states import CovenantTestState, LoanState, TermState
from together.controls.models import Person

# What an institution may still be held to: a closed loan has nothing to keep.
LIVING = (LoanState.ACTIVE, LoanState.WRITTEN_OFF)
# Who of an institution's contacts signs for it, and which of its people.
SIGNING = ("authorised_signatory", "finance")
ACTING = ("institution_admin", "institution_manager")
A_YEAR = timedelta(days=365)
# The longest period is a year: within so many days the next one ends.
AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Missing:
    """A period of a covenant that ended and has no test yet."""

    covenant: Covenant
    ends_on: date

    @property
    def due_on(self) -> date:
        """Give the last day for its certificate."""
        return self.ends_on + timedelta(days=self.covenant.due_days)


def covenants_of(loans: QuerySet[Any]) -> QuerySet[Any]:
    """Give the covenants of loans that were drawn, with the day that their tests begin after."""
    drawn = Event.objects.filter(
        loan=OuterRef("application__loan"), type="drawdown", sequence=1
    ).values("on")
    found = Covenant.objects.filter(state=TermState.AGREED, application__loan__in=loans)
    found = found.annotate(
        drawn_on=Subquery(drawn), tested_to=Max("tests__period_ends_on")
    ).annotate(begins_on=Coalesce("tested_to", "drawn_on"))
    return found.exclude(drawn_on=None).select_related("application__loan").order_by("id")


def missing(on: date, loans: QuerySet[Loan] | None = None) -> list[Missing]:
    """
    Give the periods that ended by a day and have no test, of all active loans or of some.

    One query for any number of loans.
    """
    active = Loan.objects.filter(state=LoanState.ACTIVE) if loans is None else loans
    return [
        Missing(one, ends_on)
        for one in covenants_of(active.values("pk"))
        for ends_on in period_ends(one.begins_on, on, one.every_months)
    ]


def next_period(covenant: Any) -> Missing:
    """Give the next period of a covenant of :func:`covenants_of` that will be tested."""
    begins = covenant.begins_on
    return Missing(covenant, period_ends(begins, begins + AHEAD, covenant.every_months)[0])


def tests() -> QuerySet[Any]:
    """Give all tests, seen as :func:`seen` does."""
    return seen(CovenantTest.objects.all())


def seen(found: QuerySet[Any]) -> QuerySet[Any]:
    """
    Add to tests what each came to last, and whether a certificate waits to be examined.

    ``waits_since`` is the day on which that certificate was filed, ``deadline`` the day on which
    the test runs out.
    """
    last = Examination.objects.filter(certificate__test=OuterRef("pk")).order_by("-id")
    newest = Certificate.objects.filter(test=OuterRef("pk")).order_by("-id")
    waiting = Certificate.objects.filter(
        pk=OuterRef("newest"), document__withdrawn_at=None, examinations=None
    )
    shown: QuerySet[Any] = (
        found.select_related("covenant", "loan__institution", "loan__pool")
        .annotate(
            last_outcome=Subquery(last.values("outcome")[:1]),
            last_figure=Subquery(last.values("figure")[:1]),
            last_why=Subquery(last.values("why")[:1]),
            newest=Subquery(newest.values("pk")[:1]),
            deadline=Coalesce("cure_until", "due_on"),
        )
        .annotate(waits_since=Subquery(waiting.values("filed_at__date")[:1]))
    )
    return shown


def ran_out(on: date) -> QuerySet[Any]:
    """
    Give the tests of loans that live whose day is over; not those whose certificate came in time.

    Nobody is in breach because an officer did not look.
    """
    found = tests().filter(state__in=RUNNING, deadline__lt=on, loan__state__in=LIVING)
    return found.exclude(waits_since__isnull=False, waits_since__lte=F("deadline")).order_by("id")


def unexamined(on: date) -> QuerySet[Any]:
    """Give the tests of loans that live whose day is over and whose certificate nobody saw."""
    found = tests().filter(state__in=RUNNING, deadline__lt=on, loan__state__in=LIVING)
    return found.filter(waits_since__lte=F("deadline")).order_by("id")


def of(loan: Loan) -> QuerySet[Any]:
    """Give the tests of a loan, the newest first."""
    return tests().filter(loan=loan).order_by("-period_ends_on", "id")


def against(institution: Institution, on: date) -> list[str]:
    """
    Say what of an institution's covenants stands against paying it more; usually nothing.

    What ran out by the day counts, and what should have been tested, whether the monitor came by
    or not.
    """
    own = tests().filter(loan__institution=institution, loan__state__in=LIVING)
    late = ran_out(on).filter(loan__institution=institution).values("pk")
    found = [
        f"{one.number} of {one.loan.number} is {_state(one)}"
        for one in own.filter(Q(state__in=OPEN) | Q(pk__in=late)).order_by("id")
    ]
    loans = Loan.objects.filter(institution=institution, state=LoanState.ACTIVE)
    found += [
        f"{one.covenant.number} is not tested for the period to {one.ends_on}"
        for one in missing(on, loans)
        if one.due_on < on
    ]
    return found


def _state(one: Any) -> str:
    return "overdue" if one.state == CovenantTestState.DUE else str(one.state)


def spreads_for(test: CovenantTest) -> QuerySet[Spread]:
    """Give the accounts that a test may rest on: those that end with its period, not replaced."""
    found = Spread.objects.filter(institution=test.loan.institution, replaced_by=None)
    return found.filter(ends_on=test.period_ends_on).order_by("-id")


def figure_of(test: CovenantTest, spread: Spread, on: date) -> Figure:
    """
    Compute the figure of a financial covenant from accounts, as evidenced on a day.

    The loan is in the accounts by then, with its interest; only the principal that falls due in
    the year after the period is added, for the debt service.
    """
    lacks = lacking(spread, evidence_in_force(test.loan.institution, on))
    added = Asked(amount=0, first_interest=0, first_instalments=_principal_of_a_year(test))
    return figures(Accounts(spread.amounts, spread.months), added, lacks)[test.covenant.ratio]


def _principal_of_a_year(test: CovenantTest) -> int:
    """Give the principal that falls due in the year after a period, in cents."""
    begins = test.period_ends_on
    rows = standing(test.loan, begins).instalments
    due = [one.principal.decimal for one in rows if begins < one.due_on <= begins + A_YEAR]
    cents = sum((Fraction(str(amount)) for amount in due), Fraction(0)) * 100
    return int(rounded(cents, Fraction(1), "half_even"))


def due_within(found: QuerySet[Any], on: date, days: int) -> QuerySet[Any]:
    """Keep the tests, seen, that run out within so many days of a day, or did."""
    until = on + timedelta(days=days)
    return found.filter(state__in=RUNNING, deadline__lte=until, loan__state__in=LIVING)


def signatories(institution: Institution, on: date) -> dict[str, Contact | Person]:
    """Give who may have signed for an institution on a day, by a name that forms can send."""
    contacts = {f"contact:{one.number}": one for one in signing_contacts(institution, on)}
    people = {f"person:{one.username}": one for one in signing_people(institution)}
    return {**contacts, **people}


def signing_contacts(institution: Institution, on: date) -> QuerySet[Contact]:
    """Give the contacts who may have signed for an institution on a day."""
    found = institution.contacts.filter(capacity__in=SIGNING, starts_on__lte=on)
    return found.filter(Q(ended_on=None) | Q(ended_on__gt=on)).order_by("name", "id")


def signing_people(institution: Institution) -> QuerySet[Person]:
    """Give the people who act for an institution in the portal now."""
    found = Person.objects.filter(
        grants__scope=institution.number,
        grants__role__in=ACTING,
        grants__revoked_at=None,
        is_active=True,
    )
    return found.distinct().order_by("full_name", "pk")


def certifiable(test: CovenantTest) -> QuerySet[CovenantTest]:
    """Give the other tests of a loan at the same end of a period that a certificate may be for."""
    found = CovenantTest.objects.filter(loan=test.loan, period_ends_on=test.period_ends_on)
    found = found.exclude(pk=test.pk).exclude(state=CovenantTestState.WAIVED)
    return found.select_related("covenant").order_by("id")
