"""Transfers on a chain (R5): nothing before N confirmations, each reversal booked once."""

import random

import pytest
from django.db import DatabaseError, transaction

from tests.factories import NOW, approve, person
from tests.treasury.chain import SimulatedChain
from tests.treasury.files import balance, bank_batch, chain_batch, handed_over, prepared
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Entry
from together.ledger.queries import checks as books
from together.treasury.formats import chain_report
from together.treasury.models import ChainPolicy, ChainTransfer
from together.treasury.operations import confirmations, file_answers, settlements
from together.treasury.operations.confirmations import Followed, NotATransaction
from together.treasury.operations.file_answers import NotInTheFile
from together.treasury.operations.settlements import Seen
from together.treasury.queries import checks as treasury

N = 64


class Paying:
    """A list that was handed over, and the chain on which it is carried out."""

    def __init__(self, amounts):
        self.batch = chain_batch(amounts)
        self.file = handed_over(self.batch)
        self.account = self.batch.disbursement.account
        self.chain = SimulatedChain()
        self.contract = ChainPolicy.objects.get().contract
        self.rows = {row.reference: row for row in self.batch.instructions.order_by("reference")}

    def send(self, reference, *, nonce=None, **changes):
        row = self.rows[reference]
        sent = {
            "nonce": list(self.rows).index(reference) if nonce is None else nonce,
            "contract": self.contract,
            "sender": self.account.identifier,
            "to": row.payee,
            "amount": row.amount,
        }
        tx_hash = self.chain.send(**{**sent, **changes})
        self.name(reference, tx_hash)
        return tx_hash

    def name(self, reference, tx_hash):
        return confirmations.name_transactions(
            file=self.file, hashes=[(reference, tx_hash)], by=person("treasury_officer"), at=NOW
        )

    def follow(self):
        return confirmations.follow(account=self.account, chain=self.chain, at=NOW)

    def state(self, reference):
        return self.batch.instructions.get(reference=reference).state

    @property
    def cleared(self):
        return balance("clearing.out", self.batch.number)

    @property
    def allotted(self):
        return balance("allotment", self.batch.number)


@pytest.fixture
def paying(own_database):
    return Paying(["1.5", "2"])


def test_nothing_settles_before_its_confirmations(paying):
    paying.send("F-0000")
    for _ in range(N - 1):
        paying.chain.mine()
        assert paying.follow() == Followed(0, 0)
        assert paying.cleared == 0
    assert paying.state("F-0000") == "sending"
    paying.chain.mine()
    assert paying.follow() == Followed(1, 0)
    assert paying.state("F-0000") == "settled"
    assert (paying.cleared, paying.allotted) == (1_500_000, 2_000_000)
    assert paying.follow() == Followed(0, 0)


def test_the_database_refuses_a_settlement_before_its_confirmations(paying):
    paying.send("F-0000")
    paying.chain.mine(N - 1)
    paying.follow()
    with pytest.raises(DatabaseError, match="too few confirmations"), transaction.atomic():
        paying.batch.instructions.filter(reference="F-0000").update(state="settled")


def test_a_statement_settles_only_what_has_its_confirmations(paying):
    tx_hash = paying.send("F-0000")
    paying.chain.mine(N - 1)
    paying.follow()

    def on_statement():
        with transaction.atomic():
            return settlements.settle_from_statement([Seen("F-0000", NOW, tx_hash)], at=NOW)

    assert on_statement() == []
    ChainTransfer.objects.update(confirmations=N)
    assert on_statement() == ["F-0000"]
    assert paying.cleared == 1_500_000


def test_a_transfer_that_is_dropped_is_unknown_and_never_booked(paying):
    tx_hash = paying.send("F-0000")
    paying.chain.mine(3)
    paying.follow()
    paying.chain.reorganise(3)
    paying.chain.drop(tx_hash)
    paying.chain.mine(N + 1)
    assert paying.follow() == Followed(0, 0)
    assert paying.state("F-0000") == "unknown"
    assert (paying.cleared, paying.allotted) == (0, 3_500_000)


