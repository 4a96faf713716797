"""Notices: what was said to whom, as bytes that never change, and what became of its mail."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from together.controls.models import DocumentContent
from together.notices.rules.kinds import KINDS
from together.notices.rules.states import NoticeState


# What was said never changes: only the outcome has a history.
@pghistory.track(
    append_only=True,
    model_name="NoticeEvent",
    obj_field=pghistory.ObjForeignKey(related_name="events"),
    fields=["id", "state", "tries", "reason", "sent_at"],
)
class Notice(models.Model):
    """
    One letter, archived as it was sent.

    ``key`` is its business identity, unique for ever: the same thing is never said twice.
    ``owner`` is whom it was said to (an institution's number), ``about`` the record that it is of,
    ``area`` whose it is in the role table. ``content`` holds the bytes of its PDF under their
    SHA-256; ``digest`` is that of what it says, which stands on every page. Its mail goes to
    ``addresses`` with ``title``, ``body`` and the PDF, under the one ``message_id``.
    ``lease_until`` is database time until which one worker alone may speak about it; ``due_at``
    when the next try may be made. ``reason`` says why it failed, was kept or withdrawn.
    """

    number = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=120, unique=True)
    owner = models.CharField(max_length=20)
    area = models.CharField(max_length=10, choices=[("loans", "loans"), ("claims", "claims")])
    about = models.CharField(max_length=40)
    kind = models.CharField(max_length=30, choices=KINDS)
    title = models.CharField(max_length=150)
    body = models.TextField()
    addresses = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    on = models.DateField()
    content = models.ForeignKey(DocumentContent, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    size = models.IntegerField()
    message_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in NoticeState],
        default=NoticeState.READY,
    )
    tries = models.IntegerField(default=0)
    worker = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="notices_notice_of_owner"),
            models.Index(fields=["about", "-id"], name="notices_notice_about"),
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["ready", "sending"]),
                name="notices_notice_open",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | ~models.Q(state="sent") & models.Q(sent_at=None),
                name="notices_sent_with_its_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sending", lease_until__isnull=False)
                | ~models.Q(state="sending") & models.Q(lease_until=None, worker=""),
                name="notices_leased_while_sending",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["failed", "kept", "withdrawn"])
                | ~models.Q(reason=""),
                name="notices_not_sent_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number
