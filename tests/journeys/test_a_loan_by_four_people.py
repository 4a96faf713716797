"""
The whole life of one loan by four people, by nothing but the pages and a real browser.

Ada is the Admin of Harbour Trading, Lou its loan officer, Chris checks credit, and Theo keeps the
treasury: he approves and releases what others ask for. They apply for 1,200,000 USDC at 6 % in
three instalments, lend it, are paid by two receipts, and the loan is closed.
"""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from loans.models import Loan
from loans.queries.standing import payoff, planned
from loans.rules.products import terms_of
from tests.factories import usdc
from tests.journeys.loan_people import Seat, seat
from tests.journeys.loan_world import (
    Clock,
    Wallet,
    billed_to,
    brings_a_statement,
    calm,
    minute,
    played,
    unproven,
)
from tests.loans.credit import spread_twice
from tests.loans.factories import loans_pool
from tests.loans.parties import institution
from together.treasury.models import Pool

AMOUNT, TERMS = usdc("1200000"), terms_of("level_monthly", rate="0.06", instalments=3)
DRAWN, INVOICED, DUE, PAID_OFF = (
    date(2025, 10, 14),
    date(2025, 11, 6),
    date(2025, 11, 14),
    date(2025, 11, 24),
)
FIRST = planned(TERMS, AMOUNT, DRAWN)[0]


@dataclass(frozen=True)
class World:
    """Four people, the pool that lends with its wallet, and the clock."""

    ada: Seat
    lou: Seat
    chris: Seat
    theo: Seat
    pool: Pool
    wallet: Wallet
    clock: Clock

    @property
    def loan(self) -> Loan:
        """Give the one loan as it is now."""
        return Loan.objects.select_related("pool", "institution").get()

    def begin(self, day: date) -> None:
        """Let the nights before a day pass; whoever is needed on it signs in."""
        self.clock.set(day)


@pytest.fixture
def world(site, chromium, complaints, tmp_path, monkeypatch) -> World:
    clock = played(monkeypatch)
    pool, harbour = loans_pool(), institution(legal_name="Harbour Trading", limit="3000000")
    spread_twice(harbour)
    billed_to(harbour)
    calm(pool, clock)

    def enters(name: str, *roles: str, scope: str = "") -> Seat:
        sits = seat(chromium, site, complaints, *roles, name=name, scope=scope)
        sits.arrive()
        return sits

    return World(
        ada=enters("ada", "institution_admin", scope=harbour.number),
        lou=enters("lou", "loan_officer"),
        chris=enters("chris", "credit_checker"),
        theo=enters("theo", "treasury_officer", "treasury_approver"),
        pool=pool,
        wallet=Wallet(pool, clock, tmp_path),
        clock=clock,
    )


def test_a_loan_from_its_application_to_its_end_by_four_people(world, complaints):
    applies(world)
    is_underwritten_and_proposed(world)
    is_approved_and_committed(world)
    is_offered_and_accepted(world)
    is_drawn(world)
    is_invoiced(world)
    pays_its_first_instalment(world)
    is_paid_off_and_closed(world)
    assert unproven() == []
    assert complaints == []


def applies(world: World) -> None:
    """Lou submits what Ada's institution asks for; Ada reads it in the portal."""
    lou, ada = world.lou, world.ada
    lou.go_to("Institutions", "Institutions")
    lou.opens("I-0001")
    lou.act(
        "Submit an application",
        {
            "Pool": str(world.pool),
            "Amount": "1,200,000.00",
            "Purpose": "Collateral was liquidated on 10 October",
            "Product": "Level payments, monthly, ACT/360",
            "Rate": "0.06",
            "Instalments": "3",
        },
    )
    lou.is_told("Application A-0001 is submitted.")
    ada.page.reload()
    ada.row("Applications", "A-0001", "1,200,000.00 USDC", "submitted")
    ada.opens("A-0001")
    ada.waits_for("A loan officer looks at your figures.")
    ada.fact("Rate a year", "6.00 %")


def is_underwritten_and_proposed(world: World) -> None:
    """Lou prepares the worksheet from the accounts, and proposes the application with it."""
    lou = world.lou
    lou.opens("A-0001")
    lou.page.get_by_role("link", name="Prepare a worksheet", exact=True).click()
    lou.fact("Score", "100 of 100")
    lou.page.get_by_label("Recommendation").select_option("approve")
    lou.page.get_by_label("Rationale").fill("Sound, and open about what it lost")
    lou.page.get_by_role("button", name="Prepare it", exact=True).click()
    lou.is_told("Worksheet W-0001 is version 1.")
    lou.fact("Score", "100 of 100, grade A")
    # The limit of the institution has room for it: 3,000,000 before, 1,800,000 after.
    lou.row("Limits", "3,000,000.00", "1,800,000.00", "kept")
    lou.picture("loan-1-worksheet")
    lou.opens("A-0001")
    lou.act("Propose")
    lou.is_told("Asked for approval of A-0001; 1 stage must pass.")
    world.ada.page.reload()
    world.ada.waits_for("It was scored and waits for the stages of its approval.")


