"""Brings a statement file in: refused whole with every fault named, or stored and matched."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q
from django.utils import timezone

from together import Refused
from together.ledger.rules.money import shown
from together.treasury.formats.parsed import Unreadable
from together.treasury.formats.reading import Given
from together.treasury.models import CashAccount, Statement, StatementFile, StatementLine
from together.treasury.operations import mappings, statement_files, statements
from together.treasury.rules.states import StatementFileState


class Command(BaseCommand):
    """Import the statements of one file."""

    help = (
        "Import the statements of a file (camt.053, MT940, a bank's CSV with a mapping, transfers"
        " of a chain as JSON, our own CSV) for a cash account, and match their lines."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--account",
            required=True,
            help="code or identifier (wallet, IBAN, address) of the account",
        )
        parser.add_argument(
            "--mapping",
            default="",
            help="name of a saved mapping, for a bank's CSV; NAME@2 is its second version",
        )
        parser.add_argument(
            "--opening", default="", help="balance before the file, where a CSV tells none"
        )
        parser.add_argument(
            "--closing", default="", help="balance after the file, where a CSV tells none"
        )

    def handle(
        self,
        *args: object,
        file: Path,
        account: str,
        mapping: str,
        opening: str,
        closing: str,
        **options: object,
    ) -> None:
        """Import, and say what was found."""
        found = CashAccount.objects.filter(Q(pk=account) | Q(identifier=account)).first()
        if found is None:
            raise CommandError(f"--account {account}: no cash account has this code or identifier")
        if bool(opening) != bool(closing):
            raise CommandError("--opening and --closing are told together, or neither")
        try:
            received = statement_files.receive(
                account=found,
                data=file.read_bytes(),
                by=None,
                at=timezone.now(),
                mapping=mappings.named(found, mapping) if mapping else None,
                given=Given(opening, closing) if opening else None,
                name=file.name,
            )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except Refused as reason:
            raise CommandError(f"{file.name} is refused, nothing stored: {reason}") from reason
        self._report(self._work(received, file.name))

    def _work(self, received: StatementFile, name: str) -> StatementFile:
        kept = f"it is kept with its faults as file {received.pk}"
        try:
            return statements.work(file=received, at=timezone.now())
        except Unreadable as refused:
            listed = "\n".join(f"  {name}, {fault}" for fault in refused.faults)
            raise CommandError(f"{name} is refused, nothing stored; {kept}:\n{listed}") from refused
        except Refused as reason:
            raise CommandError(f"{name} is refused, nothing stored; {kept}: {reason}") from reason

    def _report(self, file: StatementFile) -> None:
        account = file.account
        told = Statement.objects.filter(account=account, number__in=file.statements_told)
        self.stdout.write(f"file {file.pk}, {file.kind}: {file.state}")
        for one in told.annotate(line_count=Count("lines")).order_by("number"):
            is_new = file.state != StatementFileState.KNOWN and one.file_id == file.pk
            word = "stored" if is_new else "known already, nothing changed"
            own = f" ({one.source_number} of its servicer)" if one.source_number else ""
            left_out = f", {len(one.left_out)} left out" if one.left_out else ""
            self.stdout.write(
                f"{account.code} statement {one.number}{own}: {one.line_count} lines{left_out},"
                f" {word}"
            )
        breaks = StatementLine.objects.filter(waiting__account=account).order_by("id")
        for line in breaks[:50]:
            money = shown(line.amount, account.asset)
            self.stdout.write(f"  break: {line.entry_id} {money} {line.reference}: {line.reason}")
