"""Open lines: what breaks are found by, however many lines were matched before them."""

from django.db import models

from together.treasury.models.accounts import CashAccount
from together.treasury.models.statements import StatementLine


class OpenLine(models.Model):
    """
    A line that is a break. Kept by the database with the state of lines, and by nobody else.

    It is what an index of breaks would be. An index that asks for the state of a line makes a new
    entry in every other one whenever a line is matched; beside it the line stays where it is.
    """

    line = models.OneToOneField(
        StatementLine,
        models.PROTECT,
        primary_key=True,
        related_name="waiting",
        db_constraint=False,
    )
    account = models.ForeignKey(
        CashAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        indexes = [models.Index(fields=["account", "line"], name="treasury_open_of")]

    def __str__(self) -> str:
        return str(self.line_id)
