"""Runs the main job of both programmes on realistic data, proves it, and prints a summary."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from together import Refused
from together.console.operations.demo import cast, story
from together.controls.operations import database

# Option and role; --accounts is how many a generated crash has.
FILES = {
    "fills": "fills",
    "snapshot": "snapshot",
    "owners": "accounts",
    "incidents": "incidents",
    "exclusions": "exclusions",
    "holds": "holds",
    "prior": "prior",
}


class Command(BaseCommand):
    """Tell the demo's story; stopped anywhere it goes on where it was."""

    help = (
        "Adjudicate, approve, publish, pay and reconcile a crash; lend, draw, service and repay"
        " loans; then prove everything. Exit 0 only if every proof holds."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument("--accounts", type=int, default=20_000, help="accounts of the crash")
        parser.add_argument("--seed", type=int, default=1, help="seed of the crash and the rail")
        for name, role in FILES.items():
            parser.add_argument(f"--{name}", type=Path, help=f"a file of {role} to take instead")
        parser.add_argument("--addresses", metavar="URL", help="print sign-ins and addresses only")
        parser.add_argument("--new-passwords", action="store_true", help="make new passwords")

    def handle(self, *args: object, **options: Any) -> None:
        """Run the story and the proofs, or print where to sign in."""
        try:
            database.demand_demo()
            if options["addresses"]:
                self._addresses(options["addresses"], renew=options["new_passwords"])
                return
            self._story(self._options(options))
        except Refused as reason:
            raise CommandError(str(reason)) from reason
        call_command("prove", stdout=self.stdout)

    def _options(self, options: dict[str, Any]) -> story.Options:
        given = {role: options[name] for name, role in FILES.items() if options[name]}
        if given and not {"fills", "snapshot"} <= set(given):
            raise CommandError("--fills and --snapshot are given together, the others with them")
        for role, path in given.items():
            if not path.exists():
                raise CommandError(f"--{role} {path}: there is no such file")
        if not 10 <= options["accounts"] <= 2_000_000:
            raise CommandError(f"--accounts {options['accounts']}: must be 10 to 2,000,000")
        folder = Path(settings.LOCAL_DIR)
        return story.Options(folder, options["accounts"], options["seed"], given)

    def _story(self, options: story.Options) -> None:
        if story.is_finished():
            self.stdout.write("The demo is in this database already; nothing is written again.")
            return
        started = time.monotonic()

        def tell(line: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:6.1f} s  {line}")
            self.stdout.flush()

        story.run(options=options, at=timezone.now(), tell=tell)
        tell("the story is told; the proofs:")

    def _addresses(self, url: str, *, renew: bool) -> None:
        rows = cast.sign_ins(file=Path(settings.LOCAL_DIR) / "sign-ins.json", renew=renew)
        self.stdout.write(f"\nPublic page  {url}/\nConsole      {url}/console/")
        self.stdout.write(f"Portal       {url}/portal/\nAPI          {url}/api/v1/\n")
        self.stdout.write(f"{'role':<26}{'user name':<20}password")
        for role, username, password in rows:
            self.stdout.write(f"{role:<26}{username:<20}{password}")
        self.stdout.write("\nStop with Ctrl-C.\n")
        self.stdout.flush()
