"""Runs and awards over the API, for officers."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from retail_claims.models import Decision, Run
from together.ledger.rules.money import Money


class AmountOut(serializers.Serializer):
    """An amount: exact decimal text and its asset."""

    amount = serializers.CharField()
    asset = serializers.CharField()


def _money(amount: int, run: Run) -> dict[str, str]:
    found = Money(amount, run.programme.pool.asset)
    return {"amount": str(found.decimal), "asset": found.asset}


class RunOut(serializers.ModelSerializer):
    """One run."""

    programme = serializers.CharField(source="programme_id")
    policy_digest = serializers.CharField(source="policy.digest")
    awarded = serializers.SerializerMethodField()
    escrowed = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "number",
            "programme",
            "state",
            "persons",
            "awards",
            "awarded",
            "escrowed",
            "policy_digest",
            "run_digest",
            "merkle_root",
            "made_at",
            "approved_at",
            "published_at",
        )

    @extend_schema(responses=AmountOut)
    def get_awarded(self, run: Run) -> dict[str, str]:
        """Give what is awarded in all."""
        return _money(run.award_total, run)

    @extend_schema(responses=AmountOut)
    def get_escrowed(self, run: Run) -> dict[str, str]:
        """Give what is set aside for holds."""
        return _money(run.escrow_total, run)


class AwardOut(serializers.ModelSerializer):
    """One decision, with its award."""

    run = serializers.CharField(source="run.number")
    award = serializers.SerializerMethodField()
    payable = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = (
            "run",
            "leaf_index",
            "person_id",
            "person_ref",
            "decision",
            "reasons",
            "award",
            "payable",
        )

    @extend_schema(responses=AmountOut)
    def get_award(self, decision: Decision) -> dict[str, str]:
        """Give the award."""
        return _money(decision.award, decision.run)

    @extend_schema(responses=AmountOut)
    def get_payable(self, decision: Decision) -> dict[str, str]:
        """Give what is to be paid of it."""
        return _money(decision.payable, decision.run)


class Runs(ReadOnlyModelViewSet):
    """Runs, oldest first."""

    reads: ClassVar[str] = "claims.read"
    portal_reads: ClassVar[str] = ""
    who = "api: claims.read"
    queryset = Run.objects.select_related("programme__pool", "policy").defer("policy__salt")
    serializer_class = RunOut
    lookup_field = "number"
    filterset_fields = ("state",)


class Awards(ReadOnlyModelViewSet):
    """Decisions with their awards, in the order of the award tree."""

    reads: ClassVar[str] = "claims.read"
    portal_reads: ClassVar[str] = ""
    who = "api: claims.read"
    queryset = Decision.objects.select_related("run__programme__pool")
    serializer_class = AwardOut
    filterset_fields = ("run__number", "decision", "person_id")
