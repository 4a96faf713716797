"""Lines that pay nothing of ours: charges, interest, other business, and what only looks like us."""

from collections.abc import Sequence
from dataclasses import replace

from tests.treasury import noise_texts as texts
from tests.treasury.noise_kinds import FEES, Desk, Told, line
from tests.treasury.noise_orders import CENT
from tests.treasury.noise_truth import Order, Truth

KINDS = (
    ("charges", 20),
    ("interest", 10),
    ("other business", 20),
    ("refund", 8),
    ("money in", 8),
    ("reference of nobody", 14),
    ("reference of nobody, unnamed", 4),
    ("payee of ours", 10),
    ("return of nobody", 6),
)


def foreign(desk: Desk, near: Order, known: Sequence[str], free: str) -> Told:
    """
    Write a foreign line, of the day and often of the amount of an order.

    ``known`` are references of ours, one of which it may resemble; ``free`` is one of the same
    run that is nobody's.
    """
    chance = desk.chance
    kind = chance.choices([name for name, _ in KINDS], [share for _, share in KINDS])[0]
    amount = chance.choice((near.amount, chance.randint(100, 900_000) * CENT))
    stranger = Order(free, amount, f"A9{chance.randrange(10**7):07d}", "Ola Stranger", "", near.day)
    if chance.random() < 0.3:
        stranger = replace(stranger, reference=texts.slip(chance, chance.choice(known)))
        if stranger.reference in known:
            stranger = replace(stranger, reference=free)
    written = _written(desk, kind, stranger, near)
    return [(written, Truth(f"foreign: {kind}"))]


def _written(desk: Desk, kind: str, stranger: Order, near: Order):
    chance, paid = desk.chance, line(desk, stranger, -stranger.amount)
    code = chance.choice(("INV", "RWD", "CASE", "SAL"))
    reference = f"{code}-2025-{chance.randrange(10**6):06d}"
    unnamed = {"counterparty": "", "counterparty_account": ""}
    text = chance.choice(("ACCOUNT FEE", "MONTHLY CHARGES", "WIRE FEES OCT"))
    earned = chance.randint(1, 99_999) * CENT
    changes: dict[str, dict[str, object]] = {
        "charges": {"type": "fee", "amount": -chance.choice(FEES), "reference": text, **unnamed},
        "interest": {"type": "other", "amount": earned, "reference": "INTEREST", **unnamed},
        "other business": {"reference": reference},
        "refund": {"reference": reference, "details": "REFUND TO CUSTOMER"},
        "money in": {"type": "receipt", "amount": stranger.amount, "reference": reference},
        "reference of nobody": {},
        "reference of nobody, unnamed": unnamed,
        "payee of ours": {"reference": reference, "details": "REWARDS CAMPAIGN"},
        "return of nobody": {"type": "return", "amount": stranger.amount},
    }
    ours = line(desk, near, -stranger.amount)
    return replace(ours if kind == "payee of ours" else paid, **changes[kind])
