"""Adjudication over files: cases worked out by hand, and what may never matter."""

import csv
import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from retail_claims.formats.inputs import NoSuchInput
from retail_claims.operations import crash
from retail_claims.operations.adjudication import adjudicate, proving
from retail_claims.rules import policy, proofs
from tests.retail_claims.factories import AT, assets, losses, policy_text, write


@pytest.fixture
def decide(tmp_path):
    """Adjudicate rows under changes of the small policy; give outcome, rows and rejects."""

    def run(given=None, *, rows=None, name="out", **changes):
        files = given or write(tmp_path / name, **rows)
        out, rejects = tmp_path / f"{name}.parquet", tmp_path / f"{name}-rejects.csv"
        outcome = adjudicate(
            policy=policy.parse(policy_text(**changes)), given=files, out=out, rejects=rejects
        )
        found = pq.read_table(out).to_pylist() if outcome.exit_code == 0 else []
        lines = rejects.read_text().splitlines() if rejects.exists() else []
        listed = [tuple(line) for line in csv.reader(lines[1:])]
        return outcome, {row["person_id"]: row for row in found}, listed

    return run


def awards(rows):
    return {name: f"{row['award']:.2f}" for name, row in rows.items() if row["award"]}


# Ann lost 80, Bob 120, on two accounts with a debt; Cat's loss is too small against her assets.
FILLS = [*losses(ann="80", bob1="70", bob2="50", cat="60")]
BALANCES = [*assets(ann="100", bob1="500", bob2="-300", cat="200.01")]
OWNERS = ["bob1,bob", "bob2,bob"]
ROWS = {"fills": FILLS, "snapshot": BALANCES, "accounts": OWNERS}


def test_persons_are_decided_by_all_their_accounts_together(decide):
    outcome, rows, _ = decide(rows=ROWS)
    assert outcome.summary["decisions"] == {"award": 2, "decline": 1, "review": 0, "hold": 0}
    assert awards(rows) == {"ann": "80.00", "bob": "120.00"}
    assert (rows["bob"]["ratio_num"], rows["bob"]["ratio_den"]) == ("3", "5")
    assert rows["cat"]["reasons"] == ["min_ratio"], "60 / 200.01 shows as 30.00 % and is less"
    assert outcome.summary["pool"]["unspent"] == "800.00000000"


def test_a_pool_that_is_too_small_is_shared_to_the_cent(decide):
    # 100 for 80 and 120: half of each; then 100.01, whose cent goes to one of two equal rests.
    _, rows, _ = decide(rows=ROWS, pool={"amount": "100"})
    assert awards(rows) == {"ann": "40.00", "bob": "60.00"}
    outcome, rows, _ = decide(rows=ROWS, pool={"amount": "100.01"})
    assert (
        sum(row["award"] for row in rows.values()) == 10001 / 100
        or sum(int(row["award"] * 100) for row in rows.values()) == 10_001
    )
    assert outcome.summary["pool"]["L"] == "10001/20000"
    assert awards(rows) == {"ann": "40.00", "bob": "60.01"}, "60.006 has the larger rest"


def test_debts_count_or_not_as_the_policy_says(decide):
    _, rows, _ = decide(rows=ROWS)
    assert f"{rows['bob']['net_assets']:.2f}" == "200.00"
    _, rows, _ = decide(
        rows=ROWS,
        snapshot={"at": "2025-10-09T23:59:00Z", "net_debts": False},
    )
    assert f"{rows['bob']['net_assets']:.2f}" == "500.00"
    assert rows["bob"]["reasons"] == ["min_ratio"]


def test_losses_of_a_fault_are_covered_at_their_own_rate(decide):
    outcome, rows, _ = decide(
        rows={**ROWS, "incidents": ["i1,BTCUSDT,2025-10-10T21:15:00Z,2025-10-10T21:16:00Z,fault"]},
        coverage={"default_class": "market", "rates": {"market": "0", "fault": "0.5"}},
    )
    assert awards(rows) == {"ann": "40.00", "bob": "60.00"}
    outcome, rows, _ = decide(
        rows={**ROWS, "incidents": ["i1,BTCUSDT,2025-10-10T21:14:00Z,2025-10-10T21:15:00Z,fault"]},
        coverage={"default_class": "market", "rates": {"market": "0", "fault": "0.5"}},
    )
    assert awards(rows) == {}, "the interval ended at the moment of the loss"
    assert outcome.summary["reasons"]["demand"] == 3


