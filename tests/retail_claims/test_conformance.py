"""The contract of the adjudication, checked by its own independent checker where it is present."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKER = ROOT.parent / "shared" / "conformance" / "check_claims.py"


@pytest.mark.skipif(not CHECKER.exists(), reason="../shared with the contract's checker is absent")
def test_the_adjudication_is_what_the_contract_says(tmp_path):
    command = [sys.executable, str(CHECKER), "--seeds", "41", "--keep", str(tmp_path / "kept")]
    answer = subprocess.run(
        [*command, "--", sys.executable, "manage.py", "adjudicate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr[-2000:]
    assert answer.stdout.splitlines()[-1].endswith(" 0 failed")
