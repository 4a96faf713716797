"""Covenants: what a borrower keeps for as long as its loan lives."""

import pghistory
from django.db import models

from loans.models.applications import Application
from loans.rules.covenants import KINDS
from loans.rules.credit.ratios import RATIOS
from loans.rules.states import TermState
from together.controls.models import Person


@pghistory.track(append_only=True)
class Covenant(models.Model):
    """
    One covenant of an application, agreed with it.

    A *financial* one keeps a ratio at least (``is_least``) or at most at ``bound``, decimal text;
    an *information* one says in ``text`` what is delivered. Tested every ``every_months``, on what
    is there ``due_days`` after the period; a breach may be cured within ``cure_days``.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="covenants")
    kind = models.CharField(max_length=12, choices=KINDS)
    ratio = models.CharField(
        max_length=30, choices=[(one.name, one.title) for one in RATIOS], blank=True
    )
    is_least = models.BooleanField(default=True)
    bound = models.CharField(max_length=20, blank=True)
    text = models.CharField(max_length=400, blank=True)
    every_months = models.SmallIntegerField()
    due_days = models.SmallIntegerField()
    cure_days = models.SmallIntegerField()
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in TermState], default=TermState.AGREED
    )
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="financial", text="") & ~models.Q(ratio="")
                | models.Q(kind="information", ratio="", bound="") & ~models.Q(text=""),
                name="loans_covenant_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return self.number
