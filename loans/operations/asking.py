"""What an application asks for: checked before it is written down, whoever enters it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from loans.formats.agreed import read_agreed
from loans.queries import fixings
from loans.rules import terms as term_rules
from loans.rules.credit import stated
from loans.rules.faults import Fault
from together import Refused
from together.ledger.rules.money import ASSETS, Money
from together.treasury.models import Pool
from together.treasury.rules.programmes import PoolProgramme


class BadTerms(Refused):
    """Raised when terms or figures are not what they must be; says which field and why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, from which pool, on which terms, and what the applicant says of itself."""

    pool: Pool
    amount: Money
    purpose: str
    terms: dict[str, Any]
    figures: dict[str, Any]


def demand_sound(asked: Asked, on: date) -> None:
    """
    Let only an application pass that could be written down.

    :raises BadTerms: otherwise, naming the field and the rule
    """
    pool = asked.pool
    if asked.amount.asset != pool.asset or asked.amount.minor_units <= 0:
        raise BadTerms(f"amount: must be above zero, in {pool.asset}")
    if pool.given_for != PoolProgramme.LOANS:
        raise BadTerms(f"pool: {pool.code!r} is not given for loans to institutions")
    if not asked.purpose.strip() or len(asked.purpose) > 200:
        raise BadTerms("purpose: must be stated, in up to 200 letters")
    try:
        engine = read_agreed(asked.terms)
        term_rules.check(engine, engine.start or on, for_replay=True)
        stated.check(asked.figures)
    except Fault as fault:
        raise BadTerms(str(fault)) from fault
    if engine.floating is not None and (why := fixings.why_unusable(engine.floating)):
        raise BadTerms(f"terms.floating.index: {why}")
    if (engine.unit * 10 ** ASSETS[pool.asset]).denominator != 1:
        raise BadTerms(f"terms.unit: {pool.asset} has {ASSETS[pool.asset]} decimals")
