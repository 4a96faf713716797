"""
From arrears over a restructure and a cure to the end of a loan, by nothing but pages in a browser.

Harbour Trading drew 600,000 USDC at 6 % in six instalments and misses the first one. Lou finds it
among the arrears and watches it, Theo and Tara put it into stage 2, Lou proposes an extension that
Chris approves and Ada accepts. What is overdue is paid, Chris takes it off the list, the next assessment is of
stage 1, and it is paid off.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from loans.models import Adjustment, Impairment, Loan
from loans.queries.standing import Standing, payoff, standing
from loans.rules.products import terms_of
from tests.journeys.loan_people import Seat, seat
from tests.journeys.loan_world import (
    Clock,
    Wallet,
    assesses,
    billed_to,
    brings_a_statement,
    calm,
    minute,
    paid_by_workers,
    played,
    unproven,
)
from tests.loans.factories import active_loan, loans_pool
from tests.loans.parties import institution
from together.ledger.rules.money import Money
from together.treasury.models import Pool

MISSED = date(2025, 11, 14)
LATE = MISSED + timedelta(days=10)
NOVEMBER, DECEMBER = date(2025, 11, 30), date(2025, 12, 31)
RESTRUCTURED, CURED = date(2025, 12, 5), date(2025, 12, 8)
SECOND_DUE, PAID_OFF = date(2025, 12, 15), date(2026, 1, 9)
REASON = "It misses its first instalment"


@dataclass(frozen=True)
class World:
    """Five people, the pool that lends with its wallet, and the clock."""

    ada: Seat
    lou: Seat
    chris: Seat
    theo: Seat
    tara: Seat
    pool: Pool
    wallet: Wallet
    clock: Clock

    @property
    def loan(self) -> Loan:
        """Give the one loan as it is now."""
        return Loan.objects.select_related("pool", "institution").get()

    @property
    def now(self) -> Standing:
        """Give what is owed today."""
        return standing(self.loan, self.clock.today)

    def receives(self, amount: Money) -> None:
        """Let an amount come in: Theo brings the wallet's statement, and it is allocated."""
        self.wallet.receives(self.loan, amount)
        self.theo.arrive()
        brings_a_statement(self.theo, self.wallet, "0 of them breaks")
        minute(self.loan)


@pytest.fixture
def world(site, chromium, complaints, tmp_path, monkeypatch) -> World:
    clock = played(monkeypatch)
    pool, harbour = loans_pool(), institution(legal_name="Harbour Trading")
    billed_to(harbour)
    calm(pool, clock)
    terms = terms_of("level_monthly", rate="0.06", instalments=6)
    drawn = active_loan(pool, paid_by_workers, borrower=harbour, amount="600000", terms=terms)
    wallet = Wallet(pool, clock, tmp_path)
    wallet.funded()
    wallet.paid(drawn)

    def sits(name: str, *roles: str, scope: str = "") -> Seat:
        return seat(chromium, site, complaints, *roles, name=name, scope=scope)

    return World(
        ada=sits("ada", "institution_admin", scope=harbour.number),
        lou=sits("lou", "loan_officer"),
        chris=sits("chris", "credit_checker"),
        theo=sits("theo", "treasury_officer"),
        tara=sits("tara", "treasury_approver"),
        pool=pool,
        wallet=wallet,
        clock=clock,
    )


def test_a_loan_from_its_arrears_to_its_end(world, complaints):
    misses_an_instalment(world)
    is_watched(world)
    is_in_stage_2(world)
    is_extended(world)
    pays_what_is_overdue(world)
    is_watched_no_more(world)
    is_in_stage_1_again(world)
    is_paid_off_and_closed(world)
    keeps_no_allowance(world)
    assert unproven() == []
    # The browser notes the one refusal, and complains of nothing else.
    assert len(complaints) == 1
    assert "409 (Conflict)" in complaints[0]


def misses_an_instalment(world: World) -> None:
    """Ten days after its due day Lou finds the loan in the list, and Ada was reminded twice."""
    world.clock.set(LATE)
    lou, ada, overdue = world.lou, world.ada, world.now.due_now
    lou.arrive()
    lou.picture("arrears-1-dashboard")
    lou.go_to("", "Lists and reports")
    lou.opens("Arrears")
    lou.row("Arrears", "L-0001", "1-30", "10", "Send a reminder, reserve the lender's rights")
    lou.row("Arrears", "L-0001", _shown(overdue))
    lou.picture("arrears-2-list")
    lou.is_whole_on_a_telephone("arrears-2-list")
    lou.opens("L-0001")
    lou.fact("Days past due", "10 (1-30)")
    lou.fact("Due now", _shown(overdue))
    ada.arrive()
    ada.row("Loans", "L-0001", "10 days late", _shown(overdue))
    ada.opens("L-0001")
    expect(ada.page.get_by_role("alert")).to_contain_text(
        f"{_shown(overdue)} USDC is overdue by 10 days."
    )
    ada.opens("Notices")
    ada.row("Notices", "Second reminder", "19 Nov 2025")
    ada.picture("arrears-3-notices")


