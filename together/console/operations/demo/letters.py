"""The letters of the demo: contacts of the borrowers, and what each day says to them by mail."""

from datetime import date, datetime

from loans.models import Contact, Institution
from loans.operations import contacts, letters
from loans.rules.contacts import Details
from together.console.operations.demo.borrowers import slug_of
from together.console.operations.demo.funds import People, Tell
from together.notices.models import Notice
from together.notices.operations import outbox

# Who takes invoices; some borrowers have named nobody, and their letters wait in the portal.
FINANCE = {
    "northgate": "Marit Solvang",
    "lagoon": "Urs Brunner",
    "perihel": "Odile Farrant",
    "cormorant": "Wei Ling Tan",
    "aldgate": "Rupert Hale",
    "tessera": "Ieva Petraite",
    "brightwater": "Anna Frick",
    "ferrovia": "Chiara Moretti",
}


def enter_contacts(institution: Institution, *, cast: People, at: datetime) -> None:
    """Enter who of a borrower takes its invoices, if somebody does."""
    slug = slug_of(institution.legal_name)
    if slug in FINANCE and not Contact.objects.filter(institution=institution).exists():
        contacts.enter(
            institution=institution,
            details=Details(FINANCE[slug], "finance", f"finance@{slug}.example", "+442079460018"),
            starts_on=at.date(),
            by=cast["loan_officer"],
            at=at,
        )


def send(on: date, *, at: datetime, tell: Tell) -> None:
    """Make the letters of a day that was closed, and mail them into a folder of this machine."""
    said = letters.send_notices(on=on, at=at)
    for number, why in said.failed.items():
        tell(f"{number} on {on}: NOT SAID: {why}")
    if said.notices:
        outbox.work(worker="demo", seconds=60, at=at)


def told(tell: Tell) -> None:
    """Tell how many letters of each kind there are."""
    count: dict[str, int] = {}
    for kind in Notice.objects.order_by("id").values_list("kind", flat=True):
        count[kind] = count.get(kind, 0) + 1
    said = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in sorted(count.items()))
    kept = Notice.objects.filter(state="kept").count()
    tell(f"letters: {said}; {kept} of them have no address and stand in the portal only")
