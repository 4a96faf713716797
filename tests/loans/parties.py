"""Valid institutions: who they are, verified, screened, paid to a confirmed destination."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from django.utils import timezone
from stdnum.iso7064 import mod_97_10

from loans.models import (
    Institution,
    ProfileChange,
    Verification,
)
from loans.operations import (
    institutions,
    profiles,
    screenings,
    verifications,
)
from loans.queries.profiles import profile_of
from loans.rules.profiles import WORDS, Profile
from loans.rules.verifications import REQUIRED
from tests.factories import NOW, approve, confirmed, person, usdc
from together.controls.models import Approval, Document, Person, ScreeningList
from together.controls.operations import documents, screening_lists
from together.treasury.models import (
    Destination,
)

_number = count(1)


def lei() -> str:
    """Give a new LEI with valid check digits."""
    body = f"5493{next(_number):014d}"
    return body + mod_97_10.calc_check_digits(body)


def papers(of: Institution, kinds=REQUIRED, **named) -> list[Document]:
    """File a document of each kind about an institution."""
    return [
        documents.file(
            **{
                "area": "loans",
                "subject": of.number,
                "kind": kind,
                "title": f"Paper {kind}",
                "name": "paper.pdf",
                "data": f"%PDF-1.7 {of.lei} {kind}".encode(),
                "by": person("loan_officer"),
                "at": NOW - timedelta(days=3),
                **named,
            }
        )
        for kind in kinds
    ]


def proposed_verification(of: Institution, *, days: int = 700, at=NOW - timedelta(days=3)):
    """Propose a verification of an institution on all that is needed."""
    asked = verifications.propose(
        institution=of,
        documents=papers(of, at=at),
        expires_on=at.date() + timedelta(days=days),
        finding="All agrees",
        by=person("loan_officer"),
        at=at,
    )
    return Verification.objects.get(number=asked.subject)


def verified(of: Institution, *, days: int = 700, at=NOW - timedelta(days=3)) -> Verification:
    """Verify who an institution is, under four eyes."""
    made = proposed_verification(of, days=days, at=at)
    approve(Approval.objects.get(kind="institution.kyb", subject=made.number), at=at)
    verifications.put_in_force(verification=made, by=person("loan_officer"), at=at)
    made.refresh_from_db()
    return made


def profile(**named) -> Profile:
    """Give the profile of a market maker on its own."""
    given = {
        "legal_name": f"Market Maker {next(_number)}",
        "jurisdiction": "KY",
        "sector": "market_maker",
        "limit": usdc("10000000"),
    }
    return Profile(**{**given, **named})


def entered(**named) -> Institution:
    """Enter an institution that nobody verified; what is named is of it or of its profile."""
    of_profile = {name: named.pop(name) for name in list(named) if name in WORDS}
    given = {
        "lei": lei(),
        "profile": profile(**of_profile),
        "wallet": f"wallet-mm-{next(_number)}",
        "by": person("loan_officer"),
        "at": NOW - timedelta(days=3),
    }
    return institutions.enter(**{**given, **named})


def institution(*, limit: str = "10000000", is_verified: bool = True, **named) -> Institution:
    """Enter an institution whose identity is verified, and confirm where it is paid to."""
    made = entered(limit=usdc(limit), **named)
    if is_verified:
        verified(made)
    confirmed(Destination.objects.get(owner=made.lei))
    screened(made)
    return made


def screened(of: Institution, at: datetime | None = None) -> Institution:
    """Screen an institution against a list that names somebody else; pages ask the clock."""
    if not ScreeningList.objects.exists():
        listed("E-1,entity,Imaginary Airlines,,,test\n")
    screenings.screen_one(institution=of, at=at or timezone.now())
    return of


def listed(*rows: str, at: datetime = NOW - timedelta(days=3)) -> ScreeningList:
    """Load our own list of these rows."""
    head = "reference,kind,name,also_known_as,addresses,programme\n"
    return screening_lists.load(
        source="own",
        name="own.csv",
        data=(head + "".join(rows)).encode(),
        by=person("compliance"),
        at=at,
        issued_on=at.date(),
    ).list


def profile_change(of: Institution, *, by: Person | None = None, **named) -> ProfileChange:
    """Propose that something else holds of an institution."""
    asked = profiles.propose(
        institution=of,
        profile=replace(profile_of(of), **named),
        reason="A letter of the institution",
        by=by or person("loan_officer"),
        at=NOW,
    )
    return ProfileChange.objects.get(number=asked.subject)
