"""The crash to rehearse with: the same for one seed, sound evidence, plausible outcomes."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retail_claims.operations import crash
from retail_claims.operations.adjudication import adjudicate
from retail_claims.rules import policy
from tests.retail_claims.factories import policy_text


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return crash.generate(folder=tmp_path_factory.mktemp("crash"), accounts=3000, seed=7)


def digests(files):
    return {role: hashlib.sha256(path.read_bytes()).hexdigest() for role, path in files.items()}


def test_one_seed_gives_one_crash(files, tmp_path):
    assert digests(crash.generate(folder=tmp_path, accounts=3000, seed=7)) == digests(files)


def test_another_seed_gives_another_crash(files, tmp_path):
    assert digests(crash.generate(folder=tmp_path, accounts=3000, seed=8)) != digests(files)


def test_money_is_written_as_decimals(files):
    for role, column in (("fills", "loss"), ("fills", "fee"), ("snapshot", "value")):
        assert pq.read_schema(files[role]).field(column).type == pa.decimal128(24, 8)


def test_every_kind_of_claim_is_in_it(files, tmp_path):
    outcome = adjudicate(
        policy=policy.parse(policy_text(pool={"amount": "300000000"})),
        given=files,
        out=tmp_path / "out.parquet",
    )
    summary = outcome.summary
    assert outcome.exit_code == 0
    assert summary["rejected_rows"] == 0
    assert summary["inputs"]["fills"]["duplicates"] > 0
    assert summary["persons"] < 3000, "some persons have several accounts"
    assert all(summary["decisions"].values())
    assert 0.2 < summary["decisions"]["award"] / 3000 < 0.45
    assert summary["totals"]["loss_by_class"]["platform_fault"] != "0.00000000"
    failed = {test for test, count in summary["reasons"].items() if count}
    assert failed >= {
        "exclusion",
        "min_loss",
        "snapshot",
        "net_assets",
        "min_ratio",
        "prior",
        "hold",
    }
