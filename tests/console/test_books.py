"""The console's pages over the books: the filter of entries knows every kind that is posted."""

import ast
from pathlib import Path

import pytest
from django.urls import reverse

from tests.console import factories as seen
from tests.console.factories import signed_in, signing_in
from together.console.admin.books import KINDS
from together.ledger.models import Entry

APPS = ("together/treasury", "retail_claims", "loans")
POSTERS = {"Posting", "Bringing", "_of_line", "post", "bring"}


def _kinds_of(call: ast.Call) -> set[str]:
    """Give the kinds of entry that a call posts, where they are written out."""
    given = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "kind")]
    texts = {n.value for value in given for n in ast.walk(value) if isinstance(n, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and text.isupper() and text[-1] != "_"}


def _posted() -> set[str]:
    root, found = Path(__file__).resolve().parents[2], set()
    for app in APPS:
        for file in (root / app).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                name = getattr(node, "func", None)
                called = getattr(name, "id", getattr(name, "attr", ""))
                if isinstance(node, ast.Call) and called in POSTERS:
                    found |= _kinds_of(node)
    return found


def test_the_filter_lists_every_kind_that_the_code_posts_and_no_other():
    adjusted = {kind for kind in KINDS if kind.startswith("LOAN_")}
    posted = _posted()
    assert {"POOL_FUNDED", "BREAK_RESOLVED", "LOAN_INTEREST", "LOAN_RECEIPT"} <= posted
    assert posted - set(KINDS) == set()
    assert set(KINDS) - posted - adjusted == set()
    assert len(set(KINDS)) == len(KINDS)


@pytest.mark.django_db
def test_entries_are_filtered_by_kind():
    seen.treasury_at_work(2)
    client = signed_in(signing_in("auditor"))
    address = reverse("admin:ledger_entry_changelist")
    page = client.get(address, {"kind": "BATCH_FUNDED"}).content.decode()
    assert f"{reverse('admin:ledger_entry_change', args=[_entry('BATCH_FUNDED')])}" in page
    assert f"{reverse('admin:ledger_entry_change', args=[_entry('POOL_FUNDED')])}" not in page
    assert "Payments on statement" in page


def _entry(kind: str) -> int:
    return Entry.objects.filter(kind=kind).values_list("pk", flat=True)[0]
