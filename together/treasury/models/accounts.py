"""Cash accounts: where a pool's money is kept."""

from django.db import models

from together.treasury.models.pools import Pool
from together.treasury.rules.destinations import RailKind

# What an account is called by the kind of rail that it is paid from.
CALLED = {
    RailKind.EXCHANGE: "wallet at the exchange",
    RailKind.BANK: "bank account",
    RailKind.CHAIN: "address on a chain",
}
KINDS = [(kind.value, CALLED[kind]) for kind in RailKind]


class CashAccount(models.Model):
    """
    One account of a pool: a wallet at the exchange, a bank account or an address on a chain.

    The books keep its cash under its code, its statements follow one another, and what is paid
    from it is paid in its asset. ``identifier`` is what its servicer knows it by: the wallet, the
    IBAN or account number, the address. ``servicer`` is the exchange, the BIC of the bank, or the
    number of the chain. A pool's first account has the pool's own code.
    """

    code = models.SlugField(primary_key=True, max_length=20)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=10, choices=KINDS)
    asset = models.CharField(max_length=8)
    identifier = models.CharField(max_length=80, unique=True)
    servicer = models.CharField(max_length=40, blank=True)
    holder = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["pool", "code"]
        constraints = [
            # Lets statements and disbursements be held to the pool of their account.
            models.UniqueConstraint(fields=["code", "pool"], name="treasury_account_of_pool"),
            models.CheckConstraint(
                condition=~models.Q(identifier=""), name="treasury_account_identified"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.get_kind_display()}, {self.asset})"
