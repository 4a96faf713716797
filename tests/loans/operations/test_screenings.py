"""Institutions are screened under all their names, and nothing is lent to who is not."""

from datetime import timedelta

import pytest

from loans.operations import applications, contacts, drawdowns, groups, screenings
from loans.queries import screened as known
from loans.rules.contacts import Details
from loans.tasks import screen
from tests.factories import NOW, TODAY, person
from tests.loans.credit import underwritten
from tests.loans.factories import application, approved, committed_loan
from tests.loans.parties import entered, institution, listed, screened
from together.controls.models import Hit, Screening
from together.controls.operations.screening import HitStands, NotScreened
from together.treasury.models import Destination


def renamed_list(*rows: str):
    """Load a newer list on which somebody else stands as well."""
    return listed("E-1,entity,Imaginary Airlines,,,test\n", *rows, at=NOW)


def test_everything_that_is_known_of_an_institution_is_screened(pool):
    group = groups.enter(name="Northgate group", by=person("loan_officer"), at=NOW)
    top = entered(legal_name="Top Holding", group=group.number)
    borrower = institution(
        legal_name="Northgate", aliases=("North",), parent=top.number, group=group.number
    )
    for name, capacity in (("Ines Falk", "finance"), ("Otto Falk", "legal")):
        details = Details(name, capacity, f"{capacity}@example.test", "+442079460018")
        made = contacts.enter(
            institution=borrower,
            details=details,
            starts_on=TODAY,
            by=person("loan_officer"),
            at=NOW,
        )
    contacts.end(contact=made, on=TODAY, reason="left", by=person("loan_officer"), at=NOW)
    found = known.subject(borrower)
    assert found.names == (
        ("legal name", "Northgate"),
        ("alias", "North"),
        ("parent", "Top Holding"),
        ("group", "Northgate group"),
        ("contact", "Ines Falk"),
    )
    assert found.addresses == (Destination.objects.get(owner=borrower.lei).identifier,)


def test_nothing_is_proposed_committed_or_drawn_with_an_open_hit(pool):
    borrower = institution(legal_name="Northgate Trading Ltd")
    ready = approved(application(pool, borrower=borrower))
    loan = committed_loan(pool, borrower=borrower)
    renamed_list("E-2,entity,Northgate Trading,,,test\n")
    officer = person("loan_officer")
    for expected in (NotScreened, HitStands):
        with pytest.raises(expected):
            applications.propose(
                application=underwritten(application(pool, borrower=borrower)),
                by=officer,
                at=NOW,
            )
        with pytest.raises(expected):
            applications.approve(application=ready, on=TODAY, by=officer, at=NOW)
        with pytest.raises(expected):
            drawdowns.ask(loan=loan, by=officer, at=NOW)
        screened(borrower)
    ready.refresh_from_db()
    assert ready.state == "proposed"


def test_a_new_contact_is_screened_before_anything_else_is_lent(pool):
    borrower = institution()
    screenings.demand(borrower, NOW)
    contacts.enter(
        institution=borrower,
        details=Details("Ines Falk", "finance", "ines@example.test", "+442079460018"),
        starts_on=TODAY,
        by=person("loan_officer"),
        at=NOW,
    )
    with pytest.raises(NotScreened, match="its names or addresses changed"):
        screenings.demand(borrower, NOW)
    assert screenings.screen_due(at=NOW).screened == 1
    screenings.demand(borrower, NOW)


def test_the_beat_screens_who_is_due_and_nobody_twice(pool):
    one, other = institution(legal_name="Northgate Trading"), institution()
    for borrower in (one, other):
        screened(borrower, at=NOW)
    assert screenings.screen_due(at=NOW).screened == 0
    renamed_list("E-2,entity,Northgate Trading,,,test\n")
    done = screenings.screen_due(at=NOW)
    assert (done.screened, done.opened) == (2, ["H-0001"])
    assert Hit.objects.get().subject == one.number
    assert screenings.screen_due(at=NOW).screened == 0
    assert screenings.screen_due(at=NOW + timedelta(days=1)).screened == 2
    before = Screening.objects.count()
    screen()
    assert Screening.objects.count() == before + 2
    assert other.number in Screening.objects.values_list("subject", flat=True)


@pytest.mark.django_db
def test_without_a_list_the_beat_screens_nobody():
    entered()
    assert screenings.screen_due(at=NOW).screened == 0
