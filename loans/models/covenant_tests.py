"""Covenant tests: each covenant of a drawn loan at each end of a period, and what shows it."""

import pghistory
from django.db import models

from loans.models.contacts import Contact
from loans.models.covenants import Covenant
from loans.models.loans import Loan
from loans.models.spreads import Spread
from loans.rules.covenants import BREACHED, KEPT, UNKNOWN
from loans.rules.states import CovenantTestState
from together.controls.models import Document, Person


@pghistory.track(append_only=True)
class CovenantTest(models.Model):
    """
    One covenant at the end of one period, opened by the monitor; it counts while its loan lives.

    A certificate is due up to and with ``due_on``. ``cure_until`` is the last day of the cure
    period; it begins once, when nothing came or a breach was found. ``since_at`` is when it came
    into its state. What it came to is the newest examination of its certificates.
    """

    number = models.CharField(max_length=20, unique=True)
    covenant = models.ForeignKey(Covenant, models.PROTECT, related_name="tests")
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="covenant_tests")
    period_ends_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in CovenantTestState],
        default=CovenantTestState.DUE,
    )
    since_at = models.DateTimeField()
    cure_until = models.DateField(null=True)
    opened_at = models.DateTimeField()
    waiver_digest = models.CharField(max_length=64, blank=True)
    waived_for = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["state", "due_on"],
                condition=models.Q(state__in=["due", "overdue", "breached", "defaulted"]),
                name="loans_covenanttest_open",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["covenant", "period_ends_on"], name="loans_covenanttest_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["due", "kept"], cure_until=None)
                | (~models.Q(state__in=["due", "kept"]) & models.Q(cure_until__isnull=False)),
                name="loans_covenanttest_cure",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waived")
                & ~models.Q(waiver_digest="")
                & ~models.Q(waived_for="")
                | ~models.Q(state="waived") & models.Q(waiver_digest="", waived_for=""),
                name="loans_covenanttest_waived_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Certificate(models.Model):
    """
    A compliance certificate of an institution for one test. Never changed: the newest one counts.

    ``signed_by_contact`` or ``signed_by_person`` is who signed for the institution; ``filed_by``
    brought it: an officer, or one of the institution's people.
    """

    number = models.CharField(max_length=20, unique=True)
    test = models.ForeignKey(CovenantTest, models.PROTECT, related_name="certificates")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    signed_by_contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+")
    signed_by_person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    signed_on = models.DateField()
    filed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()

    class Meta:
        verbose_name = "compliance certificate"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(signed_by_contact=None, signed_by_person__isnull=False)
                | models.Q(signed_by_contact__isnull=False, signed_by_person=None),
                name="loans_certificate_one_signatory",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def signatory(self) -> str:
        """Give the name of who signed it."""
        if self.signed_by_contact:
            return self.signed_by_contact.name
        return str(self.signed_by_person)


class Examination(models.Model):
    """
    What an officer found in a certificate. Never changed: it is examined again.

    Of a financial covenant ``figure`` is computed from ``spread``: two whole numbers, or
    "unbounded"; the outcome compares it with the covenant's bound. ``why`` says what is not known.
    """

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="examinations")
    spread = models.ForeignKey(Spread, models.PROTECT, null=True, related_name="+")
    figure = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(
        max_length=10, choices=[(word, word) for word in (KEPT, BREACHED, UNKNOWN)]
    )
    why = models.CharField(max_length=800, blank=True)
    examined_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    examined_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="not known") & ~models.Q(why="")
                | ~models.Q(outcome="not known") & models.Q(why=""),
                name="loans_examination_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.certificate}: {self.outcome}"
