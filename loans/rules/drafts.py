"""Drafts of applications: what an institution types, read strictly, each fault by its field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loans.rules.credit.stated import FIGURE, TITLES
from loans.rules.market_data import NotAValue, units
from loans.rules.products import BY_CODE, terms_of
from together.ledger.rules.money import Money, NotAnAmount, parse

LONGEST = 400
MOST_INSTALMENTS = 360
# Rows of collateral that an application may offer from the start; more is pledged later.
OFFERS = 3
MOST_FILES = 20
# What is filed about an application, by officers and by its institution alike.
DOCUMENTS = (
    ("financials", "financial statements"),
    ("exposure", "evidence of exposure to exchanges"),
    ("collateral", "collateral"),
    ("legal", "legal documents"),
    ("other", "other"),
)
OFFERED = ("instrument", "quantity", "kept_by")
FIELDS = (
    *("pool", "amount", "purpose", "product", "rate", "instalments", "most_ltv"),
    *TITLES,
    *(f"{name}_{n}" for n in range(1, OFFERS + 1) for name in OFFERED),
)
PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")

Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """Collateral that an application offers: so much of what, in whole units, and kept by whom."""

    instrument: str
    quantity: str
    kept_by: str


@dataclass(frozen=True, slots=True)
class Read:
    """A complete draft as an application takes it."""

    pool: str
    amount: Money
    purpose: str
    terms: dict[str, Any]
    figures: dict[str, Any]
    offers: tuple[Offer, ...]


def kept(values: Mapping[str, Any]) -> dict[str, str]:
    """
    Keep what was typed, field by field, complete or not.

    :raises ValueError: naming the field, if something is too long to be kept
    """
    found = {name: str(values.get(name) or "").strip() for name in FIELDS}
    for name, text in found.items():
        if len(text) > LONGEST or "\x00" in text:
            raise ValueError(f"{name}: {text[:20]!r} must be text of up to {LONGEST} letters")
    return {name: text for name, text in found.items() if text}


def fraction(percent: str) -> str:
    """
    Write a percentage as the fraction that terms hold, exactly.

    >>> fraction("6.5"), fraction("70"), fraction("100")
    ('0.065', '0.7', '1')
    """
    value = Decimal(percent) / 100
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def read(
    content: Mapping[str, str], pools: Mapping[str, str], instruments: Mapping[str, int]
) -> tuple[Read | None, list[Fault]]:
    """
    Read a draft: what it asks for, or every fault as (field, rule).

    ``pools`` are those that may be asked, with their assets; ``instruments`` what may be pledged,
    with the decimals of its quantities.
    """
    said = {name: content.get(name, "") for name in FIELDS}
    found: list[Fault] = []
    amount = _amount(said, pools, found)
    _check_terms(said, found)
    offers = _offers(said, instruments, found)
    for name in TITLES:
        if said[name] and not FIGURE.fullmatch(said[name]):
            found.append((name, f"{said[name][:20]!r} must be a number such as 0.35"))
    if found or amount is None:
        return None, found
    terms = terms_of(
        said["product"], rate=fraction(said["rate"]), instalments=int(said["instalments"])
    )
    if said["most_ltv"]:
        terms["secured"] = {"most_ltv": fraction(said["most_ltv"])}
    figures = {name: {"value": said[name]} for name in TITLES if said[name]}
    return Read(said["pool"], amount, said["purpose"], terms, figures, offers), []


def _amount(said: Mapping[str, str], pools: Mapping[str, str], found: list[Fault]) -> Money | None:
    if said["pool"] not in pools:
        found.append(
            (
                "pool",
                _wrong(said["pool"], f"must be one of {', '.join(sorted(pools)) or 'none yet'}"),
            )
        )
        return None
    plain = said["amount"].replace(",", "")
    if not AMOUNT.fullmatch(plain):
        found.append(("amount", _wrong(said["amount"], "must be an amount such as 1,250,000.00")))
        return None
    try:
        amount = parse(plain, pools[said["pool"]])
    except NotAnAmount as error:
        found.append(("amount", str(error)))
        return None
    if amount.minor_units <= 0:
        found.append(("amount", f"{said['amount']} must be above zero"))
        return None
    return amount


def _check_terms(said: Mapping[str, str], found: list[Fault]) -> None:
    if not said["purpose"] or len(said["purpose"]) > 200:
        found.append(("purpose", "must be stated, in up to 200 letters"))
    if said["product"] not in BY_CODE:
        found.append(("product", _wrong(said["product"], f"must be one of {', '.join(BY_CODE)}")))
    if not _is_percent(said["rate"], most=100):
        found.append(("rate", _wrong(said["rate"], "must be per cent a year from 0 to 100")))
    number = said["instalments"]
    if not re.fullmatch(r"[0-9]{1,3}", number) or not 1 <= int(number) <= MOST_INSTALMENTS:
        rule = f"must be a whole number from 1 to {MOST_INSTALMENTS}"
        found.append(("instalments", _wrong(number, rule)))
    most = said["most_ltv"]
    if most and (not _is_percent(most, most=100) or Decimal(most) == 0):
        found.append(("most_ltv", f"{most[:20]!r} must be per cent above 0 and up to 100"))


def _wrong(text: str, rule: str) -> str:
    """Name the value and the rule that it breaks; of what is missing the rule alone."""
    return f"{text[:20]!r} {rule}" if text else rule


def _is_percent(text: str, *, most: int) -> bool:
    return bool(PERCENT.fullmatch(text)) and Decimal(text) <= most


def _offers(
    said: Mapping[str, str], instruments: Mapping[str, int], found: list[Fault]
) -> tuple[Offer, ...]:
    rows = []
    for n in range(1, OFFERS + 1):
        instrument, quantity, kept_by = (said[f"{name}_{n}"] for name in OFFERED)
        if not (instrument or quantity or kept_by):
            continue
        if instrument not in instruments:
            known = ", ".join(sorted(instruments)) or "nothing yet"
            found.append((f"instrument_{n}", _wrong(instrument, f"must be one of {known}")))
        elif wrong := quantity_fault(quantity, instruments[instrument]):
            found.append((f"quantity_{n}", wrong))
        if not kept_by or len(kept_by) > 60:
            found.append((f"kept_by_{n}", "must say who keeps it, in up to 60 letters"))
        rows.append(Offer(instrument, quantity.replace(",", ""), kept_by))
    if rows and not said["most_ltv"]:
        found.append(("most_ltv", "must be stated where collateral is offered"))
    return tuple(rows)


def quantity_fault(text: str, scale: int) -> str:
    """
    Say what is wrong with a quantity in whole units, nothing if it is sound.

    >>> quantity_fault("12.5", 8), quantity_fault("1.123", 2)
    ('', "'1.123' has more than 2 decimals")
    """
    try:
        if units(text.replace(",", ""), scale) > 0:
            return ""
        rule = "must be above zero"
    except NotAValue as wrong:
        rule = str(wrong)
    return _wrong(text, rule)
