"""Default interest: earned after the last due date only, where the terms say so."""

from datetime import date
from fractions import Fraction

from loans.rules.default_interest import default_interest
from loans.rules.replay.events import ReAge
from loans.rules.replay.fold import states_at
from loans.rules.schedule.changes import Extension
from loans.rules.target import target
from loans.rules.terms import Terms
from tests.loans.rules.agreed import event, life, outstanding, rows

DEFAULT = {"rate": "0.18"}


def test_overdue_principal_earns_by_pieces():
    """
    1,000.00 overdue, 400.00 of it for the first 10 days only, ACT/360 at 18 %.

    1,000 x 0.18 x 10/360 = 5.00 and 600 x 0.18 x 20/360 = 6.00.
    """
    terms = Terms("bullet", "ACT/360", default_rate=Fraction("0.18"))
    overdue = [(date(2024, 4, 1), Fraction(1000)), (date(2024, 4, 11), Fraction(600))]
    found = default_interest(terms, date(2024, 4, 1), date(2024, 5, 1), overdue)
    assert found == 11


def test_a_month_after_the_last_due_date_earns_the_default_rate_on_principal():
    """
    Nothing paid: 1,000.00 at 18 % for the month after 1 April = 1000 x 0.18 / 12 = 15.00.

    The instalments are 330.02 + 10.00 twice and 339.96 + 10.00, as nothing is repaid.
    """
    never_paid = life(default_interest=DEFAULT)
    assert rows(never_paid, "2024-04-01")[-1] == "339.96 + 10.00"
    assert rows(never_paid, "2024-05-01") == [
        "330.02 + 10.00",
        "330.02 + 10.00",
        "339.96 + 10.00",
        "0.00 + 15.00",
    ]


def test_overdue_interest_earns_too_where_the_terms_allow_it():
    """1,000.00 of principal and 30.00 of interest overdue: 1,030 x 0.18 / 12 = 15.45."""
    never_paid = life(default_interest={**DEFAULT, "on_interest": True})
    assert rows(never_paid, "2024-05-01")[-1] == "0.00 + 15.45"


def test_nothing_is_earned_after_the_last_due_date_where_the_terms_say_nothing():
    assert len(rows(life(), "2024-05-01")) == 3


def test_a_late_payoff_pays_default_interest_and_stops_it():
    """1,000.00 + 30.00 + 15.00 of default interest = 1,045.00, and not a cent more later."""
    paid_late = life(event("payoff", "2024-05-01"), default_interest=DEFAULT)
    assert paid_late.transactions[0].amount == 1045
    assert outstanding(paid_late, "2024-09-01") == ["0.00"] * 4


def test_a_late_part_payment_lowers_what_earns_from_its_day():
    """
    690.04 on 1 May go to the oldest rows and leave 15.00 + 339.96 + 10.00 - 0.00 there.

    340.02 + 340.02 pay two rows, 10.00 the interest of the third. 339.96 go on earning:
    339.96 x 0.18 / 12 = 5.0994 for May, in all 15.00 + 5.0994 = 20.10.
    """
    part_paid = life(event("repayment", "2024-05-01", "690.04"), default_interest=DEFAULT)
    assert part_paid.principal_outstanding == Fraction("339.96")
    assert rows(part_paid, "2024-06-01")[-1] == "0.00 + 20.10"


def test_the_books_earn_default_interest_from_day_to_day():
    """30.00 of interest by 1 April; 15 of the 30 days of April earn 7.50 more."""
    never_paid = life(default_interest=DEFAULT)
    assert target(never_paid, date(2024, 4, 1), 2).interest == 3000
    assert target(never_paid, date(2024, 4, 16), 2).interest == 3750


def test_a_charge_off_without_interest_stops_default_interest():
    stopped = life(
        event("charge_off", "2024-05-01", behaviour="zero_interest"), default_interest=DEFAULT
    )
    assert rows(stopped, "2024-09-01")[-1] == "0.00 + 15.00"


def test_an_extension_cures_the_default():
    """
    Two more instalments agreed on 1 May: April is an ordinary month again, at 12 %.

    Its 10.00 take the place of the 15.00 of default interest, which were not paid: nobody pays
    for the same time twice. 30.00 were owed by 1 April, so 45.00 become 40.00.
    """
    more = event("extend", "2024-05-01", change=Extension(date(2024, 5, 1), 2))
    never_paid, extended = (life(*with_, default_interest=DEFAULT) for with_ in ((), (more,)))
    assert target(never_paid, date(2024, 5, 1), 2).interest == 4500
    assert target(extended, date(2024, 5, 1), 2).interest == 4000


def test_default_interest_that_was_paid_is_not_earned_again_after_an_extension():
    """
    One instalment due on 1 February; 75.00 for five months at 18 % are paid with it on 1 July.

    Another instalment, due on 1 March, comes too late to change that: not a cent is owed.
    """
    paid, on = event("payoff", "2024-07-01"), date(2024, 7, 1)
    more = event("extend", "2024-07-01", change=Extension(on, 1))
    terms = {"rate": "0", "instalments": 1, "default_interest": DEFAULT}
    extended = life(paid, more, **terms)
    assert rows(extended, "2024-07-01") == ["1000.00 + 0.00", "0.00 + 0.00", "0.00 + 75.00"]
    assert outstanding(extended, "2024-07-01") == ["0.00", "0.00", "0.00"]
    assert target(extended, on, 2).interest == 0


def test_default_interest_that_was_paid_stays_earned_where_interest_is_planned():
    """
    The same loan with planned interest, paid off on 1 May with 45.00, extended and set anew.

    Whether the new last due date lies before or after the payment, nothing is owed to anybody.
    """
    for instalments in (1, 3):
        extended = life(
            event("payoff", "2024-05-01"),
            event("extend", "2024-06-10", change=Extension(date(2024, 6, 10), instalments)),
            event("extend", "2024-06-11", change=Extension(date(2024, 2, 10), 3)),
            event("re_age", "2024-06-20", re_age=ReAge(date(2024, 7, 1), 1)),
            **{"rate": "0", "instalments": 1, "default_interest": DEFAULT},
            interest_on="schedule",
        )
        assert sum(state.due["interest"] for state in states_at(extended, date(2025, 1, 1))) == 45
        assert min(state.due["interest"] for state in states_at(extended, date(2025, 1, 1))) == 0
        assert target(extended, date(2024, 7, 1), 2).interest == 0
