"""An order of many payments that leaves wave by wave: prepared, paid by the rail, on statements."""

from tests.factories import NOW, TODAY, approve, funded_pool, payments, person
from together.controls.models import Approval
from together.treasury.models import Disbursement, Statement
from together.treasury.operations import disbursements, payouts, statements
from together.treasury.operations.disbursements import Order
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions

CALM = Conditions(
    latency=0, lateness=0.2, timeout_before=0, timeout_after=0, late=0, repeated_lines=0, returned=0
)


class Waves:
    """A disbursement of some payments from a pool of its own, and who handles it."""

    def __init__(self, rows=None, *, conditions=CALM, count=150):
        rail().set_conditions(conditions)
        self.pool = funded_pool(amount="100000")
        self.account = self.pool.main_account
        self.officer = person("treasury_officer")
        self.rows = rows or payments([f"{n % 40 + 4}.{n % 100:02d}" for n in range(count)])
        self.order = disbursements.prepare(
            pool=self.pool,
            order=Order("award", "RUN-1", "retail.payout", ("fund.available", self.pool.code)),
            payments=self.rows,
            by=self.officer,
            at=NOW,
        )
        approve(Approval.objects.get(kind="retail.payout", subject=self.order.number))

    def release(self, *, by=None):
        """Release the next wave and give its batches' numbers."""
        return disbursements.release(
            disbursement=Disbursement.objects.get(pk=self.order.pk),
            on=TODAY,
            by=by or self.officer,
            at=NOW,
        )

    def pay(self, batches, *, over=None):
        """Let a worker speak to the rail until nothing is left."""
        for batch in batches:
            payouts.work(batch=batch, worker="w1", rail=over or rail(), seconds=60)

    def state(self):
        """Bring every statement of the account."""
        last = Statement.objects.filter(account=self.account).order_by("-number").first()
        number = last.number if last else 0
        while text := rail().statement(wallet=self.account.identifier, after=number):
            statements.import_file(account=self.account, data=text.encode(), by=None, at=NOW)
            number += 1

    def canary(self):
        """Pay the canary whole, up to its statement."""
        batches = self.release()
        self.pay(batches)
        self.state()
        return batches
