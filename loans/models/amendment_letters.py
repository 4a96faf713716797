"""Amendment letters: what an approved amendment asks its borrower to agree to."""

import pghistory
from django.db import models

from loans.models.adjustments import Adjustment
from loans.models.loans import Loan
from loans.rules.institution_states import LetterState
from loans.rules.term_sheets import ON_PAPER
from together.controls.models import Document, Person


@pghistory.track(append_only=True)
class AmendmentLetter(models.Model):
    """
    One version of the letter of an amendment that was approved.

    ``content`` is the paper as it was written, ``digest`` the SHA-256 of it that stands on every
    page, ``effect_digest`` that of what was approved, ``document`` the PDF that was sent. It may be
    answered up to the day before ``lapses_on``. Nothing of it changes but its state and the answer:
    who gave it, when, in which ``wording`` it was accepted, or with which ``words`` declined. One
    that was signed on paper is accepted by nobody who signs in.
    """

    number = models.CharField(max_length=20, unique=True)
    adjustment = models.ForeignKey(Adjustment, models.PROTECT, related_name="letters")
    version = models.IntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    effect_digest = models.CharField(max_length=64)
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    lapses_on = models.DateField()
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in LetterState],
        default=LetterState.ISSUED,
    )
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    wording = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["adjustment", "version"], name="loans_letter_version"),
            # One of them counts: the one that waits, or the one that was accepted.
            models.UniqueConstraint(
                fields=["adjustment"],
                condition=models.Q(state__in=["issued", "accepted"]),
                name="loans_one_letter_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state="accepted", answered_at__isnull=False, words="")
                & ~models.Q(wording="")
                & (
                    models.Q(answered_by__isnull=False) & ~models.Q(wording=ON_PAPER)
                    | models.Q(answered_by=None, wording=ON_PAPER)
                )
                | models.Q(
                    state="declined",
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                    wording="",
                )
                & ~models.Q(words="")
                | ~models.Q(state__in=["accepted", "declined"])
                & models.Q(answered_by=None, answered_at=None, wording="", words=""),
                name="loans_letter_answered_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def loan(self) -> Loan:
        """Give the loan that it changes."""
        return self.adjustment.loan
