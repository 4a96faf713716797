"""Three-way proofs of accounts, as they were found from one moment to the next."""

from django.db import models

from together.treasury.models.accounts import CashAccount


class ThreeWayProof(models.Model):
    """
    What books, instructions and statements said of an account at a moment (minor units).

    ``unexplained`` adds up, without signs, what they differ by beyond named breaks and what is on
    its way; it must be zero. ``breaks_total`` is the sum of the breaks' amounts.
    """

    account = models.ForeignKey(CashAccount, models.PROTECT, related_name="three_way_proofs")
    at = models.DateTimeField()
    cash = models.BigIntegerField()
    stated = models.BigIntegerField()
    expected_in = models.BigIntegerField()
    breaks = models.IntegerField()
    breaks_total = models.BigIntegerField()
    settled = models.BigIntegerField()
    on_statements = models.BigIntegerField()
    in_clearing = models.BigIntegerField()
    wrong_lines = models.IntegerField()
    unexplained = models.BigIntegerField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["account", "-id"], name="treasury_proofs_of_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_true(self) -> bool:
        """Say whether all three agree with nothing left to name."""
        return self.unexplained == 0 and self.breaks == 0

    @property
    def differences(self) -> tuple[tuple[str, int], ...]:
        """Give each pair that is compared, and what it differs by."""
        return (
            (
                "books and statements",
                self.cash - (self.stated - self.breaks_total + self.expected_in),
            ),
            (
                "books and instructions",
                self.in_clearing - (self.settled - self.on_statements),
            ),
        )
