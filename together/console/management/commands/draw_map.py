"""Draws docs/MAP.md from the first lines of the modules, or checks that it is in step."""

import ast
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

TREES = ("together", "loans", "retail_claims")
HEAD = """# Map

Every module and what is in it, drawn from their first lines by `make map`. Calls go down:
wiring and console -> loans | retail_claims -> treasury -> notices -> ledger | controls. Rooms are
the same in every app: web, api, admin, tasks, management -> operations -> queries, postings ->
models -> rules, formats.
"""


class Command(BaseCommand):
    """Draw or check the map."""

    help = "Draw docs/MAP.md from the first lines of the modules."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the options."""
        parser.add_argument("--check", action="store_true", help="only say whether it is in step")

    def handle(self, *args: object, check: bool, **options: object) -> None:
        """Write the map, or compare it."""
        place = settings.BASE_DIR / "docs" / "MAP.md"
        drawn = "\n".join(_lines(settings.BASE_DIR)) + "\n"
        if not check:
            place.write_text(drawn)
        elif not place.exists() or place.read_text() != drawn:
            raise CommandError("docs/MAP.md is not in step with the modules: run `make map`")


def _lines(base: Path) -> Iterator[str]:
    yield HEAD
    for tree in TREES:
        for folder in [base / tree, *sorted(p for p in (base / tree).rglob("*") if p.is_dir())]:
            modules = sorted(p for p in folder.glob("*.py") if p.name != "__init__.py")
            parts = folder.relative_to(base).parts
            if "migrations" in parts or "__pycache__" in parts or not modules:
                continue
            yield f"\n## {'/'.join(parts)}\n"
            about = _first_line(folder / "__init__.py")
            if about:
                yield f"{about}\n"
            yield "| module | what is in it |\n| --- | --- |"
            yield from (f"| `{module.name}` | {_first_line(module)} |" for module in modules)


def _first_line(module: Path) -> str:
    """Give the first line of a module's docstring."""
    if not module.exists():
        return ""
    text = ast.get_docstring(ast.parse(module.read_text())) or ""
    return text.partition("\n")[0].replace("|", "\\|")
