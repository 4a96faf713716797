"""Pools of money."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from together.treasury.models.accounts import CashAccount


class Pool(models.Model):
    """
    One pool: money given for one programme, measured in one asset, kept on one or more accounts.

    Its position is nowhere but in the books.
    """

    code = models.SlugField(primary_key=True, max_length=20)
    name = models.CharField(max_length=80)
    asset = models.CharField(max_length=8)
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

    @cached_property
    def main_account(self) -> "CashAccount":
        """Give the account that the pool was opened with."""
        return self.accounts.get(pk=self.pk)
