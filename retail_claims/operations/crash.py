"""
A crash to rehearse with: seeded, realistic evidence of a night of forced liquidations.

Sizes, times and shares follow what was published of 10 and 11 October 2025; ratios of loss to
assets and the rates of flags are assumptions. Numbers are drawn as approximate quantities and
become whole atoms of 0.00000001 USD before anything is added up or written.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from retail_claims.rules.texts import ATOMS, read_time, write_money, write_time

Whole = NDArray[np.int64]
DAY = read_time("2025-10-10T00:00:00Z")
SNAPSHOT = read_time("2025-10-09T23:59:00Z")
DECIDED = read_time("2025-10-14T12:00:00Z")
MINUTE = 60_000_000
# Minutes of the two days and the share of fills in them: the cascade began at 20:50.
NIGHT = (
    (-600, 0, 1.0),
    (0, 780, 1.5),
    (780, 1250, 8.5),
    (1250, 1275, 12.0),
    (1275, 1276, 30.0),
    (1276, 1290, 22.0),
    (1290, 1296, 4.5),
    (1296, 1336, 7.0),
    (1336, 1620, 11.0),
    (1620, 2880, 2.5),
)
INSTRUMENTS = (
    ("BTCUSDT", 28.0),
    ("ETHUSDT", 23.0),
    ("SOLUSDT", 10.5),
    ("XRPUSDT", 4.5),
    ("DOGEUSDT", 3.0),
    ("BNBUSDT", 2.5),
    ("SUIUSDT", 2.0),
    ("LINKUSDT", 1.5),
    ("AVAXUSDT", 1.5),
    ("USDEUSDT", 1.5),
    ("WBETHUSDT", 1.0),
    ("BNSOLUSDT", 1.0),
    ("ALTUSDT", 20.0),
)
# The two fault intervals on record: transfers of assets, and the index of three collaterals.
INCIDENTS = (
    ("transfers", "*", "2025-10-10T21:18:00Z", "2025-10-10T21:51:00Z"),
    ("index-usde", "USDEUSDT", "2025-10-10T21:36:00Z", "2025-10-10T22:16:00Z"),
    ("index-bnsol", "BNSOLUSDT", "2025-10-10T21:36:00Z", "2025-10-10T22:16:00Z"),
    ("index-wbeth", "WBETHUSDT", "2025-10-10T21:36:00Z", "2025-10-10T22:16:00Z"),
)
EVENTS = (("liquidation", 97.5), ("adl", 1.2), ("stop", 0.8), ("trade", 0.5))
PRODUCTS = (("futures", 87.0), ("margin", 11.0), ("spot", 1.2), ("options", 0.8))
WALLETS = ("spot", "futures", "margin", "funding", "earn")
ASSETS = ("USDT", "BTC", "ETH", "USDC", "BNB", "SOL", "USDE", "XRP", "DOGE", "WBETH", "BNSOL")
EXCLUSIONS = (
    ("restricted_country", 0.022),
    ("closed", 0.002),
    ("corporate", 0.001),
    ("market_maker", 0.0005),
    ("self_trading", 0.0005),
    ("employee", 0.0003),
    ("sanctions", 0.0001),
)
HOLDS = (("kyc_pending", 0.04), ("dispute", 0.001), ("sanctions_potential", 0.0005))
COMPENSATED = 0.015


@dataclass(frozen=True, slots=True)
class Population:
    """Accounts and their persons: ``person`` gives the person of each account, by number."""

    accounts: int
    person: Whole
    persons: int
    losses: Whole


def generate(*, folder: Path, accounts: int, seed: int) -> dict[str, Path]:
    """
    Write the evidence of a crash of so many liquidated accounts, and give its files by role.

    The same seed and number give the same evidence.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng([seed, accounts])
    people = _population(chance, accounts)
    account_ids = _names("A", chance.permutation(accounts), 8)
    person_ids = _names("P", chance.permutation(people.persons), 8)
    files = {role: folder / f"{role}.parquet" for role in ("fills", "snapshot", "accounts")} | {
        role: folder / f"{role}.csv" for role in ("incidents", "exclusions", "holds", "prior")
    }
    pq.write_table(_fills(chance, people, account_ids), files["fills"], compression="zstd")
    pq.write_table(_snapshot(chance, people, account_ids), files["snapshot"], compression="zstd")
    pq.write_table(_owners(chance, people, account_ids, person_ids), files["accounts"])
    names = account_ids.to_pylist()
    _write(files["incidents"], "incident_id,instrument,starts_at,ends_at,class", _incidents())
    flags = "subject_kind,subject,code,expires_at"
    _write(files["exclusions"], flags, _flags(chance, names, EXCLUSIONS))
    _write(files["holds"], flags, _flags(chance, names, HOLDS))
    _write(files["prior"], "ref,subject_kind,subject,amount", _prior(chance, names))
    return files


