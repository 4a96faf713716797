"""Chains: what their policy demands, and which transfers are still followed."""

from django.db.models import Exists, OuterRef, QuerySet

from together import Refused
from together.treasury.models import CashAccount, ChainPolicy, ChainTransfer, Match


class NotServed(Refused):
    """Raised when no policy says how an asset moves on a chain."""


def policy_of(account: CashAccount) -> ChainPolicy:
    """
    Give the policy of an account's chain and asset.

    :raises NotServed: if there is none
    """
    found = ChainPolicy.objects.filter(chain_id=account.servicer, asset=account.asset).first()
    if found is None:
        raise NotServed(f"{account.asset} on chain {account.servicer!r} is not served")
    return found


def contracts_of(*, chain: str, asset: str) -> list[str]:
    """
    Give the contracts of an asset on a chain, by its number.

    :raises NotServed: if no policy says how the asset moves there
    """
    served = ChainPolicy.objects.filter(chain_id=chain, asset=asset)
    found = list(served.values_list("contract", flat=True))
    if not found:
        raise NotServed(f"servicer: {asset} on chain {chain!r}: not served")
    return found


def confirmations_of(account: CashAccount) -> int:
    """Give after how many confirmations a transfer of an account counts."""
    return policy_of(account).confirmations


def followed(account: CashAccount) -> QuerySet[ChainTransfer]:
    """
    Give the transfers of an account that can still change: their payment is on no statement.

    What was rejected and released is not followed: another transfer carries that payment.
    """
    on_statement = Match.objects.filter(
        instruction=OuterRef("filed__instruction"), kind="payment", undoes=None, undone_by=None
    )
    found: QuerySet[ChainTransfer] = ChainTransfer.objects.filter(
        ~Exists(on_statement),
        filed__file__batch__disbursement__account=account,
        filed__state="listed",
    )
    return found.order_by("id")
