"""Decisions: one row a person and run, in a partition of its run."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Decision(models.Model):
    """
    What a run decided for one person, and every test it was measured by.

    ``loss_e8`` and ``net_e8`` are whole numbers of 0.00000001 USD; the other amounts are minor
    units of the pool's asset. The table is partitioned by run and made by a migration.
    """

    id = models.BigIntegerField(primary_key=True)
    run = models.ForeignKey("retail_claims.Run", models.DO_NOTHING, related_name="decisions")
    leaf_index = models.BigIntegerField()
    person_id = models.CharField(max_length=64)
    person_ref = models.CharField(max_length=64)
    payee = models.CharField(max_length=64)
    decision = models.CharField(max_length=8)
    reasons = ArrayField(models.CharField(max_length=16))
    tests = models.JSONField()
    class_losses = models.JSONField()
    fills = models.BigIntegerField()
    loss_e8 = models.BigIntegerField()
    net_e8 = models.BigIntegerField(null=True)
    ratio_num = models.TextField(null=True)
    ratio_den = models.TextField(null=True)
    demand = models.BigIntegerField()
    award = models.BigIntegerField()
    escrow = models.BigIntegerField()
    paid = models.BigIntegerField()
    payable = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "retail_claims_decision"

    def __str__(self) -> str:
        return f"{self.person_id}: {self.decision}"
