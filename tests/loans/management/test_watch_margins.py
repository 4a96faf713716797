"""`manage.py watch_margins`: says what it did, and which loans have no fresh price."""

from io import StringIO

from django.core.management import call_command
from django.utils import timezone

from tests.loans import collateral, market
from tests.loans.margin_calls import drawn


def run() -> list[str]:
    out = StringIO()
    call_command("watch_margins", stdout=out)
    return out.getvalue().splitlines()


def test_it_names_what_it_opened_and_what_it_could_not_value(pool, pay):
    assert run() == ["0 secured loans looked at"]
    collateral.markets()
    loan = drawn(pool, pay)
    [looked, unvalued] = run()
    assert looked == "1 secured loans looked at"
    assert unvalued.startswith(f"{loan.number} not valued: BTC: the last price, 100000")
    market.price("BTC", "85000", timezone.now())
    assert run() == [looked, "MC-0001 opened"]
    assert run() == [looked]
