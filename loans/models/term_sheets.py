"""Term sheets: what a committed loan is offered on, for its institution to accept."""

import pghistory
from django.db import models

from loans.models.loans import Loan
from loans.rules.states import TermSheetState
from loans.rules.term_sheets import ON_PAPER
from together.controls.models import Document, Person


@pghistory.track(append_only=True)
class TermSheet(models.Model):
    """
    One version of the term sheet of a loan.

    ``content`` is the paper as it was written, ``digest`` the SHA-256 of it that stands on every
    page, ``document`` the PDF that was sent. It may be accepted up to the day before
    ``lapses_on``. Nothing of it changes but its state, and who accepted it, when, and in which
    ``wording``; one that was signed on paper is accepted by nobody who signs in.
    """

    number = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="term_sheets")
    version = models.IntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    terms_digest = models.CharField(max_length=64)
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    lapses_on = models.DateField()
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in TermSheetState],
        default=TermSheetState.ISSUED,
    )
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    accepted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    wording = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "version"], name="loans_sheet_version"),
            # One of them counts: the one that waits, or the one that was accepted.
            models.UniqueConstraint(
                fields=["loan"],
                condition=~models.Q(state="superseded"),
                name="loans_one_sheet_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state="accepted", accepted_at__isnull=False)
                & ~models.Q(wording="")
                & (
                    models.Q(accepted_by__isnull=False) & ~models.Q(wording=ON_PAPER)
                    | models.Q(accepted_by=None, wording=ON_PAPER)
                )
                | ~models.Q(state="accepted")
                & models.Q(accepted_by=None, accepted_at=None, wording=""),
                name="loans_sheet_accepted_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number
