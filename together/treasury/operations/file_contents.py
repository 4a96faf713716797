"""What stands in a payment file: its bytes, made from the rows and from nothing else."""

import hashlib
from collections.abc import Sequence

from stdnum import iban

from together import Refused
from together.ledger.rules.money import Money
from together.treasury.formats import pain001, transfer_list
from together.treasury.formats.transfer_list import ListedTransfer, TransferList
from together.treasury.models import (
    CashAccount,
    ChainPolicy,
    Destination,
    Instruction,
    PaymentFile,
)
from together.treasury.rules.destinations import NotADestination, checksummed, is_iban_country

BY_KIND = {"bank": pain001.VERSIONS, "chain": transfer_list.FORMATS}


class CannotBeWritten(Refused):
    """Raised when payments cannot stand in a file as they are; names payment, field and rule."""


def bytes_of(file: PaymentFile, rows: Sequence[Instruction]) -> bytes:
    """
    Write a file from its batch's account and its instructions, with their destinations.

    The same rows give the same bytes for ever: nothing here asks the clock.

    :raises CannotBeWritten: if something in it is not fit to be sent; nothing is cut or replaced
    """
    account = file.batch.disbursement.account
    try:
        if account.kind == "bank":
            message = _message(file, account, rows)
            data = pain001.write(message)
            pain001.validate(data, file.format)
            _demand_same(pain001.read(data), message)
            return data
        listed = _list(file, account, rows)
        data = transfer_list.write(listed, file.format)
        if transfer_list.read(data) != listed:
            raise CannotBeWritten(f"{file.message_id}: the list reads otherwise than it was meant")
    except (
        pain001.NotForABank,
        pain001.NotByTheSchema,
        transfer_list.NotAList,
        NotADestination,
    ) as error:
        raise CannotBeWritten(f"{file.message_id}: {error}") from error
    return data


def digest_of(data: bytes) -> str:
    """Give the SHA-256 (hex) of a file's bytes."""
    return hashlib.sha256(data).hexdigest()


def _message(
    file: PaymentFile, account: CashAccount, rows: Sequence[Instruction]
) -> pain001.Message:
    return pain001.Message(
        message_id=file.message_id,
        created_at=file.prepared_at,
        execute_on=file.execute_on,
        debtor=pain001.Party(
            name=account.holder,
            account=account.identifier,
            is_iban=bool(iban.is_valid(account.identifier)),
            bic=account.servicer,
        ),
        transfers=tuple(
            pain001.Transfer(
                reference=row.reference,
                amount=pain001.whole_cents(row.reference, Money(row.amount, row.asset)),
                creditor=_creditor(_destination(row)),
                text=f"{row.kind} {row.reference}",
            )
            for row in rows
        ),
        version=file.format,
    )


def _creditor(found: Destination) -> pain001.Party:
    return pain001.Party(
        name=found.holder,
        account=found.identifier,
        is_iban=is_iban_country(found.country),
        bic=found.servicer,
        routing_number=found.routing_number,
        country=found.country,
    )


def _list(file: PaymentFile, account: CashAccount, rows: Sequence[Instruction]) -> TransferList:
    policy = ChainPolicy.objects.filter(chain_id=account.servicer, asset=account.asset).first()
    if policy is None:
        raise CannotBeWritten(f"{account.asset} on chain {account.servicer!r} is not served")
    return TransferList(
        list_id=file.message_id,
        chain_id=account.servicer,
        contract=checksummed(policy.contract),
        asset=account.asset,
        sender=checksummed(account.identifier),
        transfers=tuple(
            ListedTransfer(_destination(row).identifier, row.amount, row.reference) for row in rows
        ),
    )


def _destination(row: Instruction) -> Destination:
    if row.destination is None:
        raise CannotBeWritten(f"{row.reference}: it has no registered destination")
    return row.destination


def _demand_same(found: pain001.Read, message: pain001.Message) -> None:
    """Compare what the file says when it is read with what was meant, payment by payment."""
    meant = tuple(
        (one.reference, one.amount, one.creditor.name, one.creditor.account)
        for one in message.transfers
    )
    total = Money(sum(one.amount.minor_units for one in message.transfers), "USD")
    if (found.message_id, found.count, found.total) != (message.message_id, len(meant), total) or (
        found.transfers != meant
    ):
        raise CannotBeWritten(f"{message.message_id}: the file reads otherwise than it was meant")