def _population(chance: np.random.Generator, accounts: int) -> Population:
    """Draw accounts: most persons have one, some have several; losses by size of position."""
    sizes = np.where(chance.random(accounts) < 0.93, 1, 1 + chance.geometric(0.55, accounts))
    person = np.repeat(np.arange(accounts), sizes)[:accounts]
    # Positions: a broad middle around 880 USD, and a tail of one in 250 above 250,000.
    position = np.minimum(np.exp(np.log(880) + 1.9 * chance.standard_normal(accounts)), 250e3)
    tail = chance.random(accounts) < 0.004
    position[tail] = np.minimum(250e3 / (1 - chance.random(int(tail.sum()))), 200e6)
    margin = np.where(position < 1e3, 0.06, np.where(position < 1e5, 0.085, 0.118))
    share = np.clip(chance.beta(margin * 14, (1 - margin) * 14), 0.002, 0.9)
    cents = np.maximum(1, np.rint(position * share * 100)).astype(np.int64)
    return Population(accounts, person, int(person[-1]) + 1, cents * (ATOMS // 100))


def _fills(chance: np.random.Generator, people: Population, names: pa.Array) -> pa.Table:
    """Draw the fills: each account's loss in a few pieces that add up to it."""
    pieces = 1 + chance.negative_binomial(1.1, 0.55, people.accounts)
    account = np.repeat(np.arange(people.accounts), pieces)
    first = np.concatenate(([0], np.cumsum(pieces)[:-1]))
    loss = people.losses[account] // pieces[account]
    loss[first] = people.losses - loss[first] * (pieces - 1)
    size = len(account)
    numbers = chance.permutation(size)
    table = pa.table(
        {
            "fill_id": _names("F", numbers, 9),
            "account_id": names.take(pa.array(account)),
            "event": _words(chance, EVENTS, size),
            "product": _words(chance, PRODUCTS, size),
            "instrument": _words(chance, INSTRUMENTS, size),
            "liquidated_at": _moments(_times(chance, size)),
            "loss": _money(loss),
            "fee": _money(loss // 200),
        }
    )
    # Some executions are delivered twice, as feeds do; the order says nothing.
    again = chance.choice(size, max(1, size // 2000), replace=False)
    return table.take(pa.array(chance.permutation(np.concatenate([np.arange(size), again]))))


def _times(chance: np.random.Generator, size: int) -> Whole:
    weights = np.array([share for *_, share in NIGHT])
    which = chance.choice(len(NIGHT), size, p=weights / weights.sum())
    starts = np.array([start for start, *_ in NIGHT]) * MINUTE
    ends = np.array([end for _, end, _ in NIGHT]) * MINUTE
    return DAY + chance.integers(starts[which], ends[which])


def _snapshot(chance: np.random.Generator, people: Population, names: pa.Array) -> pa.Table:
    """Draw the balances of the evening before, so that the losses are a share of them."""
    losses = np.zeros(people.persons, np.int64)
    np.add.at(losses, people.person, people.losses)
    net = _net_assets(chance, losses)
    fate = chance.random(people.persons)
    net = np.where(fate < 0.010, 0, np.where(fate < 0.015, -net // 10, net))
    is_missing = (fate >= 0.015) & (fate < 0.030)
    rows = np.where(is_missing[people.person], 0, 1 + chance.poisson(2.0, people.accounts))
    account = np.repeat(np.arange(people.accounts), rows)
    place = np.arange(len(account)) - np.repeat(np.cumsum(rows) - rows, rows)
    person = people.person[account]
    share = net // np.maximum(1, np.bincount(person, minlength=people.persons))
    value = share[person]
    # A debt in one wallet, covered by assets in another, on one account in twelve.
    is_debtor = ((chance.random(people.accounts) < 0.08) & (rows >= 2))[account]
    debt = np.abs(value) // 2 + ATOMS
    value = value + np.where(is_debtor & (place == 0), debt, 0)
    value = value - np.where(is_debtor & (place == 1), debt, 0)
    pairs = len(WALLETS) * len(ASSETS)
    pair = (chance.integers(0, pairs, people.accounts)[account] + 7 * place) % pairs
    other = chance.random(len(account)) < 0.01
    return pa.table(
        {
            "account_id": names.take(pa.array(account)),
            "wallet": _chosen(WALLETS, pair // len(ASSETS)),
            "asset": _chosen(ASSETS, pair % len(ASSETS)),
            "as_of": _moments(np.where(other, SNAPSHOT + 1440 * MINUTE, SNAPSHOT)),
            "value": _money(value),
        }
    )


def _net_assets(chance: np.random.Generator, losses: Whole) -> Whole:
    """Draw assets through the ratio of loss to assets, in parts of a thousand."""
    size = len(losses)
    kind = chance.random(size)
    ratio = np.where(
        kind < 0.52,
        chance.beta(5, 1.5, size),
        np.where(kind < 0.90, chance.beta(1.2, 4, size), 1 + chance.exponential(0.6, size)),
    )
    thousandths = np.clip(np.rint(ratio * 1000), 2, 20_000).astype(np.int64)
    net: Whole = losses // thousandths * 1000 + chance.integers(0, ATOMS, size)
    return net


def _owners(
    chance: np.random.Generator, people: Population, accounts: pa.Array, persons: pa.Array
) -> pa.Table:
    """List the owners; three in ten persons of one account are their own person, unlisted."""
    count = np.bincount(people.person, minlength=people.persons)
    is_listed = (count[people.person] > 1) | (chance.random(people.accounts) < 0.7)
    listed = np.nonzero(is_listed)[0]
    return pa.table(
        {
            "account_id": accounts.take(pa.array(listed)),
            "person_id": persons.take(pa.array(people.person[listed])),
        }
    )


def _incidents() -> Iterable[Sequence[str]]:
    return [(*incident, "platform_fault") for incident in INCIDENTS]


def _flags(
    chance: np.random.Generator, names: list[str], rates: Sequence[tuple[str, float]]
) -> Iterable[Sequence[str]]:
    """Draw flags of accounts; one in ten has run out before the decision."""
    for code, rate in rates:
        picked = chance.choice(len(names), max(1, int(len(names) * rate)), replace=False)
        for number, has_ended in zip(picked, chance.random(len(picked)) < 0.1, strict=True):
            yield "account", names[number], code, write_time(DECIDED) if has_ended else ""


def _prior(chance: np.random.Generator, names: list[str]) -> Iterable[Sequence[str]]:
    """Draw what was compensated elsewhere."""
    picked = chance.choice(len(names), max(1, int(len(names) * COMPENSATED)), replace=False)
    cents = chance.integers(100, 60_000, len(picked))
    for n, (number, amount) in enumerate(zip(picked, cents.tolist(), strict=True), start=1):
        yield f"prior-{n:06d}", "account", names[number], write_money(amount * (ATOMS // 100))


def _names(letter: str, numbers: NDArray[np.integer], width: int) -> pa.Array:
    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(letter, padded, "")


def _words(
    chance: np.random.Generator, weighted: Sequence[tuple[str, float]], size: int
) -> pa.DictionaryArray:
    weights = np.array([weight for _, weight in weighted])
    return _chosen(
        [word for word, _ in weighted],
        chance.choice(len(weighted), size, p=weights / weights.sum()),
    )


def _chosen(words: Sequence[str], which: NDArray[np.integer]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int32)), pa.array(words))


def _moments(microseconds: Whole) -> pa.Array:
    return pa.array(microseconds).cast(pa.timestamp("us", tz="UTC"))


def _money(atoms: Whole) -> pa.Array:
    """Give atoms as decimals, exactly: the 64 bits and their sign are the decimal's 128."""
    halves = np.stack([atoms, atoms >> 63], axis=1)
    buffer = pa.py_buffer(np.ascontiguousarray(halves))
    return pa.Array.from_buffers(pa.decimal128(24, 8), len(atoms), [None, buffer])


def _write(path: Path, header: str, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
