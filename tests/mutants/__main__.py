"""`make mutants`: puts each bug into a copy of the project and shows the test that catches it."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.loan_rules import MUTANTS as LOANS
from tests.mutants.loan_rules import Mutant
from tests.mutants.rate_rules import RATES

MUTANTS = [*LOANS, *RATES]

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".local", "__pycache__", ".*_cache", "docs")


class Unknown(Exception):
    """The line that a mutant replaces is gone: the list must follow the code."""


def main(names: list[str]) -> int:
    """Try all mutants (or those of some files) and give the number of those that survive."""
    chosen = [one for one in MUTANTS if not names or any(name in one.file for name in names)]
    for one in chosen:
        replaced(one)
    survivors = 0
    print("| bug | in | caught by |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        for one in chosen:
            caught = caught_by(one, copy)
            survivors += caught is None
            print(f"| {one.what} | `{one.file}` | {caught or '**nothing**'} |", flush=True)
    print(f"\n{len(chosen) - survivors} of {len(chosen)} caught")
    return survivors


def replaced(one: Mutant) -> str:
    """Give the text of the file with the bug in it."""
    text = (ROOT / one.file).read_text()
    if text.count(one.old) != 1:
        raise Unknown(f"{one.file}: {text.count(one.old)} times {one.old!r} ({one.what})")
    return text.replace(one.old, one.new)


def caught_by(one: Mutant, copy: Path) -> str | None:
    """Run the named tests against the bug and give the first that fails."""
    (copy / one.file).write_text(replaced(one))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-m", "fast", "--hypothesis-seed=0"]
        + ["-p", "no:cacheprovider", one.tests],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    (copy / one.file).write_text((ROOT / one.file).read_text())
    found = re.search(r"^FAILED \S+::(\w+)", run.stdout, re.MULTILINE)
    if run.returncode not in (0, 1) or (run.returncode == 1 and not found):
        raise Unknown(f"{one.tests} did not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return f"`{found[1]}`" if found else None


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
