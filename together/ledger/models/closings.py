"""Closings: up to which day the books are closed, and when that was so. Append-only."""

from django.db import models


class Closing(models.Model):
    """
    From its moment on the books are closed through a day; the newest one counts.

    ``through`` is the last day that is closed, None if none is (a reopening may go back to that);
    ``was`` what counted before. The database books every entry on the first open day at the
    earliest, whatever day it happened on, and lets a closing pass only if exactly it was approved.
    """

    id = models.BigAutoField(primary_key=True)
    through = models.DateField(null=True)
    was = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(through=models.F("was")), name="ledger_closing_moves"
            )
        ]

    def __str__(self) -> str:
        return f"closed through {self.through}" if self.through else "nothing is closed"

    @property
    def is_reopening(self) -> bool:
        """Say whether it opened days again."""
        return self.was is not None and (self.through is None or self.through < self.was)
