"""Loans and applications over the API; an institution's people get their own only."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from loans.models import Application, Loan
from loans.queries.confidential import seen_by
from loans.queries.rates import RateNow, rate_now
from loans.queries.standing import Standing, standing
from loans.rules.rounding import text
from together.controls.queries import held
from together.ledger.rules.money import Money

# Compounded rates of a day have more decimals than anybody reads.
RATE_DECIMALS = 12


class MoneyOut(serializers.Serializer):
    """An amount: exact decimal text and its asset."""

    amount = serializers.CharField()
    asset = serializers.CharField()


def money(amount: Money) -> dict[str, str]:
    """Write an amount for the API."""
    return {"amount": str(amount.decimal), "asset": amount.asset}


class LoanOut(serializers.ModelSerializer):
    """One loan."""

    institution = serializers.CharField(source="institution.number")
    pool = serializers.CharField(source="pool_id")
    commitment = serializers.SerializerMethodField()
    cancelled = serializers.SerializerMethodField()

    class Meta:
        model = Loan
        fields = (
            "number",
            "institution",
            "pool",
            "state",
            "commitment",
            "cancelled",
            "terms",
            "terms_digest",
            "business_date",
            "approved_at",
        )

    @extend_schema(responses=MoneyOut)
    def get_commitment(self, loan: Loan) -> dict[str, str]:
        """Give the commitment as it was approved."""
        return money(Money(loan.amount, loan.pool.asset))

    @extend_schema(responses=MoneyOut)
    def get_cancelled(self, loan: Loan) -> dict[str, str]:
        """Give what of the commitment was cancelled before it was drawn."""
        return money(Money(loan.cancelled, loan.pool.asset))


class InstalmentOut(serializers.Serializer):
    """One instalment."""

    number = serializers.IntegerField()
    due_on = serializers.DateField()
    principal = MoneyOut()
    interest = MoneyOut()
    due = MoneyOut()
    paid = MoneyOut()
    outstanding = MoneyOut()
    balance = MoneyOut()


class RateOut(serializers.Serializer):
    """
    The rate of a floating loan: fractions a year as exact decimal text.

    ``rate`` is what the day earns in whole, ``fixing`` the value of the index that it was set by;
    before the first fixing it is null. ``next_on`` is the first day whose rate is not set.
    """

    index = serializers.CharField()
    convention = serializers.CharField()
    rate = serializers.CharField()
    since = serializers.DateField(allow_null=True)
    fixing = serializers.CharField(allow_null=True)
    fixing_on = serializers.DateField(allow_null=True)
    next_on = serializers.DateField(allow_null=True)
    next_fixing_on = serializers.DateField(allow_null=True)


class StandingOut(serializers.Serializer):
    """What a loan owes on a day; ``rate`` is null for a loan whose rate is fixed."""

    as_of = serializers.DateField()
    principal_outstanding = MoneyOut()
    interest_accrued = MoneyOut()
    due_now = MoneyOut()
    next_due_on = serializers.DateField(allow_null=True)
    next_due = MoneyOut()
    overpaid = MoneyOut()
    days_past_due = serializers.IntegerField()
    bucket = serializers.CharField()
    rate = RateOut(allow_null=True)
    instalments = InstalmentOut(many=True)


class ApplicationOut(serializers.ModelSerializer):
    """One application."""

    institution = serializers.CharField(source="institution.number")
    amount = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = (
            "number",
            "institution",
            "state",
            "amount",
            "purpose",
            "decline_reason",
            "submitted_at",
        )

    @extend_schema(responses=MoneyOut)
    def get_amount(self, application: Application) -> dict[str, str]:
        """Give the amount asked for."""
        return money(Money(application.amount, application.pool.asset))


class Scoped(ReadOnlyModelViewSet):
    """Records of institutions: officers read all, an institution's people their own."""

    reads: ClassVar[str] = "loans.read"
    portal_reads: ClassVar[str] = "portal.read"
    who = "api: loans.read, or portal.read in the institution"
    lookup_field = "number"
    filterset_fields: ClassVar[tuple[str, ...]] = ("state",)
    # Whose a record is: the field that holds the number of its institution.
    owner_field: ClassVar[str] = "institution__number"

    def get_queryset(self) -> QuerySet:
        """Give officers all, an institution's people their own, the schema nothing."""
        found: QuerySet = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return found.none()
        if held.may(self.request.user, self.reads):
            return found
        scopes = held.scopes_of(self.request.user, self.portal_reads)
        return found.filter(**{f"{self.owner_field}__in": scopes})


class Loans(Scoped):
    """Loans, oldest first."""

    queryset = Loan.objects.select_related("institution", "pool")
    serializer_class = LoanOut

    @extend_schema(responses=StandingOut)
    @action(detail=True)
    def standing(self, request: Request, number: str) -> Response:
        """Give what a loan owes today, with its schedule."""
        loan, today = self.get_object(), _today()
        rate = rate_now(loan, today)
        return Response({**_written(standing(loan, today)), "rate": rate and _rate(rate)})


class Applications(Scoped):
    """Applications, oldest first."""

    queryset = Application.objects.select_related("institution", "pool")
    serializer_class = ApplicationOut

    def get_queryset(self) -> QuerySet:
        """Leave out what is hidden from an officer; an institution's people see their own."""
        found = super().get_queryset()
        user = self.request.user
        return seen_by(found, user) if held.may(user, self.reads) else found


def _today() -> date:
    return timezone.now().date()


def _rate(now: RateNow) -> dict[str, Any]:
    return {
        "index": now.agreed.index,
        "convention": now.agreed.convention,
        "rate": text(now.rate, RATE_DECIMALS),
        "since": now.since,
        "fixing": None if now.fixing is None else text(now.fixing, RATE_DECIMALS),
        "fixing_on": now.fixing_on,
        "next_on": now.next_on,
        "next_fixing_on": now.next_fixing_on,
    }


def _written(now: Standing) -> dict[str, Any]:
    names = ("principal_outstanding", "interest_accrued", "due_now", "next_due", "overpaid")
    parts = ("principal", "interest", "due", "paid", "outstanding", "balance")
    return {
        "as_of": now.as_of,
        "next_due_on": now.next_due_on,
        "days_past_due": now.days_past_due,
        "bucket": now.bucket,
        **{name: money(getattr(now, name)) for name in names},
        "instalments": [
            {
                "number": row.number,
                "due_on": row.due_on,
                **{name: money(getattr(row, name)) for name in parts},
            }
            for row in now.instalments
        ],
    }
