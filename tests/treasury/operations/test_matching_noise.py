"""
Matching of noisy statements: no false match, nearly all by itself, the rest with a reason (R3).

``make soak`` (LIFE=soak) does the same with a hundred thousand lines and prints how each kind of
noise fared, and what the breaks say.
"""

import os
import time
from contextlib import nullcontext

import pytest
from django.db.models import Count

from tests.factories import NOW
from tests.treasury import noise_books
from tests.treasury.noise import noisy
from tests.treasury.noise_orders import orders
from tests.treasury.noise_truth import judge
from together.ledger.models import Account
from together.treasury.models import Proposal, StatementLine
from together.treasury.operations import disbursements
from together.treasury.operations.matching import match

IS_SOAK = os.environ.get("LIFE") == "soak"
COUNT, BATCH = (102_000, 1000) if IS_SOAK else (3_000, 60)
CASES = [(1, False), (2, True), (3, True)] if not IS_SOAK else [(11, False), (12, True)]


def reasons_of_breaks():
    breaks = StatementLine.objects.filter(state="break").values_list("reason")
    return breaks.annotate(lines=Count("pk")).order_by("-lines", "reason")


@pytest.mark.parametrize(("seed", "is_bank"), CASES)
def test_no_match_is_false_and_what_is_left_has_a_reason(
    own_database, monkeypatch, capsys, seed, is_bank
):
    monkeypatch.setattr(disbursements, "BATCH_SIZE", BATCH)
    ordered = orders(seed=seed, count=COUNT, batch_size=BATCH)
    told = noisy(ordered, seed=seed, is_bank=is_bank)
    account = noise_books.paid(ordered, is_bank=is_bank)
    statement = noise_books.bring(account, [line for line, _ in told])
    began = time.perf_counter()
    match(account=account, at=NOW)
    seconds = time.perf_counter() - began
    match(account=account, at=NOW)  # on what is left the second look must not be a guess
    verdict = judge(told, noise_books.found())
    with capsys.disabled() if IS_SOAK else nullcontext():
        print(f"\n{seconds:.1f} s, {Proposal.objects.count():,} proposals; {verdict.shown()}")
        print("\n".join(f"  {lines:>6,} left: {reason}" for reason, lines in reasons_of_breaks()))
    assert verdict.false == []
    assert verdict.share >= 0.98
    assert not StatementLine.objects.filter(state="break", reason__in=["", "not matched yet"])
    matched = StatementLine.objects.filter(state="matched").values_list("amount", flat=True)
    assert Account.objects.get(chart_id="cash", subject=account.code).balance == sum(matched)
    assert statement.lines.count() == len(told) + 1
