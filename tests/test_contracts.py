"""Each contract of the floors has been seen to fail: a forbidden import is found."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TREES = ("together", "loans", "retail_claims")
BROKEN = {
    "Floors: calls only go down": (
        "together/ledger/models/books.py",
        "import together.treasury.models",
    ),
    "Floors: the programmes never import each other": (
        "loans/queries/standing.py",
        "import retail_claims.models",
    ),
    "Rooms: queries never call operations": (
        "loans/queries/standing.py",
        "import loans.operations.closing",
    ),
    "Rooms: no others": ("loans/utils.py", '"""A stray room."""'),
    "Purity: rules know no framework": ("loans/rules/rounding.py", "import django"),
    "Purity: rules know no database": ("retail_claims/rules/merkle.py", "import duckdb"),
    "Exactness: one kind of fractions": ("loans/rules/apr.py", "import fractions"),
    "Books: only operations post": (
        "loans/queries/standing.py",
        "import together.ledger.operations.posting",
    ),
    "Books: debits and credits stand in postings only": (
        "loans/operations/closing.py",
        "import together.ledger.rules.movements",
    ),
}


def lint(folder):
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for tree in TREES:
        shutil.copytree(ROOT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_house_keeps_its_contracts(copy):
    status, text = lint(copy)
    assert status == 0, text


@pytest.mark.parametrize("name", BROKEN)
def test_a_contract_fails_when_it_is_broken(name, copy):
    path, line = BROKEN[name]
    file = copy / path
    before = file.read_text() if file.exists() else None
    file.write_text((before or "") + f"\n{line}\n")
    try:
        status, text = lint(copy)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before)
    assert status == 1
    assert "BROKEN" in text or "not listed" in text.replace("\n", " ") or "utils" in text
