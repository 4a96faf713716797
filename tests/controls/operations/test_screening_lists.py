"""Screening lists: each version follows the last, each entry is kept once, nothing is edited."""

from datetime import timedelta

import pytest

from tests.factories import NOW, TODAY, person
from together.controls.models import AuditRecord, ListEntry, ScreeningList
from together.controls.operations import screening_lists
from together.controls.operations.people import NotAllowed
from together.controls.operations.screening_lists import NotLoaded

pytestmark = pytest.mark.django_db
HEAD = "reference,kind,name,also_known_as,addresses,programme\n"
ONE, TWO = "E-1,entity,Imaginary Airlines,,,x\n", "E-2,individual,Nemo Nobody,,0xAB,x\n"


def load(*rows: str, on=TODAY, by=None, at=NOW, source="own"):
    return screening_lists.load(
        source=source,
        name="../own.csv",
        data=(HEAD + "".join(rows)).encode(),
        by=by or person("compliance"),
        at=at,
        issued_on=on,
    )


def test_a_list_is_a_version_with_its_digest_and_counts():
    made = load(ONE, TWO)
    assert not made.is_known
    one = made.list
    assert (one.number, one.version, one.entry_count, one.name_count) == ("SL-0001", 1, 2, 2)
    assert (one.added, one.dropped, one.name) == (2, 0, "own.csv")
    assert AuditRecord.objects.get(what="screening.list_loaded").details["entries"] == 2


def test_the_same_file_is_recognised():
    first = load(ONE)
    again = load(ONE)
    assert (again.is_known, again.list) == (True, first.list)
    assert ScreeningList.objects.count() == ListEntry.objects.count() == 1


def test_a_version_keeps_what_stays_drops_what_is_gone_and_adds_what_is_new():
    load(ONE, TWO)
    changed = TWO.replace("Nobody", "Noone")
    second = load(ONE, changed).list
    assert (second.version, second.added, second.dropped) == (2, 1, 1)
    rows = ListEntry.objects.order_by("id").values_list("reference", "since__version", "dropped")
    assert list(rows) == [("E-1", 1, None), ("E-2", 1, second.pk), ("E-2", 2, None)]


def test_an_older_or_cut_or_future_file_is_refused_whole():
    load(ONE, TWO, "E-3,entity,Third,,,\n", on=TODAY - timedelta(days=1))
    for rows, on, said in (
        ((ONE, TWO), TODAY - timedelta(days=2), "is before"),
        ((ONE, TWO), TODAY + timedelta(days=1), "is in the future"),
        ((ONE,), TODAY, "1 entries are less than half of the 3 of SL-0001"),
        (("E-1,ship,X,,,\n",), TODAY, "row 2: kind: 'ship'"),
    ):
        with pytest.raises(NotLoaded, match=said):
            load(*rows, on=on)
    assert ScreeningList.objects.count() == 1
    assert not ListEntry.objects.exclude(dropped=None).exists()


def test_a_file_of_before_the_last_one_is_told():
    load(ONE)
    load(ONE, TWO)
    with pytest.raises(NotLoaded, match="it is SL-0001, and SL-0002 is newer"):
        load(ONE)


def test_only_compliance_loads_a_list():
    with pytest.raises(NotAllowed):
        load(ONE, by=person("loan_officer"))
