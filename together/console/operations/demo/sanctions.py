"""Sanctions in the demo: a list of invented names, and one near match that compliance clears."""

from datetime import datetime

from loans.models import Institution
from loans.operations import screenings
from loans.queries import screened
from together.console.operations.demo import funds
from together.console.operations.demo.funds import People
from together.controls.models import Approval, ScreeningList
from together.controls.operations import hits, screening, screening_lists
from together.controls.queries.screening import blocking

# Nobody of this list exists; one name is much like that of a borrower.
LIST = """reference,kind,name,also_known_as,addresses,programme
INV-001,entity,Haldane Prime Brokerage,Haldane Brokers,,invented
INV-002,entity,Imaginary Airlines,Imaginair;Air Figment,,invented
INV-003,individual,Nemo Nobody,Nemo Noone,0x00000000000000000000000000000000000000f1,invented
INV-004,entity,Figment Shipping and Freight,,,invented
INV-005,individual,Ida Nonesuch,,,invented
"""
REASON = (
    "Another spelling, another country and another business: the listed one brokers freight. The"
    " register and the owners were compared; they have nothing in common."
)


def screen(institution: Institution, *, cast: People, at: datetime) -> None:
    """Screen an institution, and let its hits be cleared; run again, it goes on."""
    if not ScreeningList.objects.exists():
        screening_lists.load(
            source="own",
            name="invented.csv",
            data=LIST.encode(),
            issued_on=at.date(),
            by=cast["compliance"],
            at=at,
        )
    if screening.due([screened.subject(institution)], at):
        screenings.screen_one(institution=institution, at=at)
    for hit in blocking(screened.AREA, institution.number):
        asked = Approval.objects.filter(
            kind=hits.KIND, subject=hit.number, effect_digest=hit.effect_digest
        ).first() or hits.propose_clearing(hit=hit, reason=REASON, by=cast["loan_officer"], at=at)
        funds.agree(asked, cast, at=at)
        hits.clear(hit=hit, by=cast["compliance"], at=at)
