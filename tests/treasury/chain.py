"""A small chain that drops, replaces and re-organises: what transfers are tested against."""

import hashlib
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from together.treasury.formats.chain_report import OnChain

GENESIS = datetime(2025, 10, 14, 12, tzinfo=UTC)


@dataclass
class Transaction:
    """One signed transaction, by its hash; ``nonce`` decides which of two can be in the chain."""

    tx_hash: str
    nonce: int
    contract: str
    sender: str
    to: str
    amount: int
    succeeded: bool = True


@dataclass
class SimulatedChain:
    """
    Blocks and a pool of waiting transactions.

    Of transactions with one nonce only one is ever in the chain. ``asked`` counts questions.
    """

    blocks: list[list[Transaction]] = field(default_factory=lambda: [[]])
    waiting: list[Transaction] = field(default_factory=list)
    forks: int = 0
    asked: int = 0

    def send(self, *, nonce, contract, sender, to, amount, fee=0, succeeded=True) -> str:
        """Sign and send a transfer; give its hash."""
        text = f"{nonce}|{contract}|{sender}|{to}|{amount}|{fee}|{succeeded}"
        tx_hash = "0x" + hashlib.sha256(text.encode()).hexdigest()
        self.waiting.append(
            Transaction(tx_hash, nonce, contract, sender, to, amount, succeeded=succeeded)
        )
        return tx_hash

    def mine(self, blocks: int = 1, *, only: set[str] | None = None) -> None:
        """Add blocks; the first takes what waits, or only some of it."""
        for _ in range(blocks):
            used = {one.nonce for block in self.blocks for one in block}
            taken: list[Transaction] = []
            for one in list(self.waiting):
                if one.nonce in used:
                    self.waiting.remove(one)  # Replaced: its nonce is taken.
                elif only is None or one.tx_hash in only:
                    used.add(one.nonce)
                    taken.append(one)
                    self.waiting.remove(one)
            self.blocks.append(taken)

    def drop(self, tx_hash: str) -> None:
        """Forget a waiting transaction."""
        self.waiting = [one for one in self.waiting if one.tx_hash != tx_hash]

    def reorganise(self, depth: int) -> list[str]:
        """Take the last blocks away; their transactions wait again. Give their hashes."""
        gone = [one for block in self.blocks[-depth:] for one in block]
        del self.blocks[-depth:]
        self.waiting = gone + self.waiting
        self.forks += 1
        return [one.tx_hash for one in gone]

    def live(self, dice: random.Random) -> None:
        """Let something happen by chance."""
        chance = dice.random()
        if chance < 0.1 and self.waiting:
            self.drop(dice.choice(self.waiting).tx_hash)
        elif chance < 0.25 and len(self.blocks) > 4:
            self.reorganise(dice.randint(1, 4))
            self.mine()
        else:
            self.mine(dice.randint(1, 2))

    # --- what the treasury asks -----------------------------------------------------------------
    def transfer(self, tx_hash: str) -> OnChain | None:
        """Give a transaction as it stands in a block now."""
        self.asked += 1
        for number, block in enumerate(self.blocks):
            for one in block:
                if one.tx_hash == tx_hash:
                    return OnChain(
                        block_number=number,
                        block_hash="0x"
                        + hashlib.sha256(f"{number}:{self.forks}".encode()).hexdigest(),
                        confirmations=len(self.blocks) - number,
                        booked_at=GENESIS + timedelta(seconds=12 * number),
                        contract=one.contract,
                        sender=one.sender,
                        to=one.to,
                        amount=one.amount,
                        succeeded=one.succeeded,
                    )
        return None
