"""A simulation says to the cent what a run would decide, and who differs between two policies."""

import json

import pyarrow.parquet as pq
import pytest

from retail_claims.operations import crash
from retail_claims.operations.adjudication import adjudicate, gather_facts, simulating
from retail_claims.operations.adjudication.simulating import OtherFacts
from retail_claims.rules import policy as policy_rules
from retail_claims.rules.texts import read_money, write_fraction, write_money
from tests.retail_claims import factories

ACCOUNTS = 1_500
RATES = {"default_class": "market", "rates": {"market": "0.4", "platform_fault": "1"}}
BANDS = {"type": "bands", "bands": [{"upto": "500", "rate": "1"}, {"upto": None, "rate": "1/7"}]}
POLICIES = {
    "enough for all": {"pool": {"amount": "300000000"}},
    "too little": {"pool": {"amount": "90000", "appeals_reserve": "1800"}},
    "market at less": {"coverage": RATES, "pool": {"amount": "50000"}},
    "a class that nobody had": {
        "coverage": {**RATES, "rates": {**RATES["rates"], "api_outage": "0.9"}},
        "pool": {"amount": "50000"},
    },
    "lower thresholds": {
        "eligibility": {"min_loss": "1", "min_ratio": "1/20"},
        "pool": {"amount": "70000"},
    },
    "bands": {"award": {"rule": BANDS, "floor": "7", "cap": "900"}, "pool": {"amount": "60000"}},
    "by loss": {"pool": {"amount": "70000", "weight": "loss"}},
    "all the same": {"pool": {"amount": "70000", "weight": "equal"}},
    "less what others paid": {"prior_compensation": "offset", "pool": {"amount": "70000"}},
    "nothing for the undecided": {"escrow": [], "pool": {"amount": "70000"}},
    "floors dropped": {
        "award": {"floor": "4000"},
        "pool": {"amount": "70000", "infeasible_floors": "drop_floor"},
    },
    "floors too high": {"award": {"floor": "4000"}, "pool": {"amount": "70000"}},
    "declined without a snapshot": {
        "snapshot": {"missing": "decline", "not_positive": "hold"},
        "pool": {"amount": "70000"},
    },
}


def policy(**changes):
    return policy_rules.parse(factories.policy_text(**changes))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crash")
    return crash.generate(folder=folder, accounts=ACCOUNTS, seed=3)


@pytest.fixture(scope="module")
def facts(evidence, tmp_path_factory):
    folder = tmp_path_factory.mktemp("facts") / "facts"
    assert gather_facts(policy=policy(), given=evidence, folder=folder).exit_code == 0
    return folder


def run(evidence, folder, made):
    return adjudicate(policy=made, given=evidence, out=folder / "decisions.parquet")


@pytest.mark.parametrize("name", POLICIES)
def test_a_simulation_says_what_a_run_decides(name, evidence, facts, tmp_path):
    made = policy(**POLICIES[name])
    found, summary = simulating.simulate(facts, made), run(evidence, tmp_path, made).summary
    if summary["exit_code"] == 3:
        bound = summary["infeasible"]
        assert (found.pool, found.award, found.tenths) == (None, 0, ())
        assert found.infeasible.code == bound["code"]
        assert write_money(found.infeasible.bound * made.unit) == bound["bound"]
        return
    totals, pool = summary["totals"], summary["pool"]
    assert (found.persons, found.decisions) == (summary["persons"], summary["decisions"])
    assert found.reasons == summary["reasons"]
    amounts = (found.demand, found.award, found.escrow)
    assert [write_money(units * made.unit) for units in amounts] == [
        totals[one] for one in ("demand", "award", "escrow")
    ]
    assert (found.level and write_fraction(found.level)) == pool["L"]
    assert write_money(found.pool.floors * made.unit) == pool["floors"]
    assert sum(tenth.total for tenth in found.tenths) == found.award
    assert [tenth.most for tenth in found.tenths] == sorted(tenth.most for tenth in found.tenths)


def test_who_gains_and_who_loses_is_the_difference_of_two_runs(evidence, facts, tmp_path):
    before, after = policy(**POLICIES["too little"]), policy(**POLICIES["lower thresholds"])
    awards = []
    for number, made in enumerate((before, after)):
        folder = tmp_path / str(number)
        folder.mkdir()
        run(evidence, folder, made)
        rows = pq.read_table(folder / "decisions.parquet").to_pylist()
        awards.append({row["person_id"]: (row["decision"], row["award"]) for row in rows})
    expected = {
        person: (*[one[0] for one in (was, awards[1][person])], was[1], awards[1][person][1])
        for person, was in awards[0].items()
        if was != awards[1][person]
    }
    rows = list(simulating.differences(facts, after, before=before))
    assert [row[0] for row in rows] == sorted(expected)
    for person, was, now, award_before, award_after, difference in rows:
        assert (was, now) == expected[person][:2]
        assert (award_before, award_after) == tuple(f"{x:.8f}" for x in expected[person][2:])
        change = expected[person][3] - expected[person][2]
        assert difference == f"{change:.8f}"
    _, compared = simulating.compare(facts, after, before=before)
    changes = [read_money(row[5]) // after.unit for row in rows]
    assert compared.gaining == sum(change > 0 for change in changes)
    assert compared.lost == -sum(change for change in changes if change < 0)
    assert compared.gained == sum(change for change in changes if change > 0)


def test_facts_of_another_window_do_not_serve(facts):
    other = policy(window={"start": "2025-10-10T00:00:00Z", "end": "2025-10-11T00:00:00Z"})
    with pytest.raises(OtherFacts, match="with another window"):
        simulating.simulate(facts, other)


def test_facts_do_not_serve_a_policy_without_a_class_that_incidents_had(facts):
    other = policy(coverage={"default_class": "market", "rates": {"market": "1"}})
    with pytest.raises(OtherFacts, match=r"coverage\.rates"):
        simulating.simulate(facts, other)


def test_evidence_that_cannot_be_used_gives_no_facts(tmp_path):
    files = factories.write(
        tmp_path / "in",
        fills=["f1,ann,liquidation,futures,BTC,2025-10-10T21:15:00Z,-5"],
        snapshot=[],
    )
    outcome = gather_facts(policy=policy(), given=files, folder=tmp_path / "facts")
    assert outcome.exit_code == 4
    assert json.dumps(outcome.summary["rejects"]["by_code"]) == '{"negative": 1}'
    assert [one.name for one in (tmp_path / "facts").iterdir()] == ["rejects.csv"]
