"""
P10: matching a noisy statement of 100,000 lines, beside a merge script in pandas.

Both begin with the statement stored and its payments paid, in copies of one database. Ours is the
whole operation: lines are read, matched, explained or proposed, booked in the ledger, proved and
committed, with every guard on. The script reads the same lines and payments, merges them in memory
and copies what it matched into a table without a guard; it books, explains and proposes nothing.
What each matched is then judged by the truth that the noise was written with.
"""

import importlib
from unittest import mock

from tests.benchmarks.measuring import Line, in_turn, measured
from tests.benchmarks.private import Private, prepare, private_database

DATABASE, OURS, THEIRS = "matching", "matching_ours", "matching_script"
ACCOUNT, SEED = "retail-bank", 21
COUNT, BATCH, SMALL = 102_000, 1_000, 5_100


def told(count: int):
    """Write the payments, and the noisy lines of a bank with what they really are."""
    from tests.treasury.noise import noisy
    from tests.treasury.noise_orders import orders

    ordered = orders(seed=SEED, count=count, batch_size=_batch_size(count))
    return ordered, noisy(ordered, seed=SEED, is_bank=True)


def _batch_size(count: int) -> int:
    return min(BATCH, count // 50)


def fill(count: int) -> None:
    """Pay the payments, and store the statement; nothing is matched yet."""
    from django.db import connections

    from tests.benchmarks import merge_script
    from tests.treasury import noise_books
    from together.treasury.operations import disbursements

    prepare()
    ordered, lines = told(count)
    with mock.patch.object(disbursements, "BATCH_SIZE", _batch_size(count)):
        account = noise_books.paid(ordered, is_bank=True)
    with connections["owner"].cursor() as owner:
        owner.execute(merge_script.TABLE + "ANALYZE")
    noise_books.bring(account, [line for line, _ in lines])
    connections.close_all()


def ours() -> None:
    """Match the lines by our operation."""
    from tests.factories import NOW
    from together.treasury.models import CashAccount
    from together.treasury.operations.matching import match

    match(account=CashAccount.objects.get(code=ACCOUNT), at=NOW)


def by_script(private: Private) -> None:
    """Match the lines by the script, which knows the fees of the contract as we do."""
    from tests.benchmarks import merge_script
    from tests.treasury.noise_kinds import FEES

    url = private.server.url("together_app", THEIRS)
    merge_script.reconcile(url, ACCOUNT, list(FEES))


def fresh(private: Private, name: str) -> None:
    """Copy the database as it was filled, and load what is measured, so that neither is counted."""
    importlib.import_module("tests.benchmarks.merge_script")
    importlib.import_module("together.treasury.operations.matching")
    private.copy(name)


def judged(private: Private, count: int) -> str:
    """Say what share each matched by itself, and how often it was wrong."""
    from tests.benchmarks import merge_script
    from tests.treasury import noise_books
    from tests.treasury.noise_truth import judge

    _, lines = told(count)
    verdicts = []
    for name, query in ((OURS, noise_books.FOUND), (THEIRS, merge_script.FOUND)):
        private.use(name)
        verdicts.append(judge(lines, noise_books.found(query)))
    mine, script = verdicts
    assert not mine.false, mine.false
    return (
        f"{mine.lines:,} lines: {mine.share:.2%}, {len(mine.false)} false"
        f" (script {script.share:.2%}, {len(script.false)} false)"
    )


def lines(*, is_small: bool) -> list[Line]:
    """Measure the matching of one statement by ours and by the script."""
    count, repeats = (SMALL, 1) if is_small else (COUNT, 3)
    with private_database(DATABASE) as private:
        measured(lambda: fill(count), repeats=1)
        mine, script = in_turn(
            (ours, lambda: fresh(private, OURS)),
            (lambda: by_script(private), lambda: fresh(private, THEIRS)),
            repeats=repeats,
        )
        size = judged(private, count)
        private.use(DATABASE)
        private.drop(OURS, THEIRS)
    return [Line("P10 matching", size, mine, ("pandas script", script))]
