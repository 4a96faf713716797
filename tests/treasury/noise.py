"""
A noisy statement: the lines that banks, wallets and people make of ordered payments, with the truth.

Seeded: the same orders and seed give the same lines. About one payment in eight is touched by
noise. The shares are those that people who reconcile would call a bad account, not a broken one.
Written from what happens to payments, without a look at how they are matched.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tests.treasury import noise_kinds as kinds
from tests.treasury import noise_texts as texts
from tests.treasury.noise_foreign import foreign
from tests.treasury.noise_kinds import Desk, Told
from tests.treasury.noise_truth import NoisyLine, Order, Truth

# Payments out of 10,000 that each kind happens to; the rest are clean.
KINDS: tuple[tuple[int, Callable[[Desk, Order], Told]], ...] = (
    (300, kinds.spoilt("typing error", texts.slips)),
    (60, kinds.spoilt("lookalike", texts.lookalike)),
    (150, kinds.spoilt("case and spaces", texts.respaced)),
    (150, kinds.spoilt("words around", texts.around)),
    (40, kinds.spoilt("cut", texts.cut)),
    (60, kinds.elsewhere),
    (20, kinds.none_told),
    (50, kinds.split),
    (60, kinds.fee_added),
    (10, kinds.fee_netted),
    (10, kinds.fee_apart),
    (150, kinds.late),
    (60, kinds.unnamed),
    (90, kinds.misnamed),
    (60, kinds.returned),
    (5, kinds.duplicate),
    (4, kinds.reversed_and_rebooked),
    (3, kinds.reversed_for_good),
)
MISSING = 20  # of 10,000: not on the statement yet
FOREIGN = 40  # lines for 10,000 payments
ONTO_ANOTHER = 10  # of 10,000: a slip onto another order of the same amount, half of them unnamed
BATCHES = 0.02  # of the batches: booked as one line
NAMED, NETTED = 0.0015, 0.0001  # lines for one payment, each of several
OF_PAYEE = 0.03  # of the payees with several payments
# A line with a spoilt reference whose payee is spoilt as well: one in twelve, half of them unnamed.
TWICE_SPOILT = 1 / 12
SPOILT = {"typing error", "lookalike", "case and spaces", "words around", "cut"}


def noisy(orders: Sequence[Order], *, seed: int, is_bank: bool) -> list[tuple[NoisyLine, Truth]]:
    """
    Give the lines of a statement on which these orders are paid, in the order of booking.

    One servicer keeps the account: a bank names people and accounts, the exchange its accounts.
    """
    chance = random.Random(f"noise {seed} {len(orders)}")
    told = list(_told(chance, orders, is_bank))
    chance.shuffle(told)
    told.sort(key=lambda one: one[0].booked_at)
    numbered = [
        (replace(line, entry_id=f"N-{n:08d}"), truth) for n, (line, truth) in enumerate(told, 1)
    ]
    return list(_judged(numbered, orders))


def _told(
    chance: random.Random, orders: Sequence[Order], is_bank: bool
) -> Iterator[tuple[NoisyLine, Truth]]:
    desk = Desk(chance, is_bank)
    left = {order.reference: order for order in orders}
    yield from _batches(desk, left)
    yield from _payees(desk, left)
    yield from _groups(desk, left)
    yield from _onto_another(desk, left)
    rest = list(left.values())
    weights = [share for share, _ in KINDS]
    weights += [MISSING, 10_000 - sum(weights) - MISSING]
    writers = [*(writer for _, writer in KINDS), lambda *_: [], kinds.clean]
    for order, writer in zip(rest, chance.choices(writers, weights, k=len(rest)), strict=True):
        for line, truth in writer(desk, order):
            yield _perhaps_twice_spoilt(desk, order, line, truth), truth
    yield from _foreign(desk, orders)


def _perhaps_twice_spoilt(desk: Desk, order: Order, line: NoisyLine, truth: Truth) -> NoisyLine:
    if truth.kind not in SPOILT or desk.chance.random() > TWICE_SPOILT:
        return line
    if desk.chance.random() < 0.5:
        return kinds.respelt(desk, line, order)
    return replace(line, counterparty="", counterparty_account="")


def _batches(desk: Desk, left: dict[str, Order]) -> Iterator:
    """Book some batches as one line each, of some of them a few payments apart."""
    members = defaultdict(list)
    for order in left.values():
        members[order.batch].append(order)
    several = sorted(batch for batch, those in members.items() if len(those) > 9)
    for batch in desk.chance.sample(
        several, max(1, round(len(several) * BATCHES)) if several else 0
    ):
        those = members[batch]
        apart = set()
        if desk.chance.random() < 0.3:
            apart = set(desk.chance.sample([o.reference for o in those], desk.chance.randint(1, 3)))
        merged = [order for order in those if order.reference not in apart]
        yield from kinds.merged_batch(desk, merged, is_whole=not apart)
        for order in merged:
            del left[order.reference]


def _payees(desk: Desk, left: dict[str, Order]) -> Iterator:
    """Pay all that some people get by one line."""
    members = defaultdict(list)
    for order in left.values():
        members[order.payee].append(order)
    for those in members.values():
        if len(those) > 1 and desk.chance.random() < OF_PAYEE:
            yield from kinds.merged_of_payee(desk, those)
            for order in those:
                del left[order.reference]


def _groups(desk: Desk, left: dict[str, Order]) -> Iterator:
    """Merge a few payments of a day at a time, and net a few returns."""
    by_day = defaultdict(list)
    for order in left.values():
        by_day[order.day].append(order)
    for those in by_day.values():
        desk.chance.shuffle(those)
        count, nets = round(len(those) * NAMED), round(len(those) * NETTED)
        for n in range(min(count + nets, len(those) // 10)):
            group = [those.pop() for _ in range(desk.chance.choice((2, 2, 3, 4, 6)))]
            for order in group:
                del left[order.reference]
            if n < count:
                yield from kinds.merged_named(desk, group)
                continue
            *paid, back = sorted(group, key=lambda order: -order.amount)
            yield from kinds.netted(desk, paid, back)


def _onto_another(desk: Desk, left: dict[str, Order]) -> Iterator:
    """Write some references so that they are exactly those of other orders of the same amount."""
    wanted = round(len(left) * ONTO_ANOTHER / 10_000)
    for order in desk.chance.sample(
        sorted(left.values(), key=lambda one: one.reference), len(left)
    ):
        if not wanted:
            return
        stem = order.reference[:-1]
        others = [left.get(stem + sign) for sign in texts.DIGITS if stem + sign != order.reference]
        same = [one for one in others if one and one.amount == order.amount]
        if not same:
            continue
        wanted -= 1
        del left[order.reference]
        other = desk.chance.choice(same)
        [(line, _)] = kinds.clean(desk, order)
        line = replace(line, reference=other.reference)
        is_named = wanted % 2
        if not is_named:
            line = replace(line, counterparty="", counterparty_account="")
        kind = "onto another, named" if is_named else "onto another, unnamed"
        yield line, Truth(kind, ((order.reference, order.amount),))


def _foreign(desk: Desk, orders: Sequence[Order]) -> Iterator:
    known = [order.reference for order in orders]
    taken = set(known)
    for near in desk.chance.sample(orders, round(len(orders) * FOREIGN / 10_000)):
        run, _, leaf = near.reference.rpartition("-")
        numbers = range(int(leaf), int(leaf) + 60) if leaf.isdigit() else range(900, 960)
        free = [f"{run}-{n:08d}" for n in numbers if f"{run}-{n:08d}" not in taken]
        yield from foreign(desk, near, known, desk.chance.choice(free))


def _judged(told: list[tuple[NoisyLine, Truth]], orders: Sequence[Order]) -> Iterator:
    """Note on each line with a spoilt reference which other orders it points to just as well."""
    by_reference = {_bare(order.reference): order for order in orders}
    real = {order.reference: order for order in orders}
    same = defaultdict(set)
    for order in orders:
        same[order.payee, order.amount].add(order.reference)
    for line, truth in told:
        others = set(truth.or_else)
        if len(truth.parts) == 1 and truth.parts[0][1] == real[truth.parts[0][0]].amount:
            mine = real[truth.parts[0][0]]
            if line.reference != mine.reference:
                # Two payments of one amount to one payee: who has the one has the other.
                others |= same[mine.payee, mine.amount]
                written = by_reference.get(_bare(line.reference))
                is_named = line.counterparty or line.counterparty_account
                if written and written.amount == mine.amount and not is_named:
                    others.add(written.reference)
            others.discard(mine.reference)
        yield line, replace(truth, or_else=frozenset(others))


def _bare(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())
