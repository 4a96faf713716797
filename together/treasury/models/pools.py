"""Pools of money, and what was put into them."""

from django.db import models

from together.controls.models import Person


class Pool(models.Model):
    """
    One pool: money given for one programme, kept in one wallet of one asset.

    Its position is nowhere but in the books.
    """

    code = models.SlugField(primary_key=True, max_length=20)
    name = models.CharField(max_length=80)
    asset = models.CharField(max_length=8)
    wallet = models.CharField(max_length=80, unique=True)
    promised = models.BigIntegerField(help_text="What was announced, in minor units")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(promised__gt=0), name="treasury_promise_positive"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Funding(models.Model):
    """Money put into a pool, asked for by one person and approved by another."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="fundings")
    reference = models.CharField(max_length=35, unique=True)
    amount = models.BigIntegerField()
    on = models.DateField()
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="treasury_funding_positive"
            )
        ]

    def __str__(self) -> str:
        return self.reference
