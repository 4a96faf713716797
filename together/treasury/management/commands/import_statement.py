"""Brings a statement file in: refused whole with every fault named, or stored and matched."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from together import Refused
from together.ledger.rules.money import shown
from together.treasury.formats.statement_csv import Unreadable
from together.treasury.models import CashAccount, StatementLine
from together.treasury.operations import statements


class Command(BaseCommand):
    """Import one statement."""

    help = "Import a statement of a cash account and match its lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--account",
            required=True,
            help="code or identifier (wallet, IBAN, address) of the account",
        )

    def handle(self, *args: object, file: Path, account: str, **options: object) -> None:
        """Import, and say what was found."""
        found = CashAccount.objects.filter(Q(pk=account) | Q(identifier=account)).first()
        if found is None:
            raise CommandError(f"--account {account}: no cash account has this code or identifier")
        try:
            data = file.read_bytes()
            statement, is_new = statements.import_csv(
                account=found, data=data, by=None, at=timezone.now()
            )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except Unreadable as refused:
            listed = "\n".join(f"  {file.name}, {fault}" for fault in refused.faults)
            raise CommandError(f"{file.name} is refused, nothing stored:\n{listed}") from refused
        except Refused as reason:
            raise CommandError(f"{file.name} is refused, nothing stored: {reason}") from reason
        self._report(statement.number, statement.lines.count(), is_new, found)

    def _report(self, number: int, lines: int, is_new: bool, account: CashAccount) -> None:
        word = "stored" if is_new else "known already, nothing changed"
        self.stdout.write(f"{account.code} statement {number}: {lines} lines, {word}")
        breaks = StatementLine.objects.filter(account=account, state="break").order_by("id")
        for line in breaks[:50]:
            money = shown(line.amount, account.asset)
            self.stdout.write(f"  break: {line.entry_id} {money} {line.reference}: {line.reason}")