def test_a_transfer_that_is_replaced_settles_once_by_the_other(paying):
    first = paying.send("F-0000")
    second = paying.send("F-0000", fee=9)
    paying.chain.mine(only={second})
    paying.chain.mine(N)
    assert paying.follow() == Followed(1, 0)
    assert paying.batch.instructions.get(reference="F-0000").rail_reference == second
    assert paying.chain.transfer(first) is None
    assert paying.cleared == 1_500_000


def test_a_re_organised_transfer_is_reversed_once_and_settles_again(paying):
    tx_hash = paying.send("F-0000")
    paying.chain.mine(N)
    assert paying.follow() == Followed(1, 0)
    paying.chain.reorganise(N)
    for _ in range(3):
        paying.follow()
    assert paying.state("F-0000") == "unknown"
    assert (paying.cleared, paying.allotted) == (0, 3_500_000)
    assert Entry.objects.filter(kind="SETTLEMENT_UNDONE").count() == 1
    paying.chain.mine(N)
    assert paying.follow() == Followed(1, 0)
    assert paying.cleared == 1_500_000
    kinds = Entry.objects.filter(key__startswith="instruction:F-0000:").values_list(
        "kind", flat=True
    )
    assert sorted(kinds) == ["PAYMENT_SETTLED", "PAYMENT_SETTLED", "SETTLEMENT_UNDONE"]
    assert ChainTransfer.objects.get(tx_hash=tx_hash).undone == 1


def test_it_can_fall_out_twice(paying):
    paying.send("F-0000")
    for _ in range(2):
        paying.chain.mine(N)
        assert paying.follow() == Followed(1, 0)
        paying.chain.reorganise(N)
        assert paying.follow() == Followed(0, 1)
    assert Entry.objects.filter(kind="SETTLEMENT_UNDONE").count() == 2
    assert paying.cleared == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"amount": 1_400_000}, "amount"),
        ({"to": "0x" + "1" * 40}, "receiver"),
        ({"contract": "0x" + "2" * 40}, "contract"),
        ({"sender": "0x" + "3" * 40}, "sender"),
        ({"succeeded": False}, "failed"),
    ],
)
def test_a_transaction_that_is_not_the_payment_never_settles_it(paying, changes, says):
    paying.send("F-0000", **changes)
    paying.chain.mine(N + 1)
    assert paying.follow() == Followed(0, 0)
    assert says in ChainTransfer.objects.get().note
    assert paying.state("F-0000") == "sending"


def test_a_payment_that_stands_in_its_chain_is_not_rejected(paying):
    paying.send("F-0000")
    paying.chain.mine()
    paying.follow()
    with pytest.raises(NotPossibleNow, match="stands in its chain"):
        file_answers.reject(
            file=paying.file,
            references=["F-0000"],
            reason="x",
            by=person("treasury_officer"),
            at=NOW,
        )


def test_a_dropped_payment_is_paid_by_another_list_once_its_rejection_is_confirmed(paying):
    officer = person("treasury_officer")
    tx_hash = paying.send("F-0000")
    paying.chain.mine()
    paying.follow()
    paying.chain.reorganise(1)
    paying.chain.drop(tx_hash)
    paying.follow()
    asked = file_answers.reject(
        file=paying.file,
        references=["F-0000"],
        reason="Nonce 0 is spent by another transaction",
        by=officer,
        at=NOW,
    )
    approve(asked)
    assert file_answers.confirm_rejection(approval=asked, by=officer, at=NOW) == 1
    paying.file = handed_over(paying.batch)
    paying.send("F-0000", nonce=7)
    paying.chain.mine(N)
    assert paying.follow() == Followed(1, 0)
    assert paying.cleared == 1_500_000


