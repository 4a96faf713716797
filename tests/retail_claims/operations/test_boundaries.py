"""Boundaries of the contract: each edge on both of its sides, one person at a time."""

import pyarrow.parquet as pq
import pytest

from retail_claims.operations.adjudication import adjudicate
from retail_claims.rules import policy
from tests.retail_claims.factories import AT, assets, losses, policy_text, write


@pytest.fixture
def judge(tmp_path):
    """Adjudicate rows and give ann's row, and the exit code."""

    def run(*, fills=None, snapshot=None, changes=None, **others):
        files = write(
            tmp_path / "in",
            fills=losses(ann="60") if fills is None else fills,
            snapshot=assets(ann="100") if snapshot is None else snapshot,
            **others,
        )
        out = tmp_path / "out.parquet"
        outcome = adjudicate(
            policy=policy.parse(policy_text(**(changes or {}))), given=files, out=out
        )
        if outcome.exit_code:
            return None, outcome.exit_code
        rows = {row["person_id"]: row for row in pq.read_table(out).to_pylist()}
        return rows["ann"], 0

    return run


def fill(at, loss="60"):
    return [f"f1,ann,liquidation,futures,BTCUSDT,{at},{loss}"]


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        ("2025-10-10T00:00:00Z", 1),
        ("2025-10-09T23:59:59.999999Z", 0),
        ("2025-10-11T23:59:59.999999Z", 1),
        ("2025-10-12T00:00:00Z", 0),
        ("2025-10-12T01:59:59.999999+02:00", 1),
        ("2025-10-10T04:00:00+04:00", 1),
        ("2025-10-14T12:00:00Z", 0),
    ],
)
def test_a_fill_counts_from_the_start_to_just_before_the_end_of_the_window(judge, at, counted):
    row, _ = judge(fills=fill(at))
    assert row["fills"] == counted


def test_a_fill_after_the_decision_is_rejected(judge):
    assert judge(fills=fill("2025-10-14T12:00:00.000001Z")) == (None, 4)


@pytest.mark.parametrize(
    ("loss", "reasons"),
    [("50.00000000", []), ("49.99999999", ["min_loss"]), ("49.995", ["min_loss"])],
)
def test_the_smallest_loss_is_tested_before_anything_is_rounded(judge, loss, reasons):
    assert judge(fills=fill(AT, loss))[0]["reasons"] == reasons


@pytest.mark.parametrize(
    ("net", "decision", "reasons"),
    [
        ("200", "award", []),
        ("200.00000001", "decline", ["min_ratio"]),
        ("200.01", "decline", ["min_ratio"]),
        ("0.00000001", "award", []),
        ("0", "review", ["net_assets"]),
        ("-0.00000001", "review", ["net_assets"]),
    ],
)
def test_net_assets_and_the_ratio_are_compared_exactly(judge, net, decision, reasons):
    row, _ = judge(snapshot=assets(ann=net))
    assert (row["decision"], row["reasons"]) == (decision, reasons)


def test_without_a_counted_balance_nothing_is_known_and_the_person_is_held(judge):
    row, _ = judge(snapshot=["ann,spot,USDT,2025-10-09T23:58:59.999999Z,100"])
    assert (row["decision"], row["reasons"], row["net_assets"]) == ("hold", ["snapshot"], None)
    untold = {test["code"] for test in row["tests"] if test["passed"] is None}
    assert untold == {"net_assets", "min_ratio"}


@pytest.mark.parametrize(
    ("expires", "active"),
    [("", True), ("2025-10-14T12:00:00Z", False), ("2025-10-14T12:00:00.000001Z", True)],
)
def test_a_flag_is_active_while_it_expires_after_the_decision(judge, expires, active):
    row, _ = judge(exclusions=[f"person,ann,employee,{expires}"])
    assert (row["decision"] == "decline") is active


@pytest.mark.parametrize(
    ("mode", "demand"),
    [("half_up", "60.01"), ("half_even", "60.00"), ("down", "60.00"), ("up", "60.01")],
)
def test_half_a_cent_goes_the_way_of_the_policy(judge, mode, demand):
    row, _ = judge(fills=fill(AT, "60.005"), changes={"award": {"rounding": mode}})
    assert f"{row['demand']:.2f}" == demand


def test_nothing_compensated_elsewhere_is_no_compensation(judge):
    assert judge(prior=["p1,person,ann,0"])[0]["decision"] == "award"
    assert judge(prior=["p1,person,ann,0.00000001"])[0]["reasons"] == ["prior"]


@pytest.mark.parametrize(
    ("flags", "decision", "reasons"),
    [
        ({"holds": ["person,ann,dispute,"]}, "review", ["net_assets", "hold"]),
        (
            {"holds": ["person,ann,dispute,"], "exclusions": ["account,ann,closed,"]},
            "decline",
            ["exclusion", "net_assets", "hold"],
        ),
    ],
)
def test_of_several_reasons_all_are_listed_and_the_gravest_decides(judge, flags, decision, reasons):
    row, _ = judge(snapshot=assets(ann="0"), **flags)
    assert (row["decision"], row["reasons"]) == (decision, reasons)


def test_an_unlisted_master_account_is_the_person_its_sub_accounts_name(judge):
    row, _ = judge(
        fills=losses(ann="30", sub="30"),
        snapshot=assets(ann="50", sub="50"),
        accounts=["sub,ann"],
    )
    assert (row["fills"], f"{row['loss']:.2f}", f"{row['award']:.2f}") == (2, "60.00", "60.00")


def test_ownership_is_one_look_up_and_never_a_chain(judge):
    row, _ = judge(
        fills=losses(ann="60", sub="60"),
        snapshot=assets(ann="100", sub="100"),
        accounts=["ann,bob", "sub,ann"],
    )
    assert f"{row['loss']:.2f}" == "60.00", "sub is ann's; ann's own account is bob's"