def is_watched(world: World) -> None:
    """Lou puts the loan on the watch list, and reads what that means."""
    lou = world.lou
    lou.page.get_by_role("link", name="Put on the watch list", exact=True).click()
    lou.fact("From the next assessment on", "stage 2 at least")
    lou.page.get_by_label("Reason").fill(REASON)
    lou.page.get_by_role("button", name="Put on the watch list", exact=True).click()
    lou.is_told("L-0001 is on the watch list as WL-0001.")


def is_in_stage_2(world: World) -> None:
    """Theo assesses November, Tara approves it, and the books hold losses of the whole life."""
    world.clock.set(NOVEMBER + timedelta(days=1))
    found = _assessed(world, NOVEMBER, "IM-0001")
    world.lou.arrive()
    _loans_page(world.lou)
    world.lou.fact("Stage", "2: credit risk increased significantly", REASON)
    world.lou.fact("Loss allowance", _shown(Money(found.allowance, "USDC")))
    assert found.rows.get().stage == 2


def is_extended(world: World) -> None:
    """Lou proposes three instalments more; Chris approves what it changes; Ada accepts; Lou books."""
    world.clock.set(RESTRUCTURED)
    lou, chris = world.lou, world.chris
    lou.arrive()
    _loans_page(lou)
    lou.page.get_by_text("Propose an adjustment").click()
    lou.act(
        "Extend",
        {
            "More instalments": "3",
            "From": RESTRUCTURED.isoformat(),
            "Reason": "Its customers pay it in spring",
        },
        button="Propose",
    )
    lou.is_told("is proposed. This is the difference it makes")
    asked = Adjustment.objects.get()
    _reads_the_difference(lou, asked)
    lou.picture("arrears-5-difference")
    lou.is_whole_on_a_telephone("arrears-5-difference")
    address = lou.page.url
    chris.arrive()
    chris.page.get_by_role("link", name=asked.number).click()
    chris.picture("arrears-6-request")
    chris.page.goto(address)
    _reads_the_difference(chris, asked)
    chris.page.get_by_role("link", name="Approve", exact=True).click()
    was, now = (_shown(Money(one["outstanding"], "USDC")) for one in asked.difference["totals"])
    chris.fact("Outstanding before", was)
    chris.fact("Outstanding after", now)
    chris.page.get_by_role("button", name="Approve", exact=True).click()
    chris.is_told("stage 1 is approved")
    _is_accepted(world, asked)
    lou.page.goto(address)
    lou.waits_for("a loan officer to book it: its borrower accepted it")
    lou.picture("arrears-7-accepted")
    lou.act("Book")
    lou.is_told("is booked as event 2")
    _loans_page(lou)
    assert len(world.now.instalments) == 9
    lou.row("Schedule", "9", _shown(world.now.instalments[-1].due))
    # What was missed is still overdue: it is not extended away.
    lou.fact("Days past due", "21 (1-30)")


def _is_accepted(world: World, asked: Adjustment) -> None:
    """Lou sends the letter; Ada reads before and after, in figures that she needs, and accepts."""
    lou, ada = world.lou, world.ada
    lou.page.reload()
    lou.waits_for("a loan officer to issue its amendment letter")
    lapses_on = world.clock.today + timedelta(days=14)
    lou.act("Issue the amendment letter", {"Lapses on": lapses_on.isoformat()}, button="Issue it")
    lou.is_told("AL-0001 waits for")
    lou.waits_for("its borrower to answer it in the portal, or to sign it on paper")
    lou.picture("arrears-6-letter")
    lou.is_whole_on_a_telephone("arrears-6-letter")
    ada.arrive()
    ada.picture("arrears-6-portal-home")
    ada.opens("Amendment letter AL-0001")
    main = ada.page.locator("#main")
    was, now = (_shown(Money(one["outstanding"], "USDC")) for one in asked.difference["totals"])
    for words in ("3 instalments follow at the end", was, now, "Present value", "Difference"):
        expect(main).to_contain_text(words)
    # What officers wrote to each other is not hers to read.
    expect(main).not_to_contain_text(asked.reason)
    ada.picture("arrears-6-portal-letter")
    ada.is_whole_on_a_telephone("arrears-6-portal-letter")
    ada.page.get_by_label("I am entitled to sign for").check()
    ada.page.get_by_role("button", name="Accept AL-0001").click()
    expect(main).to_contain_text("AL-0001 is accepted. Your loan officer books the change.")
    ada.picture("arrears-6-portal-loan")
    ada.is_whole_on_a_telephone("arrears-6-portal-loan")