def test_hashes_are_named_once_for_one_payment(paying):
    tx_hash = paying.send("F-0000")
    assert paying.name("F-0000", tx_hash.upper().replace("0X", "0x")) == 0
    with pytest.raises(NotATransaction, match="carries F-0000"):
        paying.name("F-0001", tx_hash)
    with pytest.raises(NotATransaction, match="no hash"):
        paying.name("F-0001", "0x12")
    with pytest.raises(NotInTheFile):
        paying.name("STRANGE", "0x" + "a" * 64)


def test_a_bank_file_has_no_transactions(own_database):
    file = handed_over(bank_batch(["1"]))
    with pytest.raises(NotInTheFile, match="no list"):
        confirmations.name_transactions(
            file=file,
            hashes=[("F-0000", "0x" + "a" * 64)],
            by=person("treasury_officer"),
            at=NOW,
        )


def test_a_list_that_was_not_handed_over_has_no_transactions(own_database):
    file = prepared(chain_batch(["1"]))
    with pytest.raises(NotInTheFile):
        confirmations.name_transactions(
            file=file,
            hashes=[("F-0000", "0x" + "a" * 64)],
            by=person("treasury_officer"),
            at=NOW,
        )


@pytest.mark.parametrize("seed", range(3))
def test_the_books_follow_a_chain_that_drops_replaces_and_re_organises(own_database, seed):
    """After each step: booked is exactly what has its confirmations now, never anything twice."""
    dice = random.Random(seed)
    with_owner_lowered = 3
    lower_confirmations(with_owner_lowered)
    paying = Paying([f"{n}.25" for n in range(1, 6)])
    for reference in paying.rows:
        paying.send(reference)
    for step in range(60):
        paying.chain.live(dice)
        if step % 7 == 0:
            # The signer sends again what waits, with the same nonce and a higher fee.
            reference = dice.choice(list(paying.rows))
            paying.send(reference, fee=step + 1)
        paying.follow()
        final = 0
        for reference, row in paying.rows.items():
            hashes = ChainTransfer.objects.filter(filed__instruction=row)
            seen = [paying.chain.transfer(one.tx_hash) for one in hashes]
            stands = [s for s in seen if s and s.confirmations >= with_owner_lowered]
            assert len(stands) <= 1
            final += row.amount if stands else 0
            assert (paying.state(reference) == "settled") == bool(stands)
        assert paying.cleared == final
        assert paying.allotted == sum(row.amount for row in paying.rows.values()) - final
    undone = Entry.objects.filter(kind="SETTLEMENT_UNDONE")
    assert undone.values("reverses").distinct().count() == undone.count()
    assert [one for one in (*books.checks(), *treasury.checks()) if not one.holds] == []


def lower_confirmations(to):
    """Let the policy ask for fewer, as the owner of the tables may."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE treasury_chainpolicy SET confirmations = %s", [to])


def test_a_report_of_a_node_settles_what_it_shows_and_must_name_everything(paying):
    first, second = paying.send("F-0000"), paying.send("F-0001")
    paying.chain.mine(N)
    seen = paying.chain.transfer(first)
    head = ",".join(chain_report.COLUMNS)
    row = (
        f"{first},yes,{seen.block_number},{seen.block_hash},{seen.confirmations},"
        f"{seen.booked_at.isoformat()},{seen.contract},{seen.sender},{seen.to},{seen.amount},yes"
    )

    def take(*rows):
        return confirmations.take_report(
            account=paying.account,
            data="\n".join((head, *rows)).encode(),
            by=person("treasury_officer"),
            at=NOW,
        )

    with pytest.raises(NotATransaction, match=f"nothing of {second}"):
        take(row)
    with pytest.raises(NotATransaction, match="refused"):
        take("x")
    assert take(row, f"{second},no{',' * 9}") == Followed(1, 0)
    assert (paying.state("F-0000"), paying.state("F-0001")) == ("settled", "sending")
