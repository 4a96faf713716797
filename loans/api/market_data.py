"""Market data over the API: a feed sends observations; each again changes nothing."""

from dataclasses import asdict
from typing import Any, ClassVar, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loans.operations import observations
from loans.operations.observations import MOST_FED, NotTaken
from together.controls.api.problems import problem
from together.controls.models import Person


class ObservationIn(serializers.Serializer):
    """One observation, as text: a price by its moment, a fixing by its day."""

    instrument = serializers.CharField(max_length=20)
    observed_at = serializers.CharField(max_length=40)
    value = serializers.CharField(max_length=40)
    source = serializers.CharField(max_length=40)  # type: ignore[assignment]  # a field of ours

    def to_internal_value(self, data: Any) -> Any:
        """Refuse numbers: a value is text, so that nothing of it is lost on the way."""
        if isinstance(data, dict) and not isinstance(data.get("value"), str):
            raise serializers.ValidationError({"value": "must be a decimal number as text"})
        return super().to_internal_value(data)


class ObservationsIn(serializers.Serializer):
    """Observations that are taken whole or refused whole."""

    observations = serializers.ListField(child=ObservationIn(), min_length=1, max_length=MOST_FED)


class TakenOut(serializers.Serializer):
    """How many were new, known before, or are held for a person because they moved too far."""

    stored = serializers.IntegerField()
    known = serializers.IntegerField()
    held = serializers.IntegerField()


class Observations(APIView):
    """Where a feed sends what it observed."""

    reads: ClassVar[str] = "market.feed"
    portal_reads: ClassVar[str] = ""
    who = "api: market.feed"

    @extend_schema(request=ObservationsIn, responses=TakenOut)
    def post(self, request: Request) -> Any:
        """Take observations in; what is wrong is named by row, column, value and rule."""
        told = ObservationsIn(data=request.data)
        told.is_valid(raise_exception=True)
        try:
            taken = observations.feed(
                rows=told.validated_data["observations"],
                by=cast(Person, request.user),
                at=timezone.now(),
            )
        except NotTaken as refused:
            return problem(422, str(refused), [asdict(one) for one in refused.faults])
        return Response(taken.counts)
