"""What institutions do by themselves: drafts, answers, requests; a test names what matters."""

from uuid import uuid4

from loans.models import Application, CollateralRequest, Draft, InformationRequest, Instrument
from loans.operations import collateral_requests, draft_files, drafts, information_requests
from loans.operations.collateral_requests import Wanted
from tests.factories import NOW, TODAY, person
from tests.loans.parties import institution
from together.controls.models import Person

WHOLE = {
    "pool": "loans",
    "amount": "1,250,000",
    "purpose": "Working capital after the crash",
    "product": "level_monthly",
    "rate": "6.5",
    "instalments": "12",
    "equity_ratio": "0.45",
}
SECURED = {
    **WHOLE,
    "most_ltv": "70",
    "instrument_1": "BTC",
    "quantity_1": "20",
    "kept_by_1": "Harbour Custody",
}


def acting(of, role: str = "institution_admin") -> Person:
    """Enter one of an institution's people."""
    return person(role, scope=of.number)


def draft(of=None, *, by: Person | None = None, at=NOW, **changed) -> Draft:
    """Begin a draft that is complete."""
    of = of or institution()
    values = {name: text for name, text in {**WHOLE, **changed}.items() if text}
    return drafts.start(institution=of, key=uuid4(), values=values, by=by or acting(of), at=at)


def with_file(one: Draft, *, data: bytes = b"%PDF-1.7 accounts", name: str = "q4.pdf", at=NOW):
    """Add a file to a draft."""
    upload = draft_files.Upload("financials", "Balance sheet", name, data)
    draft_files.add(draft=one, upload=upload, by=one.started_by, at=at)
    one.refresh_from_db()
    return one


def submitted(one: Draft, *, at=NOW) -> Application:
    """Submit a draft as it is."""
    return drafts.submit(draft=one, version=one.version, by=one.started_by, at=at)


def asked(of: Application, *, at=NOW, **named) -> InformationRequest:
    """Ask an institution for something about its application."""
    given = {"question": "Which exchange holds it?", "due_on": TODAY.replace(day=20)}
    return information_requests.ask(
        application=of, by=person("loan_officer"), at=at, **{**given, **named}
    )


def wanted(kind: str = "pledge", code: str = "BTC", **named) -> Wanted:
    """Say what an institution wants about its collateral."""
    given: dict = {"kind": kind, "key": uuid4()}
    if kind != "release":
        given |= {
            "instrument": Instrument.objects.get(pk=code),
            "quantity": "2",
            "reference": "0xabc",
        }
    else:
        given["reason"] = "No longer needed"
    return Wanted(**{**given, **named})


def requested(of: Application, *, by: Person | None = None, at=NOW, **named) -> CollateralRequest:
    """Announce or ask for something about the collateral of an application."""
    who = by or acting(of.institution)
    return collateral_requests.ask(application=of, wanted=wanted(**named), by=who, at=at)
