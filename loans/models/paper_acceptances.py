"""Acceptances on paper: what an institution signed by hand, approved by two."""

import pghistory
from django.db import models

from loans.models.amendment_letters import AmendmentLetter
from loans.models.term_sheets import TermSheet
from loans.rules.institution_states import PaperState
from together.controls.models import Document, Person


@pghistory.track(append_only=True)
class PaperAcceptance(models.Model):
    """
    One term sheet or amendment letter that was signed on paper, as an officer recorded it.

    ``document`` is what was signed, ``document_digest`` the SHA-256 of its bytes, ``sheet_digest``
    that of the sheet, or letter, as it was sent. ``signed_by`` is who signed, ``signed_as`` in
    which function, ``signed_on`` on which day. Nothing of it changes but its state.
    """

    number = models.CharField(max_length=20, unique=True)
    sheet = models.ForeignKey(
        TermSheet, models.PROTECT, null=True, related_name="paper_acceptances"
    )
    letter = models.ForeignKey(
        AmendmentLetter, models.PROTECT, null=True, related_name="paper_acceptances"
    )
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    document_digest = models.CharField(max_length=64)
    sheet_digest = models.CharField(max_length=64)
    signed_by = models.CharField(max_length=120)
    signed_as = models.CharField(max_length=80)
    signed_on = models.DateField()
    effect_digest = models.CharField(max_length=64)
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in PaperState],
        default=PaperState.PROPOSED,
    )
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        verbose_name = "acceptance on paper"
        verbose_name_plural = "acceptances on paper"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet"],
                condition=~models.Q(state="withdrawn"),
                name="loans_one_paper_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["letter"],
                condition=~models.Q(state="withdrawn"),
                name="loans_one_paper_of_a_letter",
            ),
            models.CheckConstraint(
                condition=models.Q(sheet=None, letter__isnull=False)
                | models.Q(sheet__isnull=False, letter=None),
                name="loans_paper_of_one",
            ),
            models.UniqueConstraint(
                fields=["document_digest"],
                condition=~models.Q(state="withdrawn"),
                name="loans_paper_signed_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(signed_by="") & ~models.Q(signed_as=""),
                name="loans_paper_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def offer(self) -> TermSheet | AmendmentLetter:
        """Give what was signed: the term sheet, or the amendment letter."""
        found = self.sheet or self.letter
        assert found is not None, "loans_paper_of_one"
        return found