def is_approved_and_committed(world: World) -> None:
    """Chris reads what is asked for and approves it; Lou commits the loan."""
    chris, lou = world.chris, world.lou
    chris.page.reload()
    chris.picture("loan-2-inbox")
    chris.approve("A-0001", "1,200,000.00")
    lou.page.reload()
    lou.act("Commit the loan")
    lou.is_told("Loan L-0001 is committed.")
    lou.fact("Loan", "L-0001")


def is_offered_and_accepted(world: World) -> None:
    """Lou issues the term sheet; Ada reads what it costs, and accepts it on her telephone."""
    lou, ada = world.lou, world.ada
    lou.opens("L-0001")
    lou.act(
        "Issue a term sheet",
        {"Lapses on": (DRAWN + timedelta(days=14)).isoformat()},
        button="Issue it",
    )
    lou.is_told("Term sheet TS-0001 waits for Harbour Trading in the portal.")
    ada.opens("Loans")
    ada.opens("Term sheet TS-0001")
    expect(ada.page.locator("#main")).to_contain_text("1,200,000.00 USDC")
    expect(ada.page.locator("#main")).to_contain_text(f"{FIRST.due.decimal:,.2f}")
    ada.is_whole_on_a_telephone("loan-3-term-sheet")
    ada.page.get_by_label("I am entitled to sign for").check()
    ada.page.get_by_role("button", name="Accept TS-0001").click()
    expect(ada.page.get_by_role("button", name="Ask for the drawdown")).to_be_visible()


def is_drawn(world: World) -> None:
    """Lou asks for the money, Theo approves and releases it, and the wallet's statement has it."""
    lou, theo, ada = world.lou, world.theo, world.ada
    lou.opens("L-0001")
    lou.act("Ask for the drawdown")
    lou.is_told("Drawdown D-00001 is prepared and waits for approval.")
    theo.page.reload()
    theo.approve("D-00001", "1,200,000.00 USDC")
    theo.go_to("Treasury", "Disbursements")
    theo.opens("D-00001")
    theo.fact("Total", "1,200,000.00 USDC")
    theo.picture("loan-4-disbursement")
    theo.act("Release")
    theo.is_told("Released: 1 batch is funded and on its way.")
    minute(world.loan)
    world.wallet.funded()
    world.wallet.paid(world.loan)
    brings_a_statement(theo, world.wallet, "2 lines, 0 of them breaks")
    ada.page.reload()
    ada.waits_for("The loan is drawn and being repaid.")
    ada.fact("Principal outstanding", "1,200,000.00 USDC")
    ada.row("Schedule", "1", "14 Nov 2025", f"{FIRST.due.decimal:,.2f}")
    ada.picture("loan-5-drawn")


def is_invoiced(world: World) -> None:
    """Ten days before it is due the first instalment is invoiced, by mail and in the portal."""
    world.begin(INVOICED)
    ada = world.ada
    ada.arrive()
    ada.opens("2 notices")
    ada.picture("loan-6-notices")
    ada.row("Notices", "INV-0001", "4 Nov 2025")
    with ada.page.expect_download() as given:
        ada.page.get_by_role("link", name="Download N-0002").first.click()
    pages = PdfReader(io.BytesIO(Path(given.value.path()).read_bytes())).pages
    assert f"{FIRST.due.decimal:,.2f}" in " ".join(page.extract_text() for page in pages)


def pays_its_first_instalment(world: World) -> None:
    """The money comes in on its day: principal and interest as the invoice said."""
    world.begin(DUE)
    ada, theo = world.ada, world.theo
    ada.arrive()
    ada.opens("L-0001")
    ada.fact("Due now", f"{FIRST.due.decimal:,.2f} USDC")
    world.wallet.receives(world.loan, FIRST.due)
    theo.arrive()
    brings_a_statement(theo, world.wallet, "1 line, 0 of them breaks")
    minute(world.loan)
    ada.page.reload()
    ada.fact("Due now", "0.00 USDC")
    left = AMOUNT - FIRST.principal
    ada.fact("Principal outstanding", f"{left.decimal:,.2f} USDC")


def is_paid_off_and_closed(world: World) -> None:
    """Ada asks what pays the loan off, pays just that, and nothing is owed any more."""
    ada, theo, lou = world.ada, world.theo, world.lou
    ada.page.get_by_label("Paid on").fill(PAID_OFF.isoformat())
    ada.page.get_by_role("button", name="Quote").click()
    quoted = payoff(world.loan, PAID_OFF)
    expect(ada.page.locator("#main")).to_contain_text(f"{quoted.decimal:,.2f} USDC")
    ada.is_whole_on_a_telephone("loan-7-payoff")
    world.begin(PAID_OFF)
    world.wallet.receives(world.loan, quoted)
    theo.arrive()
    brings_a_statement(theo, world.wallet, "1 line, 0 of them breaks")
    minute(world.loan)
    world.begin(PAID_OFF + timedelta(days=1))
    lou.arrive()
    lou.go_to("Loans", "Loans")
    lou.opens("L-0001")
    lou.waits_for("nothing: everything is repaid")
    lou.fact("Principal outstanding", "0.00 USDC")
    lou.picture("loan-8-closed")
    ada.arrive()
    ada.row("Loans", "L-0001", "closed", "0.00 USDC")
    ada.opens("L-0001")
    ada.waits_for("Everything is repaid.")
    ada.picture("loan-9-closed-portal")
