"""Lives by chance: requests for replays with events of every type, backdated and reversed ones."""

from datetime import date, timedelta
from random import Random

from loans.rules.terms import COMPONENTS, PAYMENTS, TIMINGS
from tests.loans.term_sheets import amount, chance, day_from, of_period, rate, terms_by_chance

BUCKETS = [f"{timing}.{component}" for timing in TIMINGS for component in COMPONENTS]
KINDS = (
    ["repayment"] * 8
    + ["goodwill_credit", "merchant_refund", "payout_refund", "interest_waiver", "payoff"]
    + ["charge"] * 4
    + ["drawdown", "drawdown", "rate_change", "extend", "move_due_date", "re_age"]
    + ["refund", "refund", "chargeback", "chargeback", "reversal", "reversal"]
    + ["end_of_day", "charge_off", "checkpoint"]
)


def allocation(rng: Random) -> dict:
    found: dict = {}
    if chance(rng, 60):
        found["surplus"] = rng.choice(["next_instalment", "last_instalment", "spread"])
    if chance(rng, 50):
        order = BUCKETS.copy()
        if chance(rng, 50):
            rng.shuffle(order)
        else:
            components = rng.sample(COMPONENTS, 4)
            order = [f"{timing}.{component}" for timing in TIMINGS for component in components]
        found["order"] = order
    return found


def life_terms(rng: Random) -> tuple[dict, str]:
    """Terms of a life, and the amount that they are for."""
    while True:
        terms, drawn = terms_by_chance(rng)
        if terms.get("instalments", 1) <= 14 and len(terms.get("rows", [])) <= 14:
            break
    on_schedule = chance(rng, 30)
    if not on_schedule:
        for name in ("interest", "flat_interest", "unpaid_interest"):
            terms.pop(name, None)
        for name in ("interest", "interest_treatment"):
            terms.get("grace", {}).pop(name, None)
    if on_schedule or chance(rng, 20):
        terms["interest_on"] = "schedule" if on_schedule else "balance"
    if terms.get("flat_interest") == "even":
        # A multiple far above a tiny payment leaves a row below zero.
        terms.pop("payment_multiple", None)
    return terms | rules_of_payments(rng), drawn


def rules_of_payments(rng: Random) -> dict:
    """The terms that a life has besides those of a plan."""
    found: dict = {}
    if chance(rng, 40):
        found["charges_due"] = rng.choice(["with_instalment", "own_date"])
    if chance(rng, 70):
        found["waterfall"] = waterfall(rng)
    if chance(rng, 30):
        found["delinquency"] = {
            "grace_days": rng.randrange(0, 6),
            "buckets": [{"name": "late", "from_day": 1, "to_day": 30}]
            + [{"name": "very late", "from_day": 31}],
        }
    return found


def waterfall(rng: Random) -> dict:
    found: dict = {"default": allocation(rng)}
    if chance(rng, 50):
        found["direction"] = rng.choice(["horizontal", "vertical"])
    if chance(rng, 30):
        found[rng.choice(PAYMENTS)] = allocation(rng)
    if chance(rng, 30):
        found["chargeback"] = rng.sample(COMPONENTS, rng.randrange(1, 5))
    return found


def life(rng: Random, most: int = 10, kinds: list[str] = KINDS) -> dict:
    """A request for a replay."""
    terms, drawn = life_terms(rng)
    first = date.fromisoformat(terms["start"])
    length = of_period(terms["period"]["unit"], terms["period"]["every"])
    length *= min(terms.get("instalments", 6), 8) + 1
    if chance(rng, 30):
        first += timedelta(days=rng.randrange(0, max(length // 6, 1)))
    events = [{"type": "drawdown", "id": "first", "date": first.isoformat(), "amount": drawn}]
    ids: list = []
    day = first
    for n in range(rng.randrange(1, most)):
        day += timedelta(days=rng.randrange(0, max(length // 5, 2)))
        on = day
        if chance(rng, 20):
            on = max(first, day - timedelta(days=rng.randrange(0, length)))
        found = event(rng, rng.choice(kinds), terms, on, (first, ids, drawn))
        if found["type"] != "checkpoint" and chance(rng, 80):
            found["id"] = rng.choice([f"e{n}", n])
            ids.append(found["id"])
        events.append(found)
    if chance(rng, 10):
        events.append({"type": "write_off", "date": day.isoformat()})
        day += timedelta(days=rng.randrange(0, 40))
    events.append({"type": "checkpoint", "name": "then", "date": day.isoformat()})
    return {"op": "replay", "terms": terms, "events": events}


def part_of(rng: Random, drawn: str, unit: str) -> str:
    decimals = len(unit.partition(".")[2])
    scaled = int(unit.replace(".", ""))
    whole = int(drawn.replace(".", "")) // scaled
    units = max(whole * rng.choice([1, 5, 20, 34, 50, 120]) // 100, 1) * scaled
    if chance(rng, 30):
        units = rng.randrange(1, units + 1) // scaled * scaled or scaled
    return (
        f"{units // 10**decimals}.{units % 10**decimals:0{decimals}d}" if decimals else str(units)
    )


def event(rng: Random, kind: str, terms: dict, on: date, known: tuple) -> dict:
    """One event of a type; ``known`` are the first day, the ids so far, and what was drawn."""
    found: dict = {"type": kind, "date": on.isoformat()}
    if kind in (*PAYMENTS, "refund", "chargeback", "charge", "drawdown"):
        found["amount"] = part_of(rng, known[2], terms["unit"])
    if kind in MAKE:
        found |= MAKE[kind](rng, terms, on, known)
    return found


def drawdown(rng: Random, terms: dict, _: date, __: tuple) -> dict:
    return {"amount": amount(rng, terms["unit"])} if chance(rng, 30) else {}


def chargeback(rng: Random, _: dict, __: date, known: tuple) -> dict:
    return {"target": rng.choice(known[1])} if known[1] and chance(rng, 60) else {}


def charge(rng: Random, _: dict, on: date, known: tuple) -> dict:
    found = {"kind": rng.choice(["fee", "penalty"])}
    if chance(rng, 40):
        recorded = max(known[0], on - timedelta(days=rng.randrange(-5, 40)))
        found["recorded_on"] = recorded.isoformat()
    return found


def move_due_date(rng: Random, terms: dict, _: date, __: tuple) -> dict:
    due = terms.get("first_due_date") or terms["start"]
    to = date.fromisoformat(due) + timedelta(days=rng.randrange(0, 20))
    return {"date": due, "to": to.isoformat()}


def re_age(rng: Random, _: dict, on: date, __: tuple) -> dict:
    first = day_from(rng, on + timedelta(days=1), 40)
    found: dict = {"first_due_date": first.isoformat(), "instalments": rng.randrange(1, 6)}
    if chance(rng, 40):
        found["period"] = {"unit": rng.choice(["month", "week"]), "every": rng.randrange(1, 3)}
    return found


BEHAVIOURS = ["regular", "zero_interest", "accelerate"]
MAKE = {
    "drawdown": drawdown,
    "chargeback": chargeback,
    "charge": charge,
    "move_due_date": move_due_date,
    "re_age": re_age,
    "reversal": lambda rng, _, __, known: {"target": rng.choice([*known[1], "first"])},
    "rate_change": lambda rng, *_: {"rate": rate(rng)},
    "extend": lambda rng, *_: {"instalments": rng.randrange(1, 4)},
    "charge_off": lambda rng, *_: {"behaviour": rng.choice(BEHAVIOURS)},
    "checkpoint": lambda *_: {"name": "now"},
}
