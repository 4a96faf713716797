"""Matches: what explains a statement line; proposals for lines that wait; what accounts allow."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from together.controls.models import Person
from together.treasury.models.accounts import CashAccount
from together.treasury.models.conversions import Conversion
from together.treasury.models.fundings import Funding
from together.treasury.models.payments import Instruction
from together.treasury.models.statements import StatementLine


class MatchKind(models.TextChoices):
    """What a part of a line is."""

    PAYMENT = "payment", "payment"
    RETURN = "return", "return of a payment"
    FUNDING = "funding", "funding of the pool"
    RECEIPT = "receipt", "money received"
    CONVERSION = "conversion", "leg of a conversion"
    CHARGE = "charge", "charges of the servicer"
    RESOLUTION = "resolution", "resolved by a person"


class Match(models.Model):
    """
    A part of a statement line and what explains it; the parts of a matched line add up to it.

    ``amount`` is signed as on the statement. Never changed: a match that was wrong is undone by
    one of the opposite amount. What people resolve or undo carries the digest of what was
    approved.
    """

    id = models.BigAutoField(primary_key=True)
    # That what a match points at is there is held for all of a statement at once, not key by key.
    line = models.ForeignKey(
        StatementLine, models.PROTECT, related_name="matches", db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=MatchKind.choices)
    instruction = models.ForeignKey(
        Instruction, models.PROTECT, null=True, related_name="matches", db_constraint=False
    )
    funding = models.ForeignKey(
        Funding,
        models.PROTECT,
        null=True,
        related_name="matches",
        db_index=False,
        db_constraint=False,
    )
    conversion = models.ForeignKey(
        Conversion,
        models.PROTECT,
        null=True,
        related_name="matches",
        db_index=False,
        db_constraint=False,
    )
    amount = models.BigIntegerField()
    rule = models.CharField(max_length=20)
    undoes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="undone_by",
        db_index=False,
        db_constraint=False,
    )
    confirmed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", db_index=False
    )
    effect_digest = models.CharField(max_length=64, blank=True)
    matched_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "matches"
        # Most are of neither: they are no cost of the others.
        indexes = [
            models.Index(
                fields=[target],
                condition=models.Q((f"{target}__isnull", False)),
                name=f"treasury_match_{target}",
            )
            for target in ("funding", "conversion")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["payment", "return"],
                    instruction__isnull=False,
                    funding=None,
                    conversion=None,
                )
                | models.Q(kind="funding", funding__isnull=False, instruction=None, conversion=None)
                | models.Q(
                    kind="conversion", conversion__isnull=False, instruction=None, funding=None
                )
                | models.Q(
                    kind__in=["receipt", "charge", "resolution"],
                    instruction=None,
                    funding=None,
                    conversion=None,
                ),
                name="treasury_match_of_its_kind",
            ),
            models.CheckConstraint(condition=~models.Q(amount=0), name="treasury_match_not_zero"),
            models.UniqueConstraint(
                fields=["undoes"],
                condition=models.Q(undoes__isnull=False),
                name="treasury_undone_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class Proposal(models.Model):
    """Something that a line may be, for a person to confirm or decline; the parts add up to it."""

    line = models.ForeignKey(StatementLine, models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=10, choices=MatchKind.choices)
    instruction = models.ForeignKey(Instruction, models.PROTECT, null=True, related_name="+")
    funding = models.ForeignKey(Funding, models.PROTECT, null=True, related_name="+")
    conversion = models.ForeignKey(Conversion, models.PROTECT, null=True, related_name="+")
    amount = models.BigIntegerField(help_text="Of what it may be, signed as on the statement.")
    rule = models.CharField(max_length=20)
    reason = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    declined_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    declined_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "kind", "instruction", "funding", "conversion"],
                nulls_distinct=False,
                name="treasury_proposed_once",
            ),
            models.CheckConstraint(
                condition=models.Q(declined_by=None, declined_at=None)
                | models.Q(declined_by__isnull=False, declined_at__isnull=False),
                name="treasury_declined_together",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class MatchingPolicy(models.Model):
    """
    What matching may do by itself on one account, from one version to the next.

    ``fees`` (minor units) are what the servicer may take off or add to a payment; lines of
    charges up to ``charges_up_to`` are booked by themselves; ``days`` is how far the lines of one
    payment may be apart, and from its day.
    """

    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="matching_policies")
    version = models.IntegerField()
    fees = ArrayField(models.BigIntegerField(), default=list)
    charges_up_to = models.BigIntegerField(default=0)
    days = models.SmallIntegerField(default=10)
    effect_digest = models.CharField(max_length=64)
    set_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["account", "-version"]
        verbose_name_plural = "matching policies"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "version"], name="treasury_matching_version"
            ),
            models.CheckConstraint(
                condition=models.Q(charges_up_to__gte=0, days__gte=0, days__lte=60),
                name="treasury_matching_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} version {self.version}"
