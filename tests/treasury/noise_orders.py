"""Payments as our programmes order them: counted references, floors and caps, people with several."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from tests.treasury.noise_truth import Order

CENT = 10_000  # minor units of USDC in a cent: awards are rounded to 0.01
FIRST_DAY = date(2025, 10, 15)
FIRST = [
    "Anna",
    "Bao",
    "Carlos",
    "Dmitri",
    "Élodie",
    "Fatima",
    "George",
    "Hana",
    "Ivan",
    "João",
    "Kwame",
    "Léa",
    "Mehmet",
    "Nadia",
    "Olumide",
    "Petra",
    "Quentin",
    "Rosa",
    "Sergei",
    "Thi",
    "Uma",
    "Víctor",
    "Wei",
    "Ximena",
    "Yusuf",
    "Zoë",
    "Björn",
    "Søren",
    "Łukasz",
    "Jean-Luc",
    "Mary-Ann",
]
LAST = [
    "Müller",
    "Nguyễn",
    "O'Brien",
    "García",
    "Ivanov",
    "Kowalski",
    "Okafor",
    "Yılmaz",
    "Tanaka",
    "Silva",
    "Schäfer",
    "Østergård",
    "Kim",
    "Lee",
    "Wang",
    "Smith",
    "Jones",
    "de-la-Cruz",
    "van-den-Berg",
    "MacDonald",
    "Petrović",
    "Haddad",
    "Singh",
    "Novák",
    "Lindström",
    "Fernández",
    "Dubois",
    "Rossi",
    "Popescu",
    "Abebe",
    "Chukwuemeka",
    "Wijayasinghe-Abeyratne",
    "St.John",
    "Kaplan",
]


def orders(*, seed: int, count: int, batch_size: int = 1000) -> list[Order]:
    """
    Give the payments of a retail run, of two supplemental runs and of some drawdowns.

    References count the leaves of a run, declined ones too, so they have gaps. A run pays a person
    once; the supplemental ones pay some of the same people again. A quarter of the awards are at
    the floor, one in fifty at the cap. Now and then a person has two payments of the same amount
    under neighbouring references: accounts that were found to be one person's later on.
    """
    chance = random.Random(f"orders {seed} {count}")
    first = round(count * 0.86)
    second, third = round(count * 0.1), round(count * 0.0395)
    drawdowns = count - first - second - third
    accounts = [f"A{n:08d}" for n in chance.sample(range(count * 4), first + second + third)]
    names = {account: _name(chance) for account in accounts}
    paid = accounts[:first]
    rows = [*_run(chance, "R-0001", paid, twins=0.002)]
    again = chance.sample(paid, round(second * 0.8)) + accounts[first : first + round(second * 0.2)]
    chance.shuffle(again)
    rows += _run(chance, "R-0002", again, twins=0)
    rows += _run(chance, "R-0003", chance.sample(paid, third), twins=0)
    rows += _drawdowns(chance, drawdowns, names)
    return list(_in_batches(chance, rows, names, batch_size))


def _run(
    chance: random.Random, number: str, payees: list[str], *, twins: float
) -> Iterator[tuple[str, int, str]]:
    leaf, before = 0, None
    for payee in payees:
        leaf += chance.choices((1, 2, 3, 5), (70, 18, 8, 4))[0]
        if before and chance.random() < twins:
            leaf = int(before[0][-8:]) + 1
            before = (f"{number}-{leaf:08d}", before[1], before[2])
        else:
            before = (f"{number}-{leaf:08d}", _award(chance), payee)
        yield before


def _award(chance: random.Random) -> int:
    kind = chance.random()
    if kind < 0.25:
        return 400 * CENT
    if kind < 0.27:
        return 600_000 * CENT
    cents = round(chance.lognormvariate(9.6, 1.3))
    return min(max(cents, 401), 599_999) * CENT


def _drawdowns(
    chance: random.Random, count: int, names: dict[str, str]
) -> Iterator[tuple[str, int, str]]:
    for n in range(1, count + 1):
        wallet = f"wallet-inst-{n:04d}"
        names[wallet] = f"{chance.choice(LAST)} {chance.choice(LAST)} Capital Partners Ltd"
        yield f"L-{n:04d}-DRAWDOWN", chance.randint(2, 20) * 50_000_000 * CENT, wallet


def _name(chance: random.Random) -> str:
    return f"{chance.choice(FIRST)} {chance.choice(LAST).replace('-', ' ')}"


def _in_batches(
    chance: random.Random,
    rows: list[tuple[str, int, str]],
    names: dict[str, str],
    size: int,
) -> Iterator[Order]:
    """Batch each run by itself, in the order of its references; batches go out over four days."""
    by_run: dict[str, list[tuple[str, int, str]]] = {}
    for row in rows:
        by_run.setdefault(row[0] if row[0].startswith("L-") else row[0][:6], []).append(row)
    for number, (_, members) in enumerate(sorted(by_run.items()), start=1):
        for at in range(0, len(members), size):
            day = FIRST_DAY + timedelta(days=chance.randint(0, 3))
            batch = f"D-{number:05d}-{at // size + 1:04d}"
            for reference, amount, payee in sorted(members[at : at + size]):
                yield Order(reference, amount, payee, names[payee], batch, day)
