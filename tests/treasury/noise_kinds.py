"""The kinds of noise: for one payment, or several, the lines that a servicer makes of them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from tests.treasury import noise_texts as texts
from tests.treasury.noise_orders import CENT
from tests.treasury.noise_truth import NoisyLine, Order, Truth

Told = list[tuple[NoisyLine, Truth]]
# What servicers keep, in cents: withdrawals on chains, wires, transfers between banks.
FEES = tuple(cents * CENT for cents in (10, 25, 50, 100, 250, 500, 1500, 2500))
REVERSED = ("REVERSAL OF BOOKING", "STORNO", "CORRECTION OF ENTRY", "RVSL")
REFUSED = ("AC04 CLOSED ACCOUNT", "AC01 INCORRECT ACCOUNT", "MD07 DECEASED", "MS03", "RETURNED")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who writes: the chance of the day, and whether a bank or a wallet keeps the account."""

    chance: random.Random
    is_bank: bool


def line(desk: Desk, order: Order, amount: int, *, after: int = 0, **changes: object) -> NoisyLine:
    """Write a line about an order as its servicer does when nothing goes wrong."""
    chance, day = desk.chance, order.day + timedelta(days=after)
    moment = time(0) if desk.is_bank else time(chance.randrange(24), chance.randrange(60))
    written = NoisyLine(
        entry_id="",
        booked_at=datetime.combine(day, moment, UTC),
        type="payment" if amount < 0 else "return",
        amount=amount,
        reference=order.reference,
        counterparty=order.name if desk.is_bank else order.payee,
        counterparty_account=order.payee if desk.is_bank else "",
        details="TOGETHER PAYOUT" if desk.is_bank and chance.random() < 0.5 else "",
        value_on=day,
    )
    return replace(written, **changes)  # type: ignore[arg-type]


def _whole(kind: str, order: Order, fee: int = 0) -> Truth:
    return Truth(kind, ((order.reference, order.amount),), fee)


def soon(desk: Desk) -> int:
    """Give the days until a line is booked: most on the day, some the next."""
    return desk.chance.choices((0, 1), (85, 15))[0]


def clean(desk: Desk, order: Order) -> Told:
    """Nothing goes wrong."""
    return [(line(desk, order, -order.amount, after=soon(desk)), _whole("clean", order))]


def spoilt(kind: str, spoil: Callable[[random.Random, str], str]) -> Callable[[Desk, Order], Told]:
    """Give the kind whose reference is spoilt in one way."""

    def write(desk: Desk, order: Order) -> Told:
        reference = spoil(desk.chance, order.reference)
        written = line(desk, order, -order.amount, after=soon(desk), reference=reference)
        return [(written, _whole(kind, order))]

    return write


def elsewhere(desk: Desk, order: Order) -> Told:
    """The reference stands in the remittance, among words; the field for it says nothing."""
    words = desk.chance.choice(
        ("PAYOUT {} THANK YOU", "SVWZ+{} TOGETHER", "INV {}", "{}", "/RFB/{}")
    )
    reference = desk.chance.choice(texts.NONE_TOLD)
    written = line(desk, order, -order.amount, after=soon(desk), reference=reference)
    written = replace(written, details=words.format(order.reference))
    return [(written, _whole("in the remittance", order))]


def none_told(desk: Desk, order: Order) -> Told:
    """No reference is told at all."""
    reference = desk.chance.choice(texts.NONE_TOLD)
    written = line(desk, order, -order.amount, after=soon(desk), reference=reference)
    return [(written, _whole("no reference", order))]


