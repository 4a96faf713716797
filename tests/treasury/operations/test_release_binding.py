"""A release binds to every payee and amount that was approved (RELIABILITY S7)."""

import pytest
from django.db import connections

from tests.factories import NOW, TODAY, approve, funded_pool, payments, person
from together.controls.models import Approval
from together.controls.operations.approvals import NotApproved
from together.treasury.operations import disbursements
from together.treasury.operations.disbursements import Order


def test_one_payee_changed_after_approval_stops_the_release(own_database):
    pool, officer = funded_pool(), person("treasury_officer")
    prepared = disbursements.prepare(
        pool=pool,
        order=Order("award", "RUN-1", "retail.payout", ("fund.available", pool.code)),
        payments=payments(["10", "20"]),
        by=officer,
        at=NOW,
    )
    approve(Approval.objects.get(subject=prepared.number))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE treasury_instruction DISABLE TRIGGER USER")
        cursor.execute("UPDATE treasury_instruction SET payee = 'payee-x' WHERE amount = 20000000")
    with pytest.raises(NotApproved):
        disbursements.release(disbursement=prepared, on=TODAY, by=officer, at=NOW)
