"""R1 and R2: what was reported changes nothing again, and a damaged statement is always found."""

import random
from collections import Counter

import pytest

from tests.factories import NOW, person, pool
from tests.treasury.operations import chains
from tests.treasury.operations.chains import DAMAGES, FORMATS, LENGTH, UNSAID, Format
from together.ledger.models import Entry
from together.treasury.formats.parsed import Unreadable
from together.treasury.models import CashAccount, Statement, StatementFile, StatementLine
from together.treasury.operations import accounts, mappings, statements
from together.treasury.operations.statement_checks import DoesNotContinue

ALTERATIONS = 200
# What an account is opened with, by how its statements tell who keeps it.
KEPT = {
    "eip155:1": {"kind": "chain", "servicer": "1", "holder": ""},
    "CHASUS33": {"kind": "bank", "servicer": "CHASUS33", "holder": "Together Initiative"},
    "": {"kind": "bank", "servicer": "CHASUS33", "holder": "Together Initiative"},
}


def opened(chosen: Format) -> CashAccount:
    officer = person("treasury_officer")
    told = chosen.account
    return accounts.open_account(
        pool=pool(officer=officer),
        code="reported",
        asset=told["asset"],
        identifier=told["account"],
        **KEPT[told["servicer"]],
        by=officer,
        at=NOW,
    )


def bring(account, file, chosen, **told):
    mapping = account.mappings.first()
    if chosen.mapping and not mapping:
        by = person("treasury_officer")
        mapping = mappings.save(account=account, mapping=chosen.mapping, by=by, at=NOW)
    return statements.import_file(
        account=account, data=file.data, by=None, at=NOW, mapping=mapping, given=file.given, **told
    )


def counted():
    return (
        Statement.objects.count(),
        StatementLine.objects.count(),
        Entry.objects.count(),
    )


@pytest.mark.parametrize("chosen", FORMATS, ids=lambda chosen: chosen.name)
def test_every_alteration_is_detected_and_nothing_of_it_is_stored_or_posted(chosen, own_database):
    """Forty alterations in each of five formats: 200, each where its statement was expected."""
    account, chain = opened(chosen), chains.statements(chosen)
    drawn = random.Random(f"R2 {chosen.name}")
    possible = [one for one in DAMAGES if (chosen.name, one.__name__) not in UNSAID]
    plan = [(possible[n % len(possible)], 1 + n % (LENGTH - 2)) for n in range(40)]
    assert len(plan) * len(FORMATS) == ALTERATIONS
    bring(account, chosen.write(chain[0]), chosen)
    detected: Counter[str] = Counter()
    for at in range(1, LENGTH):
        for damage in [damage for damage, where in plan if where == at]:
            before = counted()
            damaged = damage(drawn, chosen, chain, at)
            assert damaged.data != chosen.write(chain[at]).data or damaged.given
            with pytest.raises((Unreadable, DoesNotContinue)):
                print(damage.__name__, at, bring(account, damaged, chosen).state)
            assert counted() == before, damage.__name__
            assert StatementFile.objects.order_by("id").last().faults, damage.__name__
            detected[damage.__name__] += 1
        assert bring(account, chosen.write(chain[at]), chosen).state == "booked"
    assert detected.total() == 40
    assert set(detected) == {one.__name__ for one in possible}


@pytest.mark.parametrize("chosen", FORMATS, ids=lambda chosen: chosen.name)
def test_a_chain_again_renamed_or_re_encoded_posts_nothing(chosen, own_database):
    account, chain = opened(chosen), chains.statements(chosen)[:3]
    for one in chain:
        assert bring(account, chosen.write(one), chosen).state == "booked"
    before = counted()
    for one in chain:
        file = chosen.write(one)
        assert bring(account, file, chosen, name="renamed.txt").state == "known"
        spelled = [file.data.replace(b"\n", b"\r\n")]
        if chosen.name == "camt.053":
            spelled.append(file.data.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16"))
        elif chosen.name == "chain transfers":
            spelled = [file.data.replace(b", ", b",\n  ") + b"\n"]
        else:
            spelled.append(b"\xef\xbb\xbf" + file.data)
        for data in spelled:
            again = bring(account, chains.File(data, file.given), chosen)
            assert again.state == "known", data[:60]
    assert counted() == before


def test_the_same_days_in_another_format_post_nothing(own_database):
    """camt.053 came in; MT940, a mapped CSV and files that overlap it are known or refused."""
    camt, mt940, mapped = FORMATS[:3]
    account, chain = opened(camt), chains.statements(camt)[:4]
    for one in chain[:3]:
        bring(account, camt.write(one), camt)
    before = counted()
    for chosen in (mt940, mapped):
        for one in chain[:3]:
            try:
                assert bring(account, chosen.write(one), chosen).state == "known"
            except (Unreadable, DoesNotContinue) as refusal:
                assert "already" in str(refusal) or "overlap" in str(refusal)
    assert counted() == before


def test_a_file_of_several_statements_is_stored_in_order_and_the_known_ones_are_passed_over(
    own_database,
):
    from tests.treasury.formats import writers

    camt = FORMATS[0]
    account, chain = opened(camt), chains.statements(camt)
    bring(account, camt.write(chain[0]), camt)
    turned = chains.File(writers.camt(*reversed(chain[:4])).encode())
    file = bring(account, turned, camt)
    assert file.statements_told == [1, 2, 3, 4]
    assert [one.number for one in file.statements.order_by("number")] == [2, 3, 4]
    gapped = chains.File(writers.camt(chain[4], chain[6]).encode())
    with pytest.raises(DoesNotContinue, match="expected is statement 6: 6 is missing"):
        bring(account, gapped, camt)
    assert Statement.objects.count() == 4


def test_an_edit_that_agrees_with_itself_is_found_by_the_next_statement(own_database):
    from dataclasses import replace

    camt = FORMATS[0]
    account, chain = opened(camt), chains.statements(camt)
    lines = [replace(chain[0].lines[0], amount="9999"), *chain[0].lines[1:]]
    moved = 9999 - float(chain[0].lines[0].amount)
    closing = f"{float(chain[0].closing) + moved:.2f}"
    bring(account, camt.write(replace(chain[0], lines=tuple(lines), closing=closing)), camt)
    with pytest.raises(DoesNotContinue, match="expected is an opening with"):
        bring(account, camt.write(chain[1]), camt)
