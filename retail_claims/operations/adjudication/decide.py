"""Deciding: the nine tests of every person, the reasons, and the decision they lead to."""

import duckdb

from retail_claims.operations.adjudication.people import losses
from retail_claims.rules import criteria
from retail_claims.rules.criteria import TESTS
from retail_claims.rules.policy import Policy
from retail_claims.rules.texts import write_fraction, write_money

# Facts and measures with what each test came to; NULL where it cannot be told.
TESTED = """
CREATE VIEW tested AS
SELECT f.*, m.* EXCLUDE (n, demand), m.demand AS asked, {loss} AS loss, {passed}
  FROM fact f JOIN measure m USING (n)
"""
# Data that was rejected outweighs all: who lost a row must not be declined for what it said.
DECIDED = """
CREATE TABLE decided AS
SELECT *, CASE WHEN declines THEN 0 ELSE asked END::DECIMAL(38, 8) AS demand,
       CASE WHEN NOT passed_data THEN 'hold' WHEN declines THEN 'decline'
            WHEN reviews THEN 'review' WHEN holds_back THEN 'hold' ELSE 'award' END AS decision
  FROM (SELECT *, {declines} AS declines, {reviews} AS reviews, {holds_back} AS holds_back
          FROM tested)
"""


def decide(db: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Test every person of ``fact`` and write the table ``decided``."""
    loss = " + ".join(losses(policy))
    passed = ", ".join(f"{one} AS passed_{test}" for test, one in _passed(policy, loss).items())
    db.execute(TESTED.format(loss=f"({loss})::DECIMAL(38, 8)", passed=passed))
    fates = criteria.fates(
        missing=policy["snapshot.missing"], not_positive=policy["snapshot.not_positive"]
    )
    failing = {
        fate: " OR ".join(f"passed_{test} IS FALSE" for test in TESTS if fates[test] == fate)
        or "false"
        for fate in ("decline", "review", "hold")
    }
    db.execute(
        DECIDED.format(
            declines=failing["decline"], reviews=failing["review"], holds_back=failing["hold"]
        )
    )
    db.execute("DROP VIEW tested; DROP TABLE measure; DROP TABLE fact")


def tests(policy: Policy) -> str:
    """Give the SQL of a decided person's nine tests, as a list in order."""
    measured = {
        "data": "hurt::VARCHAR",
        "exclusion": "exclusions",
        "min_loss": "loss::VARCHAR",
        "snapshot": "balances::VARCHAR",
        "net_assets": "net::VARCHAR",
        "min_ratio": "ratio_num || '/' || ratio_den",
        "demand": "raw",
        "prior": "prior::VARCHAR",
        "hold": "holds",
    }
    threshold = {
        "data": "'0'",
        "exclusion": "''",
        "min_loss": f"'{write_money(policy.min_loss)}'",
        "snapshot": "'1'",
        "net_assets": f"'{write_money(0)}'",
        "min_ratio": f"'{write_fraction(policy.min_ratio)}'",
        "demand": "'0/1'",
        "prior": {
            "exclude": f"'{write_money(0)}'",
            "offset": "first_demand::VARCHAR",
            "ignore": "''",
        }[policy["prior_compensation"]],
        "hold": "''",
    }
    parts = [
        f"{{'code': '{test}', 'measured': {measured[test]}, 'threshold': {threshold[test]},"
        f" 'passed': passed_{test}}}"
        for test in TESTS
    ]
    return f"[{', '.join(parts)}]"


def reasons() -> str:
    """Give the SQL of the tests that a decided person failed, in order."""
    failed = ", ".join(f"CASE WHEN passed_{test} IS FALSE THEN '{test}' END" for test in TESTS)
    return f"list_filter([{failed}], lambda one: one IS NOT NULL)"


def _passed(policy: Policy, loss: str) -> dict[str, str]:
    """Give the SQL of each test: true, false, or NULL where it cannot be told."""
    prior = {"exclude": "prior = 0", "offset": "m.demand > 0", "ignore": "true"}
    return {
        "data": "hurt = 0",
        "exclusion": "exclusions = ''",
        "min_loss": f"{loss} >= {write_money(policy.min_loss)}",
        "snapshot": "balances >= 1",
        "net_assets": "net > 0",
        "min_ratio": "is_ratio_enough",
        "demand": "first_demand > 0",
        "prior": prior[policy["prior_compensation"]],
        "hold": "holds = ''",
    }
