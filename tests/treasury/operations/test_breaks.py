"""Breaks: confirmed, declined, resolved and undone; the books follow, and nobody acts alone."""

from datetime import datetime

import pytest

from tests import factories
from tests.factories import NOW, funded_pool, payments, person, released
from tests.treasury.operations.test_statements import AT, balance, bring, line, statement, whole
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import NotApproved
from together.treasury.models import Instruction, Match, Proposal, Resolution, StatementLine
from together.treasury.operations import breaks, payouts
from together.treasury.operations.breaks import NoResolution
from together.treasury.operations.matching import match, policies, proposals, undoing
from together.treasury.operations.matching.policies import OutOfBounds
from together.treasury.operations.matching.proposals import DoesNotAddUp, NotOpen
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions
from together.treasury.queries.checks import checks


@pytest.fixture
def pool(own_database):
    rail().set_conditions(
        Conditions(latency=0, lateness=0.2, timeout_before=0, timeout_after=0, late=0, returned=0)
    )
    opened = funded_pool(amount="100")
    rail().set_clock(wallet=opened.main_account.identifier, at=datetime.fromisoformat(AT))
    released(opened, payments(["10", "20"]))
    payouts.work(batch="D-00001-0001", worker="w", rail=rail(), seconds=10)
    return opened


@pytest.fixture
def officer(pool):
    return person("treasury_officer")


def one_line(pool, *row):
    """Bring a statement of one line, and give the line."""
    bring(pool, statement(pool, line(*row), closing=row[2]))
    return StatementLine.objects.get(entry_id=row[0])


def agreed(kind):
    asked = Approval.objects.filter(kind=kind).latest("id")
    factories.approve(asked)
    return asked


def all_holds():
    return [check.name for check in checks() if not check.holds]


def state(entry):
    return StatementLine.objects.get(entry_id=entry).state


# Proposals.


def test_a_payment_to_somebody_else_is_proposed_and_confirmed_by_a_person(pool, officer):
    found = one_line(pool, "e1", "payment", "-10", "PAY-000001", "somebody")
    offer = Proposal.objects.get(line=found)
    assert offer.instruction.reference == "PAY-000001"
    assert "counterparty is another" in offer.reason
    proposals.confirm(proposal=offer, by=officer, at=NOW)
    assert state("e1") == "matched"
    part = Match.objects.get(line=found)
    assert (part.rule, part.confirmed_by, part.amount) == ("confirmed", officer, found.amount)
    assert AuditRecord.objects.filter(what="match.confirmed").exists()
    assert all_holds() == []
    with pytest.raises(NotOpen, match="e1"):
        proposals.confirm(proposal=offer, by=officer, at=NOW)


def test_what_is_of_another_amount_is_not_confirmed(pool, officer):
    found = one_line(pool, "e1", "payment", "-11", "PAY-000001")
    with pytest.raises(DoesNotAddUp, match=r"-11\.00 USDC, what is proposed is -10\.00"):
        proposals.confirm(proposal=Proposal.objects.get(line=found), by=officer, at=NOW)
    assert state("e1") == "break"


def test_what_was_declined_is_never_proposed_or_matched_again(pool, officer):
    found = one_line(pool, "e1", "payment", "-10", "PAY-000001", "somebody")
    proposals.decline(proposal=Proposal.objects.get(line=found), by=officer, at=NOW)
    match(account=pool.main_account, at=NOW)
    assert state("e1") == "break"
    assert list(Proposal.objects.values_list("declined_by__username", flat=True)) == [
        officer.username
    ]


def test_only_the_treasury_confirms(pool):
    found = one_line(pool, "e1", "payment", "-10", "PAY-000001", "somebody")
    with pytest.raises(Exception, match=r"treasury\.write"):
        proposals.confirm(
            proposal=Proposal.objects.get(line=found), by=person("loan_officer"), at=NOW
        )


# Undoing.


def test_a_match_is_undone_as_approved_and_never_made_again(pool, officer):
    bring(pool, whole(pool))
    paid = StatementLine.objects.get(reference="PAY-000002")
    before = {code: balance(code) for code in ("cash", "clearing.out")}
    with pytest.raises(NotApproved):
        undoing.undo(line=paid, reason="not it", by=officer, at=NOW)
    undoing.propose_undo(line=paid, reason="not it", by=officer, at=NOW)
    agreed("match.undo")
    with pytest.raises(NotApproved):
        undoing.undo(line=paid, reason="other words", by=officer, at=NOW)
    undoing.undo(line=paid, reason="not it", by=officer, at=NOW)
    assert state(paid.entry_id) == "break"
    assert balance("cash") == before["cash"] - paid.amount
    assert balance("clearing.out") == before["clearing.out"] + paid.amount
    assert all_holds() == []
    match(account=pool.main_account, at=NOW)
    assert state(paid.entry_id) == "break"
    with pytest.raises(undoing.NotMatched, match=paid.entry_id):
        undoing.propose_undo(line=paid, reason="again", by=officer, at=NOW)


def test_a_payment_is_not_undone_before_its_return(pool, officer):
    bring(pool, whole(pool))
    back = statement(
        pool, line("e4", "return", "20", "PAY-000002"), number=2, opening="70", closing="90"
    )
    bring(pool, back)
    paid = StatementLine.objects.get(reference="PAY-000002", amount__lt=0)
    with pytest.raises(undoing.IsReturned, match="line e4"):
        undoing.propose_undo(line=paid, reason="not it", by=officer, at=NOW)
    came = StatementLine.objects.get(entry_id="e4")
    undoing.propose_undo(line=came, reason="not it", by=officer, at=NOW)
    agreed("match.undo")
    undoing.undo(line=came, reason="not it", by=officer, at=NOW)
    assert Instruction.objects.get(reference="PAY-000002").state == "settled"
    assert state("e4") == "break"
    assert all_holds() == []


