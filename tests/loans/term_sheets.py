"""Term sheets by chance: requests for plans that use every field of terms, and make sense."""

from datetime import date, timedelta
from random import Random

from loans.rules.calendars import CALENDARS, CONVENTIONS
from loans.rules.day_counts import OF_SCHEDULES
from loans.rules.rounding import MODES

UNITS = ("0.01", "0.01", "0.01", "1", "100", "0.05", "0.000001")


def chance(rng: Random, percent: int) -> bool:
    return rng.randrange(100) < percent


def day_from(rng: Random, first: date, most: int) -> date:
    return first + timedelta(days=rng.randrange(most))


def rate(rng: Random) -> str:
    return rng.choice(
        ["0", "0.07", "0.12", "0.1999", "-0.01", f"0.{rng.randrange(10**6):06d}", "0.365", "1.5"]
    )


def amount(rng: Random, unit: str) -> str:
    """An amount in whole units, small or large."""
    units = rng.choice([rng.randrange(1, 2_000), rng.randrange(50_000, 10**7), 10**5, 24 * 10**8])
    decimals = len(unit.partition(".")[2])
    scaled = units * int(unit.replace(".", ""))
    return (
        f"{scaled // 10**decimals}.{scaled % 10**decimals:0{decimals}d}"
        if decimals
        else str(scaled)
    )


def of_period(unit: str, every: int) -> int:
    return every * {"day": 1, "week": 7, "month": 30, "year": 365}[unit]


def common(rng: Random) -> dict:
    """The fields that every method may have."""
    start = day_from(rng, date(2018, 1, 1), 3_000)
    if chance(rng, 25):
        start = start.replace(day=28) + timedelta(days=rng.randrange(4))
    unit = rng.choice(["month"] * 5 + ["day", "week", "year"])
    every = rng.choice([1, 1, 1, 2, 3, 6]) if unit != "year" else 1
    every = rng.choice([1, 7, 14, 30]) if unit == "day" else every
    terms = {
        "rate": rate(rng),
        "day_count": rng.choice(OF_SCHEDULES),
        "start": start.isoformat(),
        "instalments": rng.choice([1, 2, 3, 4, 6, 12, 13, rng.randrange(1, 40)]),
        "period": {"unit": unit, "every": every},
        "unit": rng.choice(UNITS),
    }
    optional = {
        "accrual_day": lambda: rng.choice(["start", "end"]),
        "month_end": lambda: rng.choice(["clip", "last_day", "roll"]),
        "calendar": lambda: rng.choice(CALENDARS),
        "business_day_convention": lambda: rng.choice(CONVENTIONS),
        "accrual_dates": lambda: rng.choice(["unadjusted", "adjusted"]),
        "rounding": lambda: rng.choice(MODES),
        "interest_rounding": lambda: rng.choice(MODES),
        "holidays": lambda: [day_from(rng, start, 400).isoformat() for _ in range(3)],
    }
    terms |= {name: make() for name, make in optional.items() if chance(rng, 35)}
    if chance(rng, 25):
        first = start + timedelta(days=rng.randrange(0, 2 * of_period(unit, every) + 1))
        terms["first_due_date"] = first.isoformat()
    return terms


def with_listed_dates(rng: Random, terms: dict) -> dict:
    """Replace the counted dates by a list."""
    days, day = [], date.fromisoformat(terms["start"])
    day += timedelta(days=rng.choice([0, 1, 31]))
    for _ in range(terms["instalments"]):
        days.append(day.isoformat())
        day += timedelta(days=rng.randrange(1, 70))
    kept = {name: value for name, value in terms.items() if name != "first_due_date"}
    if chance(rng, 50):
        del kept["instalments"]
    return {**kept, "due_dates": days}


