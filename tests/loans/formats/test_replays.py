"""Events as JSON: what a loan records beyond the calculation contract, which `calc` refuses."""

from datetime import date
from fractions import Fraction

import pytest

from loans.formats.fields import Fields
from loans.formats.replays import read_event, read_recorded
from loans.rules.faults import Fault
from loans.rules.floating import Fixed
from loans.rules.replay.events import BEYOND, FIXING, MARGIN, Event


@pytest.mark.parametrize("kind", sorted(set(BEYOND) - {FIXING, MARGIN}))
def test_what_goes_beyond_the_contract_is_recorded_and_not_calculated(kind):
    said = {"type": kind, "date": "2024-02-01", "id": "2", "amount": "5"}
    expected = Event(kind, date(2024, 2, 1), Fraction(5), identity="2")
    assert read_recorded(said) == expected
    with pytest.raises(Fault, match="type: must be one of"):
        read_event(Fields(said))


def test_a_margin_change_is_recorded_with_its_spread_and_not_calculated():
    said = {"type": MARGIN, "date": "2024-02-01", "id": "2", "spread": "0.015"}
    expected = Event(MARGIN, date(2024, 2, 1), spread=Fraction(3, 200), identity="2")
    assert read_recorded(said) == expected
    with pytest.raises(Fault, match="type: must be one of"):
        read_event(Fields(said))


def test_a_fixing_is_recorded_with_its_observation_and_not_calculated():
    said = {"type": FIXING, "date": "2024-02-01", "index": "SOFR", "fixing_on": "2024-01-30"}
    said |= {"value": "0.0531", "observation": 7, "target": "2"}
    fixed = Fixed(Fraction("0.0531"), "SOFR", date(2024, 1, 30), 7)
    assert read_recorded(said) == Event(FIXING, date(2024, 2, 1), target="2", fixed=fixed)
    with pytest.raises(Fault, match="type: must be one of"):
        read_event(Fields(said))
    with pytest.raises(Fault, match="observation: is required"):
        read_recorded({**said, "observation": None})


def test_a_waiver_without_an_amount_is_of_all_and_a_recovery_has_one():
    said = {"date": "2024-02-01"}
    assert read_recorded({"type": "charge_waiver", **said}).amount is None
    with pytest.raises(Fault, match="amount: is required"):
        read_recorded({"type": "recovery", **said})


def test_a_field_of_another_kind_is_refused_by_name():
    with pytest.raises(Fault, match="rate: is not a field"):
        read_recorded({"type": "charge_waiver", "date": "2024-02-01", "rate": "0.1"})


def test_an_event_of_the_contract_is_read_the_same_both_ways():
    said = {"type": "charge", "date": "2024-02-01", "amount": "5", "kind": "penalty"}
    assert read_recorded(said) == read_event(Fields(dict(said)))
