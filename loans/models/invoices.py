"""Invoices of instalments, and the agenda: when notices of a loan are looked at next."""

from django.db import models

from loans.models.loans import Loan
from loans.rules.states import InvoiceState
from together.notices.models import Notice

# What is asked for is what is due of the instalment and not settled yet, and older arrears.
ADDS_UP = models.Q(
    total=models.F("principal")
    + models.F("interest")
    + models.F("charges")
    - models.F("settled")
    + models.F("arrears")
)
NOT_NEGATIVE = models.Q(principal__gte=0, interest__gte=0, charges__gte=0) & models.Q(
    settled__gte=0, arrears__gte=0, total__gt=0
)


class Invoice(models.Model):
    """
    What was asked for an instalment, as the replay of ``on`` says, in minor units.

    ``settled`` was paid, waived or written off of it by then; ``arrears`` is what was due before
    and open. ``events`` is the number of events that it was computed on. Nothing of it changes
    but its state: a later version that ``replaces`` it supersedes it, as long as it is not due.
    """

    number = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="invoices")
    instalment = models.IntegerField()
    version = models.IntegerField()
    on = models.DateField()
    due_on = models.DateField()
    principal = models.BigIntegerField()
    interest = models.BigIntegerField()
    charges = models.BigIntegerField()
    settled = models.BigIntegerField()
    arrears = models.BigIntegerField()
    total = models.BigIntegerField()
    events = models.IntegerField()
    notice = models.OneToOneField(Notice, models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in InvoiceState],
        default=InvoiceState.ISSUED,
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "instalment", "version"], name="loans_invoice_version"
            ),
            models.UniqueConstraint(
                fields=["loan", "instalment", "due_on"],
                condition=models.Q(state="issued"),
                name="loans_one_invoice_at_a_time",
            ),
            models.CheckConstraint(condition=ADDS_UP, name="loans_invoice_adds_up"),
            models.CheckConstraint(condition=NOT_NEGATIVE, name="loans_invoice_not_negative"),
            models.CheckConstraint(
                condition=models.Q(due_on__gt=models.F("on")), name="loans_invoice_not_due"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Agenda(models.Model):
    """
    How far the notices of a loan are said, and when there is more to say.

    Everything is said ``through`` a day, as known from so many ``events``. If none is recorded
    meanwhile, nothing is to be said before ``next_on``; None: nothing at all.
    """

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="agenda")
    through = models.DateField()
    events = models.IntegerField()
    next_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.loan_id} through {self.through}"