def test_flags_count_while_they_have_not_expired(decide):
    flags = {
        "exclusions": ["person,ann,employee,2025-10-14T12:00:00Z", "account,bob2,sanctions,"],
        "holds": ["person,ann,kyc_pending,2025-10-14T12:00:00.000001Z"],
    }
    outcome, rows, _ = decide(rows={**ROWS, **flags})
    assert (rows["ann"]["decision"], f"{rows['ann']['escrow']:.2f}") == ("hold", "80.00")
    assert (rows["bob"]["decision"], rows["bob"]["reasons"]) == ("decline", ["exclusion"])
    assert outcome.summary["exclusion_codes"]["sanctions"] == 1
    assert outcome.summary["exclusion_codes"]["employee"] == 0


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("exclude", {"bob": "120.00"}), ("offset", {"ann": "69.99", "bob": "120.00"})],
)
def test_compensation_from_elsewhere_excludes_or_is_taken_off_rounded_up(decide, mode, expected):
    rows = {**ROWS, "prior": ["p1,account,ann,10.001"]}
    assert awards(decide(rows=rows, prior_compensation=mode)[1]) == expected


def test_a_supplemental_run_never_takes_back_and_pays_the_rest(decide):
    rows = {**ROWS, "paid": ["r1,person,ann,90", "r2,person,zoe,10"]}
    outcome, found, _ = decide(rows=rows, pool={"amount": "200"})
    assert awards(found) == {"ann": "90.00", "bob": "100.00"}
    assert f"{found['ann']['payable']:.2f}" == "0.00"
    assert outcome.summary["pool"]["sunk"] == "10.00000000"
    outcome, _, _ = decide(rows=rows, pool={"amount": "99.99"})
    assert outcome.summary["infeasible"]["code"] == "paid_exceeds_pool"


def test_the_pool_may_be_the_floors_and_not_a_cent_less(decide):
    award = {"floor": "50"}
    outcome, rows, _ = decide(rows=ROWS, award=award, pool={"amount": "100"})
    assert (awards(rows), outcome.summary["pool"]["L"]) == ({"ann": "50.00", "bob": "50.00"}, "0/1")
    outcome, rows, _ = decide(rows=ROWS, award=award, pool={"amount": "99.99"})
    assert outcome.exit_code == 3
    assert outcome.summary["infeasible"]["shortfall"] == "0.01000000"
    outcome, rows, _ = decide(
        rows=ROWS, award=award, pool={"amount": "99.99", "infeasible_floors": "drop_floor"}
    )
    assert outcome.summary["pool"]["floors_dropped"] is True
    assert sum(int(row["award"] * 100) for row in rows.values()) == 9999


def test_the_founding_floors_are_refused_with_the_bound_when_the_crash_is_large(tmp_path, decide):
    files = crash.generate(folder=tmp_path / "crash", accounts=2000, seed=3)
    seed = {"preset": "seed", "award": {"floor": "4000"}}
    outcome, _, _ = decide(files, **seed, pool={"amount": "300000"})
    assert outcome.summary["status"] == "infeasible"
    assert outcome.summary["infeasible"]["code"] == "floors_exceed_pool"
    outcome, rows, _ = decide(files, **seed, pool={"amount": "300000000"})
    assert outcome.exit_code == 0
    assert all(4000 <= row["award"] <= 6000 for row in rows.values() if row["award"])


def test_order_parts_and_format_of_the_evidence_change_nothing(tmp_path, decide):
    plain, rows, _ = decide(rows=ROWS, pool={"amount": "100.01"})
    parts = tmp_path / "parts"
    for n, line in enumerate(reversed(FILLS)):
        write(parts / str(n), fills=[line])["fills"].rename(parts / f"fills-{n}.csv")
        (parts / str(n)).rmdir()
    other = write(tmp_path / "other", snapshot=BALANCES[::-1], accounts=OWNERS[::-1])
    again, same, _ = decide({**other, "fills": parts}, name="again", pool={"amount": "100.01"})
    assert same == rows
    for digest in ("results_digest", "merkle_root", "policy_digest"):
        assert again.summary[digest] == plain.summary[digest]
    assert again.summary["run_digest"] != plain.summary["run_digest"], "other files"


def test_a_declined_stranger_moves_nobody(decide):
    _, rows, _ = decide(rows=ROWS, pool={"amount": "100"})
    more = {**ROWS, "fills": [*FILLS, *losses(zoe="49.99")]}
    _, others, _ = decide(rows=more, pool={"amount": "100"}, name="more")
    assert others.pop("zoe")["decision"] == "decline"
    assert {name: row["award"] for name, row in others.items()} == {
        name: row["award"] for name, row in rows.items()
    }


def test_the_same_row_twice_counts_once_and_a_conflict_not_at_all(decide):
    twice = {**ROWS, "fills": [*FILLS, FILLS[0].replace(",80", ",80.00")]}
    outcome, rows, _ = decide(rows=twice)
    assert outcome.summary["inputs"]["fills"]["duplicates"] == 1
    assert awards(rows)["ann"] == "80.00"
    conflict = {**ROWS, "fills": [*FILLS, FILLS[0].replace(",80", ",81")]}
    outcome, _, rejects = decide(rows=conflict)
    assert outcome.exit_code == 4
    assert sorted(rejects) == [
        ("fills.csv", "1", "fill_id", "conflicting_duplicate", "f-ann"),
        ("fills.csv", "5", "fill_id", "conflicting_duplicate", "f-ann"),
    ]


