"""Bugs put into the rules of floating rates, amendments and commitment fees."""

from tests.mutants.loan_rules import Mutant

FIXINGS = "tests/loans/rules/replay/test_fixings.py"
OFFERS = "tests/loans/rules/test_offers.py"
WORTH = "tests/loans/rules/test_modification.py"
FEE = "tests/loans/rules/test_commitment_fee.py"


def _in(file: str, what: str, old: str, new: str, tests: str) -> Mutant:
    return Mutant(what, f"loans/rules/{file}.py", old, new, tests)


RATES = [
    _in(
        "floating",
        "a floor is a cap",
        "value = max(value, self.floor)",
        "value = min(value, self.floor)",
        FIXINGS,
    ),
    _in(
        "floating",
        "a cap is forgotten",
        "return value if self.cap is None else min(value, self.cap)",
        "return value",
        FIXINGS,
    ),
    _in(
        "floating",
        "a fixing is looked for after its day",
        "self.calendar.preceding(day), -self.lookback_days)",
        "self.calendar.preceding(day), self.lookback_days)",
        FIXINGS,
    ),
    _in(
        "floating",
        "a lockout begins a day late",
        "-(1 + self.lockout_days)",
        "-self.lockout_days",
        FIXINGS,
    ),
    _in(
        "floating",
        "interest on interest is forgotten",
        "self.growth *= 1 + self.value * weight / self.base",
        "self.growth *= 1",
        FIXINGS,
    ),
    _in(
        "floating",
        "shifted fixings keep the days of their interest",
        "return rate * own * (self.end - self.start).days / whole if whole else rate",
        "return rate",
        FIXINGS,
    ),
    _in(
        "replay/fixings",
        "the spread is compounded too",
        "value = agreed.bounded(value)\n    spread",
        "value = agreed.bounded(value) + agreed.spread\n    spread",
        FIXINGS,
    ),
    _in(
        "replay/fixings",
        "a fixing of a day that never came counts",
        "if life.seen_at is not None or not _place",
        "if not _place",
        FIXINGS,
    ),
    _in(
        "replay/fixings",
        "level payments do not follow a fixing",
        "relevel(life.book, life.book.row_due_after(event.on))\n        follow_charges",
        "follow_charges",
        FIXINGS,
    ),
    _in(
        "replay/fixings",
        "a re-age lets the rate begin anew",
        "life.fixed.append((on, life.fixed[-1][1]))",
        "life.fixed.clear()",
        FIXINGS,
    ),
    _in(
        "replay/events",
        "a corrected fixing counts beside its correction",
        "    dead.add(target)\n    return target\n",
        "    return target\n",
        FIXINGS,
    ),
    _in(
        "projection",
        "days without a rate are projected",
        "known_until = date.max if unset is None else unset + DAY",
        "known_until = date.max",
        FIXINGS,
    ),
    _in(
        "modification",
        "the present value is at the new rate of the terms",
        "is_original = before.terms.floating is None",
        "is_original = False",
        WORTH,
    ),
    _in(
        "modification",
        "what is overdue is left out",
        "[(max(due_on, as_of), amount) for due_on, amount in open_ones if amount]",
        "[(due_on, amount) for due_on, amount in open_ones if amount and due_on > as_of]",
        WORTH,
    ),
    _in(
        "modification",
        "a loss is told as a gain",
        "return self.after - self.before",
        "return self.before - self.after",
        WORTH,
    ),
    _in(
        "modification",
        "ten per cent is not enough",
        "return abs(self.share) >= SUBSTANTIAL",
        "return abs(self.share) > SUBSTANTIAL",
        WORTH,
    ),
    _in(
        "commitment_fee",
        "a fee goes on after the availability period",
        "until = min(until, agreed.ends_on(since))",
        "until = max(until, since)",
        FEE,
    ),
    _in(
        "commitment_fee",
        "a fee is of the rate of the loan",
        "amount * agreed.fee_rate *",
        "amount * terms.rate *",
        FEE,
    ),
    _in(
        "amendments",
        "taking an agreed change back needs nobody",
        "return AGREED_WITH_BORROWER[taken_back or kind if kind == REVERSAL else kind]",
        "return AGREED_WITH_BORROWER[kind]",
        "tests/loans/rules/test_amendments.py",
    ),
    _in(
        "amendments",
        "a due date is moved without the borrower",
        '"move_due_date": True,',
        '"move_due_date": False,',
        "tests/loans/rules/test_amendments.py",
    ),
    _in(
        "offers",
        "what is lent is not taken off",
        "return back - lent, back_now - lent_now",
        "return back, back_now",
        OFFERS,
    ),
    _in(
        "offers",
        "the second offer is discounted at its own rate",
        "back = _back(was, rate, unit), _back(now, rate, unit)",
        "back = _back(was, rate, unit), _back(now, new_rate, unit)",
        OFFERS,
    ),
    _in(
        "offers",
        "an offer is discounted to its first payment",
        "present_value(plan.flows, plan.drawn_on, rate)",
        "present_value(plan.flows, plan.flows[0][0], rate)",
        OFFERS,
    ),
]
