"""The commands over files: exit codes, one JSON object, nothing secret, no database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.retail_claims.factories import SALT, assets, losses, policy_text, write

ROOT = Path(__file__).resolve().parents[3]
# A database that answers nobody: the commands must not miss it.
NOWHERE = {**os.environ, "DATABASE_URL": "postgres://nobody:none@127.0.0.1:1/none"}


def command(*words):
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, words)],
        cwd=ROOT,
        env=NOWHERE,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def files(tmp_path):
    given = write(tmp_path, fills=losses(ann="100"), snapshot=assets(ann="100"))
    given["policy"] = tmp_path / "policy.json"
    given["policy"].write_text(policy_text())
    return given


def adjudicate(files, out, *more):
    named = [word for name, path in files.items() for word in (f"--{name}", path)]
    return command("adjudicate", *named, "--out", out, *more)


def test_a_run_is_proved_and_verified_from_files_alone(files, tmp_path):
    out, summary, proof = (tmp_path / name for name in ("o.parquet", "s.json", "p.json"))
    decided = adjudicate(files, out)
    assert (decided.returncode, decided.stderr) == (0, "")
    summary.write_text(decided.stdout)
    root = json.loads(decided.stdout)["merkle_root"]
    made = ["--policy", files["policy"], "--decisions", out, "--summary", summary, "--out", proof]
    assert command("prove_award", *made, "--person", "ann").returncode == 0
    verified = command("verify_award", "--proof", proof, "--root", root)
    assert (verified.returncode, json.loads(verified.stdout)) == (
        0,
        {
            "valid": True,
            "person_id": "ann",
            "decision": "award",
            "award": "100.00000000",
            "escrow": "0.00000000",
            "error": None,
        },
    )
    refused = command("verify_award", "--proof", proof, "--root", "ab" * 32)
    assert (refused.returncode, json.loads(refused.stdout)["valid"]) == (1, False)
    assert command("prove_award", *made, "--person", "nobody").returncode == 2
    assert SALT not in decided.stdout + proof.read_text()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--engine", "spark"], "duckdb engine only"),
        (["--rejects", "nowhere/rejects.csv"], "does not exist"),
        (["--holds", "nowhere.csv"], "nowhere.csv is no file"),
        (["--holds", "manage.py"], "none of .csv"),
    ],
)
def test_bad_usage_is_answered_with_exit_2_and_its_reason(files, tmp_path, more, says):
    answer = adjudicate(files, tmp_path / "o.parquet", *more)
    assert answer.returncode == 2
    found = json.loads(answer.stdout)
    assert (found["status"], found["exit_code"]) == ("bad_policy", 2)
    assert says in found["error"]["message"]
    assert not (tmp_path / "o.parquet").exists()


def test_a_bad_policy_is_answered_with_the_path_of_its_fault(files, tmp_path):
    files["policy"].write_text(policy_text(award={"floor": "7000"}))
    answer = adjudicate(files, tmp_path / "o.parquet")
    assert answer.returncode == 2
    assert json.loads(answer.stdout)["error"]["path"] == "award.floor"


def test_an_unknown_option_is_answered_with_exit_2(files, tmp_path):
    answer = adjudicate(files, tmp_path / "o.parquet", "--frobnicate")
    assert (answer.returncode, "Traceback" in answer.stderr) == (2, False)


def test_what_is_no_proof_is_answered_with_exit_2(tmp_path):
    (tmp_path / "junk.json").write_text("[1")
    for proof, root in ((tmp_path / "junk.json", "ab" * 32), (tmp_path / "none.json", "ab" * 32)):
        answer = command("verify_award", "--proof", proof, "--root", root)
        assert (answer.returncode, json.loads(answer.stdout)["valid"]) == (2, False)


def test_a_crash_is_generated_into_a_folder(tmp_path):
    answer = command("generate_crash", tmp_path, "--accounts", "200", "--seed", "3")
    assert answer.returncode == 0
    assert all(Path(path).is_file() for path in json.loads(answer.stdout).values())