def test_a_receipt_that_is_not_ours_is_a_break_again(pool, officer):
    found = one_line(pool, "e1", "receipt", "5", "SOMETHING")
    assert found.is_receipt
    undoing.propose_undo(line=found, reason="not ours", by=officer, at=NOW)
    agreed("match.undo")
    undoing.undo(line=found, reason="not ours", by=officer, at=NOW)
    assert balance("receipts.unallocated") == 0
    match(account=pool.main_account, at=NOW)
    assert state("e1") == "break"


# Resolutions.


def test_charges_are_resolved_under_four_eyes(pool, officer):
    found = one_line(pool, "e1", "payment", "-1", "FEE")
    breaks.propose(line=found, kind="charge", reason="monthly", by=officer, at=NOW)
    waiting = Resolution.objects.get()
    with pytest.raises(NotApproved):
        breaks.book(resolution=waiting, by=officer, at=NOW)
    with pytest.raises(NoResolution, match="another resolution waits"):
        breaks.propose(line=found, kind="claim", reason="no", by=officer, at=NOW)
    agreed("break.resolution")
    breaks.book(resolution=waiting, by=officer, at=NOW)
    assert (state("e1"), balance("expense.charges")) == ("matched", 1_000_000)
    assert all_holds() == []


def test_a_payment_of_too_much_is_matched_and_the_rest_claimed_back(pool, officer):
    found = one_line(pool, "e1", "payment", "-11", "PAY-000001")
    breaks.propose(
        line=found,
        kind="claim",
        instruction=Instruction.objects.get(reference="PAY-000001"),
        reason="the exchange paid one too many",
        by=officer,
        at=NOW,
    )
    agreed("break.resolution")
    breaks.book(resolution=Resolution.objects.get(), by=officer, at=NOW)
    parts = list(Match.objects.filter(line=found).values_list("kind", "amount"))
    assert parts == [("payment", -10_000_000), ("resolution", -1_000_000)]
    assert balance("cash.claimed") == 1_000_000
    assert all_holds() == []


def test_a_resolution_is_undone_with_its_entry(pool, officer):
    found = one_line(pool, "e1", "payment", "-1", "FEE")
    breaks.propose(line=found, kind="charge", reason="monthly", by=officer, at=NOW)
    agreed("break.resolution")
    breaks.book(resolution=Resolution.objects.get(), by=officer, at=NOW)
    undoing.propose_undo(line=found, reason="not monthly", by=officer, at=NOW)
    agreed("match.undo")
    undoing.undo(line=found, reason="not monthly", by=officer, at=NOW)
    assert (state("e1"), balance("expense.charges")) == ("break", 0)


@pytest.mark.parametrize(
    ("kind", "amount", "why"),
    [
        ("claim", "1", "is for money that left"),
        ("claim_settled", "-1", "is for money that came in"),
        ("receipt", "-1", "is for money that came in"),
        ("gift", "-1", "is none of charge"),
    ],
)
def test_a_kind_that_does_not_fit_is_refused_by_name(pool, officer, kind, amount, why):
    type_ = "payment" if amount.startswith("-") else "return"
    found = one_line(pool, "e1", type_, amount, "UNKNOWN-1")
    with pytest.raises(NoResolution, match=f"line e1.*'{kind}' {why}"):
        breaks.propose(line=found, kind=kind, reason="r", by=officer, at=NOW)
    assert not Resolution.objects.exists()


def test_a_withdrawn_resolution_leaves_the_break(pool, officer):
    found = one_line(pool, "e1", "payment", "-1", "FEE")
    breaks.propose(line=found, kind="charge", reason="monthly", by=officer, at=NOW)
    breaks.withdraw(resolution=Resolution.objects.get(), by=officer, at=NOW)
    assert state("e1") == "break"
    agreed("break.resolution")
    with pytest.raises(Exception, match="withdrawn"):
        breaks.book(resolution=Resolution.objects.get(), by=officer, at=NOW)


def test_who_takes_a_break_on_stands_on_it_and_notes_are_kept(pool, officer):
    found = one_line(pool, "e1", "payment", "-1", "FEE")
    breaks.take_on(line=found, by=officer, at=NOW)
    breaks.note(line=found, text="asked the exchange", by=officer, at=NOW)
    found.refresh_from_db()
    assert found.owner == officer
    note = AuditRecord.objects.get(what="break.noted")
    assert (note.subject, note.details) == ("retail:e1", {"note": "asked the exchange"})


# Policies.


def test_a_fee_is_expected_once_somebody_else_agreed(pool, officer):
    found = one_line(pool, "e1", "payment", "-10.5", "PAY-000001")
    assert found.state == "break"
    asked = {"fees": [500_000], "charges_up_to": 0, "days": 10}
    policies.propose(account=pool.main_account, **asked, by=officer, at=NOW)
    with pytest.raises(NotApproved):
        policies.put_in_force(account=pool.main_account, by=officer, at=NOW)
    agreed("matching.policy")
    policies.put_in_force(account=pool.main_account, by=officer, at=NOW)
    match(account=pool.main_account, at=NOW)
    assert state("e1") == "matched"
    assert balance("expense.charges") == 500_000
    assert all_holds() == []


@pytest.mark.parametrize(
    ("field", "value"), [("fees", [-1]), ("fees", [0]), ("charges_up_to", -1), ("days", 61)]
)
def test_a_policy_out_of_bounds_is_refused_by_its_field(pool, officer, field, value):
    asked = {"fees": [], "charges_up_to": 0, "days": 10, field: value}
    with pytest.raises(OutOfBounds, match=field):
        policies.propose(account=pool.main_account, **asked, by=officer, at=NOW)
