"""Notices over the API: what was said about loans; an institution's people get their own only."""

from rest_framework import serializers

from loans.api.loans import Scoped
from together.notices.models import Notice


class NoticeOut(serializers.ModelSerializer):
    """One notice; ``sha256`` is that of its PDF."""

    sha256 = serializers.CharField(source="content_id")

    class Meta:
        model = Notice
        fields = (
            "number",
            "kind",
            "state",
            "owner",
            "about",
            "title",
            "on",
            "sha256",
            "digest",
            "size",
            "made_at",
            "sent_at",
        )


class Notices(Scoped):
    """Notices about loans, oldest first."""

    queryset = Notice.objects.filter(area="loans").defer("body")
    serializer_class = NoticeOut
    filterset_fields = ("state", "kind", "about")
    owner_field = "owner"