def pays_what_is_overdue(world: World) -> None:
    """Harbour pays what is overdue, and the arrears are gone."""
    world.clock.set(CURED)
    world.receives(world.now.due_now)
    lou = world.lou
    lou.arrive()
    _loans_page(lou)
    lou.fact("Days past due", "0 (current)")
    lou.fact("Due now", "0.00 USDC")
    lou.go_to("", "Lists and reports")
    lou.opens("Arrears")
    expect(lou.page.get_by_text("No loan is past due on this day.")).to_be_visible()


def is_watched_no_more(world: World) -> None:
    """Who put it on the list does not take it off; after the next instalment Chris does."""
    world.clock.set(SECOND_DUE)
    world.receives(world.now.due_now)
    lou, chris = world.lou, world.chris
    for someone in (lou, chris):
        someone.arrive()
        someone.go_to("Loans", "Watch list")
        someone.opens("WL-0001")
        someone.act("Take off the list", {"Reason": "It paid what was overdue, and the next one"})
    expect(lou.page.get_by_role("alert")).to_contain_text("does not take it off")
    chris.is_told("L-0001 is off the watch list.")
    chris.waits_for("nothing: it is not watched any more")
    chris.fact("Put on by", "Lou")
    chris.fact("Taken off by", "Chris")


def is_in_stage_1_again(world: World) -> None:
    """The assessment of December finds nothing that speaks against the loan."""
    world.clock.set(DECEMBER + timedelta(days=1))
    found = _assessed(world, DECEMBER, "IM-0002")
    assert found.rows.get().stage == 1
    world.lou.arrive()
    _loans_page(world.lou)
    world.lou.fact("Stage", "1: performing (nothing speaks against it)")
    world.lou.fact("Loss allowance", _shown(Money(found.allowance, "USDC")))


def is_paid_off_and_closed(world: World) -> None:
    """Harbour pays all that is owed, and the loan is closed with the day."""
    world.clock.set(PAID_OFF)
    world.receives(payoff(world.loan, PAID_OFF))
    world.clock.set(PAID_OFF + timedelta(days=1))
    lou, ada = world.lou, world.ada
    lou.arrive()
    _loans_page(lou)
    lou.waits_for("nothing: everything is repaid")
    lou.fact("Principal outstanding", "0.00 USDC")
    lou.picture("arrears-8-closed")
    ada.arrive()
    ada.row("Loans", "L-0001", "closed", "0.00 USDC")


def keeps_no_allowance(world: World) -> None:
    """The assessment of January gives back what was set aside for a loan that is repaid."""
    january = date(2026, 1, 31)
    world.clock.set(january + timedelta(days=1))
    assert _assessed(world, january, "IM-0003").allowance == 0
    expect(world.theo.page.get_by_text("what was set aside is given back").first).to_be_visible()
    world.theo.picture("arrears-9-given-back")


def _assessed(world: World, as_of: date, number: str) -> Impairment:
    """Let Theo assess the loss allowance of a day, Tara approve it, and Theo book it."""
    theo, tara = world.theo, world.tara
    theo.arrive()
    assesses(theo, world.pool, as_of)
    theo.opens(number)
    found = Impairment.objects.get(number=number)
    theo.fact("Allowance", _shown(Money(found.allowance, "USDC")))
    for row in found.rows.all():
        theo.row("Loans", "L-0001", str(row.stage), row.reason)
    theo.picture(f"arrears-4-{number}")
    tara.arrive()
    tara.approve(number, _shown(Money(found.allowance, "USDC")))
    theo.page.reload()
    theo.act("Book it")
    theo.is_told(f"{number} is booked.")
    return found


def _reads_the_difference(reader: Seat, asked: Adjustment) -> None:
    table = reader.table("Instalments before and after, in USDC")
    was, now = (_shown(Money(one["outstanding"], "USDC")) for one in asked.difference["totals"])
    assert was != now
    for cell in (was, now, "new 9"):
        expect(table).to_contain_text(cell)


def _loans_page(reader: Seat) -> None:
    reader.go_to("Loans", "Loans")
    reader.opens("L-0001")


def _shown(amount: Money) -> str:
    return f"{amount.decimal:,.2f}"