def sized(rng: Random, drawn: str, unit: str, parts: int) -> str:
    """An amount of about a part of what was drawn, in whole units."""
    whole = int(drawn.replace(".", "")) // int(unit.replace(".", ""))
    units = max(whole * rng.randrange(20, 300) // 100 // parts, 1)
    decimals = len(unit.partition(".")[2])
    scaled = units * int(unit.replace(".", ""))
    return (
        f"{scaled // 10**decimals}.{scaled % 10**decimals:0{decimals}d}"
        if decimals
        else str(scaled)
    )


def level(rng: Random, terms: dict, drawn: str) -> dict:
    more: dict = {}
    if chance(rng, 20):
        more["payment_multiple"] = rng.choice(["1", "10", "0.25", "100"])
    if chance(rng, 25):
        more["payment_rounding"] = rng.choice(MODES)
    if chance(rng, 20):
        return {**more, "interest": "flat", "flat_interest": rng.choice(["by_period", "even"])}
    if chance(rng, 30):
        more["smoothing"] = True
    if chance(rng, 20):
        more["balloon"] = sized(rng, drawn, terms["unit"], 6)
    return more


def equal(rng: Random, terms: dict, drawn: str) -> dict:
    if chance(rng, 30):
        return {"principal_payment": sized(rng, drawn, terms["unit"], terms["instalments"])}
    return {"balloon": sized(rng, drawn, terms["unit"], 6)} if chance(rng, 30) else {}


def custom(rng: Random, terms: dict, drawn: str) -> dict:
    rows = []
    for day in with_listed_dates(rng, terms)["due_dates"]:
        name = rng.choice(["principal", "payment"])
        row = {"due_date": day, name: sized(rng, drawn, terms["unit"], terms["instalments"])}
        rows.append({**row, name: "0"} if chance(rng, 10) else row)
    if chance(rng, 50):
        rows[-1] = {"due_date": rows[-1]["due_date"]}
    return {"rows": rows}


def fixed(rng: Random, terms: dict, drawn: str) -> dict:
    return {"payment": sized(rng, drawn, terms["unit"], terms["instalments"])}


BY_METHOD = {
    "level_payment": level,
    "equal_principal": equal,
    "fixed_payment": fixed,
    "bullet": lambda *_: {},
    "custom": custom,
}


def grace(rng: Random, terms: dict) -> dict:
    count = terms["instalments"]
    found: dict = {}
    if count > 1 and chance(rng, 50):
        found["principal"] = rng.randrange(count)
    # Payments of principal only may leave less than a balloon, which no contract means.
    if count > 1 and "balloon" not in terms and chance(rng, 50):
        found["interest"] = rng.randrange(count)
        found["interest_treatment"] = rng.choice(["defer", "capitalise"])
    if chance(rng, 30):
        found["interest_free"] = rng.randrange(count + 1)
    return found


def terms_by_chance(rng: Random) -> tuple[dict, str]:
    """Terms, and the amount that they are for."""
    terms = common(rng)
    drawn = amount(rng, terms["unit"])
    method = rng.choice([*BY_METHOD, "level_payment", "level_payment"])
    terms |= {"method": method, **BY_METHOD[method](rng, terms, drawn)}
    if chance(rng, 25):
        terms["grace"] = grace(rng, terms)
    if method in ("level_payment", "fixed_payment", "custom") and chance(rng, 25):
        terms["unpaid_interest"] = "capitalise"
    if method == "custom":
        del terms["instalments"]
        terms.pop("first_due_date", None)
    elif chance(rng, 10):
        terms = with_listed_dates(rng, terms)
    return terms, drawn


def days_of_life(terms: dict, start: date) -> int:
    """About the days from the start to the last due date, at most ten periods."""
    listed = terms.get("due_dates") or [row["due_date"] for row in terms.get("rows", [])]
    if listed:
        return max((date.fromisoformat(listed[-1]) - start).days - 5, 1)
    periods = min(terms["instalments"], 10)
    return max(of_period(terms["period"]["unit"], terms["period"]["every"]) * periods - 6, 1)


def sheet(rng: Random) -> dict:
    """A request for a plan: terms, drawdowns, fees and agreed changes."""
    terms, drawn = terms_by_chance(rng)
    start = date.fromisoformat(terms["start"])
    life = days_of_life(terms, start)
    drawdowns = [{"date": terms["start"], "amount": drawn}]
    if terms.get("flat_interest") != "even":
        for _ in range(rng.choice([0, 0, 0, 0, 1, 1, 2])):
            on = day_from(rng, start - timedelta(days=3), life)
            drawdowns.append({"date": on.isoformat(), "amount": amount(rng, terms["unit"])})
    if chance(rng, 20):
        del terms["start"]
    request = {"op": "schedule", "terms": terms, "drawdowns": drawdowns}
    if chance(rng, 30):
        request["fees"] = [
            {
                "date": day_from(rng, start, 2 * life).isoformat(),
                "amount": amount(rng, terms["unit"]),
                "kind": rng.choice(["fee", "penalty"]),
            }
            for _ in range(rng.randrange(1, 4))
        ]
    if chance(rng, 40):
        request["changes"] = [change(rng, terms, start, life) for _ in range(rng.randrange(1, 4))]
    return request


def change(rng: Random, terms: dict, start: date, life: int) -> dict:
    on = day_from(rng, start, life)
    kind = (
        "rate"
        if "due_dates" in terms or "rows" in terms
        else rng.choice(["rate", "rate", "extend", "move_due_date"])
    )
    if kind == "rate":
        return {"type": "rate", "from": on.isoformat(), "rate": rate(rng)}
    if kind == "extend":
        return {"type": "extend", "from": on.isoformat(), "instalments": rng.randrange(1, 5)}
    # The first due date, where that can be told without counting dates here.
    first = terms.get("first_due_date") or terms.get("start") or on.isoformat()
    moved = date.fromisoformat(first) + timedelta(days=rng.randrange(0, 20))
    return {"type": "move_due_date", "from": first, "to": moved.isoformat()}
