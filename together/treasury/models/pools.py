"""Pools of money."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import cached_property

from together.treasury.rules.programmes import TITLES, PoolProgramme

if TYPE_CHECKING:
    from together.treasury.models.accounts import CashAccount


class Pool(models.Model):
    """
    One pool: money given for one programme, measured in one asset, kept on one or more accounts.

    Its position is nowhere but in the books. ``given_for`` is that programme: said when the pool
    is opened, approved with each of its fundings. Of a pool that is older it is empty until it is
    said once, under four eyes.
    """

    code = models.SlugField(primary_key=True, max_length=20)
    name = models.CharField(max_length=80)
    asset = models.CharField(max_length=8)
    given_for = models.CharField(
        max_length=12, blank=True, choices=[(one.value, TITLES[one]) for one in PoolProgramme]
    )
    promised = models.BigIntegerField(help_text="What was announced, in minor units")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(promised__gt=0), name="treasury_promise_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(given_for__in=["", *map(str, PoolProgramme)]),
                name="treasury_given_for_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def main_account(self) -> "CashAccount":
        """Give the account that the pool was opened with."""
        return self.accounts.get(pk=self.pk)