def split(desk: Desk, order: Order) -> Told:
    """One payment leaves in two to four lines over some days."""
    chance = desk.chance
    wanted = min(chance.choices((2, 3, 4), (70, 20, 10))[0], order.amount // CENT)
    marks = sorted(chance.sample(range(1, order.amount // CENT), wanted - 1))
    if chance.random() < 0.4:  # in equal parts, as limits a transfer make it
        marks = [order.amount // CENT * n // wanted for n in range(1, wanted)]
    edges = [0, *(mark * CENT for mark in marks), order.amount]
    told, after = [], 0
    for n in range(wanted):
        part = edges[n + 1] - edges[n]
        reference = f"{order.reference}/{n + 1}" if chance.random() < 0.15 else order.reference
        written = line(desk, order, -part, after=after, reference=reference)
        told.append((written, Truth("split", ((order.reference, part),))))
        after += chance.choice((0, 0, 1, 2))
    return told


def _fee(desk: Desk, amount: int) -> int:
    """Draw a fee that is not out of all proportion to the amount."""
    return desk.chance.choice([fee for fee in FEES if fee * 4 <= amount] or FEES[:1])


def fee_added(desk: Desk, order: Order) -> Told:
    """The servicer adds its fee to the payment, and says so or not."""
    fee = _fee(desk, order.amount)
    written = line(desk, order, -order.amount - fee, after=soon(desk))
    if desk.chance.random() < 0.5:
        written = replace(written, details=f"INCL CHGS {fee / CENT / 100:.2f}")
    return [(written, _whole("fee added", order, fee))]


def fee_netted(desk: Desk, order: Order) -> Told:
    """The servicer takes its fee out of the payment and books it beside; both make the order."""
    fee, after = _fee(desk, order.amount), soon(desk)
    paid = line(desk, order, fee - order.amount, after=after)
    kept = line(desk, order, -fee, after=after, type="fee", details="TRANSFER FEE")
    return [
        (paid, Truth("fee netted", ((order.reference, order.amount - fee),))),
        (kept, Truth("fee netted", ((order.reference, fee),))),
    ]


def fee_apart(desk: Desk, order: Order) -> Told:
    """The fee is a line of its own under the same reference; it pays nothing of the order."""
    fee, after = _fee(desk, order.amount), soon(desk)
    charged = line(desk, order, -fee, after=after, type="fee", details="FEE")
    if desk.chance.random() < 0.5:
        charged = replace(charged, reference=f"FEE {order.reference}", counterparty="")
    paid = line(desk, order, -order.amount, after=after)
    return [(paid, _whole("fee apart", order)), (charged, Truth("fee apart: the fee"))]


def late(desk: Desk, order: Order) -> Told:
    """The line is booked two to six days later, or a day before the rail said so."""
    after = desk.chance.choices((-1, 2, 3, 4, 5, 6), (10, 30, 25, 15, 10, 10))[0]
    return [(line(desk, order, -order.amount, after=after), _whole("late", order))]


def unnamed(desk: Desk, order: Order) -> Told:
    """The counterparty is missing."""
    changes = {"counterparty": "", "counterparty_account": "", "after": soon(desk)}
    return [(line(desk, order, -order.amount, **changes), _whole("payee missing", order))]


def misnamed(desk: Desk, order: Order) -> Told:
    """The counterparty is spelt in another way, or cut."""
    written = respelt(desk, line(desk, order, -order.amount, after=soon(desk)), order)
    return [(written, _whole("payee respelt", order))]


def respelt(desk: Desk, written: NoisyLine, order: Order) -> NoisyLine:
    """Spell who is named on a line in another way."""
    chance = desk.chance
    if not desk.is_bank:
        return replace(written, counterparty=texts.account_respelled(chance, order.payee))
    account = texts.account_respelled(chance, order.payee) if chance.random() < 0.4 else ""
    return replace(
        written,
        counterparty=texts.respelled(chance, order.name),
        counterparty_account=account,
    )


def returned(desk: Desk, order: Order) -> Told:
    """A payment comes back some days later, whole or less a fee."""
    chance, fee = desk.chance, 0
    if chance.random() < 0.2:
        fee = _fee(desk, order.amount)
    after = chance.randint(1, 6)
    back = line(desk, order, order.amount - fee, after=after, details=chance.choice(REFUSED))
    if chance.random() < 0.2:
        back = replace(back, reference=f"{chance.choice(('RTN ', 'RETURN '))}{order.reference}")
    kind = "return less a fee" if fee else "return"
    returns = Truth(kind, ((order.reference, -order.amount),), fee)
    return [(line(desk, order, -order.amount), _whole("returned later", order)), (back, returns)]


def duplicate(desk: Desk, order: Order) -> Told:
    """A payment leaves twice; sometimes the second one comes back."""
    once, again = (
        line(desk, order, -order.amount),
        line(desk, order, -order.amount, after=desk.chance.choice((0, 0, 1, 3))),
    )
    told: Told = [
        (once, _whole("paid twice", order)),
        (again, Truth("paid twice: again", or_else=frozenset({order.reference}))),
    ]
    if desk.chance.random() < 0.4:
        back = line(desk, order, order.amount, after=desk.chance.randint(4, 7))
        told.append((back, Truth("paid twice: back")))
    return told


def reversed_and_rebooked(desk: Desk, order: Order) -> Told:
    """The servicer takes a booking back as its own mistake and books it again."""
    once, last = line(desk, order, -order.amount), line(desk, order, -order.amount, after=1)
    back = line(desk, order, order.amount, details=desk.chance.choice(REVERSED))
    return [
        (once, Truth("rebooked: first", or_else=frozenset({order.reference}))),
        (back, Truth("rebooked: reversal")),
        (last, _whole("rebooked: last", order)),
    ]


def reversed_for_good(desk: Desk, order: Order) -> Told:
    """The servicer takes a booking back and does not pay: for us it is a return."""
    back = line(desk, order, order.amount, after=1, details=desk.chance.choice(REVERSED))
    return [
        (line(desk, order, -order.amount), _whole("reversed later", order)),
        (back, Truth("reversed for good", ((order.reference, -order.amount),))),
    ]


def merged_named(desk: Desk, members: Sequence[Order]) -> Told:
    """One line pays several orders and names them all, in the words of who typed it."""
    chance, references = desk.chance, [order.reference for order in members]
    style = chance.random()
    if style < 0.1:
        references[-1] = texts.slips(chance, references[-1])
    if 0.1 < style < 0.2 and len({reference[:7] for reference in references}) == 1:
        references = references[:1] + [reference.rpartition("-")[2] for reference in references[1:]]
    named = chance.choice((", ", " ", "; ", " + ", "/")).join(references)
    total = sum(order.amount for order in members)
    written = line(
        desk,
        members[0],
        -total,
        after=soon(desk),
        reference=chance.choice(("", "MULTI", f"{len(members)} PAYMENTS", members[0].reference)),
        counterparty=chance.choice(("", "VARIOUS", "SUNDRY PAYEES")),
        counterparty_account="",
        details=f"{chance.choice(('', 'PAYOUTS ', 'TOGETHER '))}{named}",
    )
    return [(written, _all("merged, named", members))]


def merged_of_payee(desk: Desk, members: Sequence[Order]) -> Told:
    """One line pays all orders of one payee, naming nobody's reference or the first's."""
    last = max(members, key=lambda order: order.day)
    reference = desk.chance.choice(("", "", "TOGETHER", members[0].reference))
    total = sum(order.amount for order in members)
    written = line(desk, last, -total, after=soon(desk), reference=reference)
    return [(written, _all("merged, payee", members))]


def merged_batch(desk: Desk, members: Sequence[Order], *, is_whole: bool) -> Told:
    """One line pays a batch and names it, less what was booked apart."""
    chance, batch, count = desk.chance, members[0].batch, len(members)
    reference, details = chance.choice(
        (
            (batch, ""),
            (batch, f"{count} TRANSFERS"),
            ("", f"BATCH {batch} {count} PAYMENTS"),
            (f"BATCH {batch}", ""),
        )
    )
    total = sum(order.amount for order in members)
    changes = {"counterparty": "", "counterparty_account": "", "after": soon(desk)}
    written = line(desk, members[0], -total, reference=reference, details=details, **changes)
    return [(written, _all("merged, batch" if is_whole else "merged, most of a batch", members))]


def netted(desk: Desk, paid: Sequence[Order], back: Order) -> Told:
    """
    A payment that came back is set off against others in one line that names them all.

    What comes to nothing is not booked: no servicer has lines of 0.00.
    """
    total = sum(order.amount for order in paid) - back.amount
    named = " ".join(order.reference for order in paid)
    first = line(desk, back, -back.amount)
    if total == 0:
        return [(first, _whole("returned later", back))]
    written = line(desk, paid[0], -total, after=3, reference="NET", counterparty="")
    written = replace(
        written, counterparty_account="", details=f"NET {named} LESS RETURN {back.reference}"
    )
    parts = (*_all("", paid).parts, (back.reference, -back.amount))
    return [(first, _whole("returned later", back)), (written, Truth("netted", parts))]


def _all(kind: str, members: Sequence[Order]) -> Truth:
    return Truth(kind, tuple((order.reference, order.amount) for order in members))