def test_rejected_rows_are_tolerated_up_to_the_limit_and_hold_their_persons(decide):
    bad = {**ROWS, "fills": [*FILLS, f"x,ann,liquidation,futures,BTCUSDT,{AT},nan"]}
    outcome, rows, _ = decide(rows=bad, data={"max_rejected_rows": 1})
    assert (rows["ann"]["decision"], rows["ann"]["reasons"]) == ("hold", ["data"])
    assert awards(rows) == {"bob": "120.00"}
    outcome, _, rejects = decide(rows=bad, name="strict")
    assert outcome.exit_code == 4
    assert rejects == [("fills.csv", "5", "loss", "bad_number", "nan")]


@pytest.mark.parametrize(
    ("role", "line", "rejects"),
    [
        (
            "fills",
            "f,a b,crash,futures,X,2025-10-10,-1",
            "bad_id unknown_value bad_timestamp negative",
        ),
        ("fills", f",a,liquidation,futures,X,{AT},", "missing_value missing_value"),
        ("fills", "f,a,liquidation,futures,X,2025-10-14T12:00:00.000001Z,1", "future_timestamp"),
        ("fills", "f,a,liquidation,futures", "bad_row"),
        ("snapshot", f"a,spot,USDT,{AT},1e5", "bad_number"),
        ("accounts", "a,=b", "bad_id"),
        ("incidents", f"i,*,{AT},{AT},market", "bad_interval"),
        ("incidents", f"i,**,{AT},{AT},Market", "bad_id unknown_class"),
        ("exclusions", "group,a,rumour,soon", "unknown_value unknown_code bad_timestamp"),
        ("holds", "person,a,employee,", "unknown_code"),
        ("prior", "p,person,a,-0.01", "negative"),
        ("paid", "p,person,a,0.001", "bad_amount"),
    ],
)
def test_every_bad_cell_gets_its_line(decide, role, line, rejects):
    outcome, _, found = decide(rows={**ROWS, role: [*ROWS.get(role, []), line]})
    assert outcome.exit_code == 4
    assert sorted(code for *_, code, _ in found) == sorted(rejects.split())
    assert {(file, row) for file, row, *_ in found} == {
        (f"{role}.csv", str(len(ROWS.get(role, [])) + 1))
    }
    assert outcome.summary["rejects"]["rows"] == 1


def test_a_failed_run_leaves_an_old_file_as_it_was(tmp_path, decide):
    (tmp_path / "out.parquet").write_bytes(b"old")
    before = sorted(path.name for path in tmp_path.iterdir())
    outcome, _, _ = decide(rows=ROWS, award={"floor": "600"}, pool={"amount": "1000"})
    assert outcome.exit_code == 3
    assert (tmp_path / "out.parquet").read_bytes() == b"old"
    after = sorted(path.name for path in tmp_path.iterdir() if path.name != "out")
    assert after == before, "nothing else stays"


def test_an_input_that_is_not_there_is_refused(tmp_path, decide):
    files = write(tmp_path / "in", **ROWS)
    with pytest.raises(NoSuchInput, match="nowhere"):
        decide({**files, "holds": tmp_path / "nowhere.csv"})


def test_evidence_without_any_liquidation_gives_a_run_of_nobody(decide):
    outcome, rows, _ = decide(rows={"fills": [], "snapshot": []})
    assert (outcome.exit_code, rows, outcome.summary["tree_size"]) == (0, {}, 0)


@pytest.mark.parametrize("person_id", ["ann", "bob", "cat"])
def test_everybody_can_prove_what_was_decided(tmp_path, decide, person_id):
    outcome, rows, _ = decide(rows=ROWS, pool={"amount": "100.01"})
    proof = proving.prove(
        policy=policy.parse(policy_text(pool={"amount": "100.01"})),
        decisions=tmp_path / "out.parquet",
        summary=outcome.summary,
        person_id=person_id,
    )
    read = proofs.read(json.dumps(proof).encode())
    proved = proofs.verify(read, outcome.summary["merkle_root"])
    assert proved.decision == rows[person_id]["decision"]


@pytest.mark.parametrize("forged", ["other", "negative", "empty"])
def test_decisions_that_were_changed_are_not_proved(tmp_path, decide, forged):
    outcome, _, _ = decide(rows=ROWS)
    table = pq.read_table(tmp_path / "out.parquet")
    place = table.column_names.index("award")
    award = table["award"]
    columns = {
        "other": table["net_assets"],
        "negative": pc.negate(award),
        "empty": pa.nulls(len(award), award.type),
    }
    field = pa.field("award", award.type)
    changed = table.set_column(place, field, columns[forged])
    pq.write_table(changed, tmp_path / "forged.parquet")
    with pytest.raises(proving.NotTheseDecisions):
        proving.prove(
            policy=policy.parse(policy_text()),
            decisions=tmp_path / "forged.parquet",
            summary=outcome.summary,
            person_id="ann",
        )
