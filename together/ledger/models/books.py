"""Accounts, entries and lines, as Django reads them. Only the posting function writes them."""

from django.db import models


class ChartLine(models.Model):
    """One account of the chart, kept in step with ``rules/chart.py`` by migrations."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10)
    subject = models.CharField(max_length=20, blank=True)
    side = models.SmallIntegerField()
    may_overdraw = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        verbose_name = "chart account"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Account(models.Model):
    """
    One account: a line of the chart for one subject and one asset, with its balance.

    ``balance`` is in minor units, debits positive. A credit account that may not be overdrawn
    therefore never rises above zero: the database checks it at every entry.
    """

    id = models.BigAutoField(primary_key=True)
    chart = models.ForeignKey(ChartLine, models.PROTECT, db_column="code")
    subject = models.CharField(max_length=80, blank=True)
    asset = models.CharField(max_length=8)
    side = models.SmallIntegerField()
    may_overdraw = models.BooleanField()
    balance = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chart", "subject", "asset"], name="ledger_account_once"
            ),
            models.UniqueConstraint(fields=["id", "asset"], name="ledger_account_asset"),
            models.CheckConstraint(
                condition=models.Q(may_overdraw=True)
                | models.Q(side=1, balance__gte=0)
                | models.Q(side=-1, balance__lte=0),
                name="ledger_account_not_overdrawn",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.chart_id, self.subject, self.asset]))


class Entry(models.Model):
    """
    One event in the books. Never changed: what was wrong is reversed by another entry.

    ``happened_on`` is the day of the event, ``booked_on`` the day whose period it counts in: the
    same, or the first open day if the books were closed by then. The database sets it.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40)
    happened_on = models.DateField()
    booked_on = models.DateField()
    written_at = models.DateTimeField()
    narrative = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    digest = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["booked_on", "id"], name="ledger_entry_by_day")]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.key


class Line(models.Model):
    """One debit (positive) or credit (negative) of an entry, in minor units of its asset."""

    id = models.BigAutoField(primary_key=True)
    # That both are there is asked for all lines of a statement at once (decision 0051).
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="lines", db_constraint=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    asset = models.CharField(max_length=8)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="ledger_line_not_zero")
        ]
        indexes = [models.Index(fields=["account", "id"], name="ledger_line_by_account")]

    def __str__(self) -> str:
        return f"{self.amount} {self.asset}"
