"""
A finance officer's day, by nothing but the pages of the console and a real browser.

The statement of the last days of the month is in. Fay brings it in; three of its eight lines are
breaks, and each is another story. Theo agrees to what she proposes, money leaves in a file that
Cass takes to the bank, the month is closed, and its trial balance ties to the books.
"""

import csv
import io

import openpyxl
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys import finance_world as world_of
from tests.journeys.conftest import overflow
from tests.journeys.finance_people import Desk, desk
from together.console.queries.proof import all_checks
from together.controls.formats.reports import written
from together.ledger.queries.trial_balance import trial_balance
from together.treasury.models import Disbursement, Instruction, PaymentFile, StatementLine

REPORTS = ("CSV", "XLSX", "PDF")


def test_a_finance_officers_day(site, chromium, complaints, settings, tmp_path):
    settings.MFA_REQUIRED = True
    # On a loaded machine the day is longer than a confirmation of who somebody is lasts.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 3600
    world = world_of.the_evening_before()
    # Fay may approve for others on other days; today she asks, and must not decide.
    fay = desk(chromium, site, complaints, "treasury_officer", "treasury_approver", name="fay")
    theo = desk(chromium, site, complaints, "treasury_approver", name="theo")
    cass = desk(chromium, site, complaints, "treasury_officer", name="cass")

    bring_the_statement_in(fay, world, tmp_path)
    confirm_the_payment_without_a_reference(fay)
    resolve_the_payment_with_charges(fay, theo)
    resolve_what_was_sent_to_us_by_mistake(fay, theo)
    nothing_is_unexplained(fay)
    pay_back_to_the_funder(fay, theo)
    take_the_file_to_the_bank(fay, theo, cass)
    close_the_month(fay, theo, world)
    the_trial_balance_ties_to_the_books(fay, world)

    assert [check.name for _, check in all_checks() if not check.holds] == []
    # The browser notes each of the three refusals, and complains of nothing else.
    assert len(complaints) == 3
    assert all("409 (Conflict)" in said for said in complaints)


def bring_the_statement_in(fay: Desk, world: world_of.World, folder) -> None:
    """Upload the bank's file; its page says what became of every line."""
    file = folder / "camt053-october.xml"
    file.write_bytes(world_of.morning_statement(world))
    page = fay.page
    fay.go_to("Treasury", "Accounts")
    page.get_by_role("link", name="dollars-bank").click()
    page.get_by_role("link", name="Import a statement").click()
    page.get_by_label("Statement file").set_input_files(file)
    page.get_by_role("button", name="Import a statement").click()
    fay.is_told("8 lines, 3 of them breaks")
    expect(page.locator(".t-head h1")).to_contain_text("booked")
    why = fay.table("What became of its lines")
    expect(why).to_contain_text("reference and amount")
    expect(why).to_contain_text("charges of the servicer, within what is allowed")
    expect(why).to_contain_text("-194,680.85 USD")
    # The same file once more changes nothing, and says so.
    page.get_by_role("link", name="dollars-bank").first.click()
    page.get_by_role("link", name="Import a statement").click()
    page.get_by_label("Statement file").set_input_files(file)
    page.get_by_role("button", name="Import a statement").click()
    fay.is_told("all of it was here already")


def confirm_the_payment_without_a_reference(fay: Desk) -> None:
    """The bank lost reference and payee; one payment alone has this amount."""
    fay.open_break("B030")
    proposals = fay.table("What it may be")
    expect(proposals).to_contain_text("amount, which nothing else has in these days")
    # By the keyboard alone: to the proposal, to its act, and done.
    proposals.get_by_role("link", name="W-0004").focus()
    fay.page.keyboard.press("Enter")
    fay.page.get_by_role("link", name="Confirm", exact=True).focus()
    fay.page.keyboard.press("Enter")
    expect(fay.page.get_by_text("40,312.45").first).to_be_visible()
    fay.page.get_by_role("button", name="Confirm", exact=True).focus()
    fay.page.keyboard.press("Enter")
    fay.is_told("The line is matched, and in the books.")
    assert Instruction.objects.get(reference="W-0004").state == "settled"


def resolve_the_payment_with_charges(fay: Desk, theo: Desk) -> None:
    """25.00 more left than was instructed: the rest is the bank's charges, says the bank."""
    fay.open_break("B040")
    expect(fay.table("What it may be")).to_contain_text("the amount is another")
    fay.act(
        "Propose a resolution",
        {
            "It is": "charges of the servicer",
            "Payment it belongs to": "W-0005",
            "Reason": "Wire charges, by the bank's advice",
        },
    )
    fay.is_told("Somebody else approves it.")
    expect(fay.page.get_by_text("waits for a treasury approver")).to_be_visible()

    # She holds the role that decides, and still may not decide what she asked for.
    address = fay.page.url
    fay.page.get_by_role("link", name="waits for a treasury approver").click()
    fay.act("Approve")
    expect(fay.page.get_by_role("alert")).to_contain_text("who asked for it does not decide it")

    theo.approve("Line B040", "-25.00 USD")
    fay.page.goto(address)
    fay.act("Book the resolution")
    fay.is_told("The resolution is booked and the line is matched.")


def resolve_what_was_sent_to_us_by_mistake(fay: Desk, theo: Desk) -> None:
    """480.00 came back from somebody who was never paid: it is kept for who it belongs to."""
    fay.open_break("B050")
    expect(fay.page.get_by_text("no instruction has this reference")).to_be_visible()
    fay.act("Take it on")
    fay.act("Note", {"Note": "Quay Wines is no payee of ours; the bank asks its sender."})
    expect(fay.table("Trail")).to_contain_text("Quay Wines is no payee of ours")
    fay.act(
        "Propose a resolution",
        {
            "It is": "money received: a programme allocates it",
            "Reason": "Misdirected: owed to its sender",
        },
    )
    address = fay.page.url
    theo.approve("Line B050", "480.00 USD")
    fay.page.goto(address)
    fay.act("Book the resolution")
    fay.is_told("The resolution is booked and the line is matched.")
    assert not StatementLine.objects.filter(state="break").exists()


def nothing_is_unexplained(fay: Desk) -> None:
    """No break is left, and books, instructions and statements of the account agree."""
    fay.go_to("", "Dashboard")
    expect(fay.page.get_by_text("No line of a statement is unexplained.")).to_be_visible()
    fay.go_to("Treasury", "Accounts")
    fay.page.get_by_role("link", name="dollars-bank").click()
    proof = fay.table("Three-way proof: books = instructions = statements")
    expect(proof).to_contain_text("all three agree")
    expect(proof.get_by_role("row", name="Unexplained")).to_contain_text("0.00 USD")
    fay.page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(fay.page) <= 0
    fay.page.set_viewport_size({"width": 1440, "height": 900})


def pay_back_to_the_funder(fay: Desk, theo: Desk) -> None:
    """The officer asks, a second person agrees, the batch is released."""
    fay.go_to("Treasury", "Pools")
    fay.page.get_by_role("link", name="dollars", exact=True).click()
    destination = world_of.Destination.objects.get(owner_kind="funder").number
    fay.act(
        "Propose to pay back to the funder",
        {"Amount": "250,000.00", "Destination": destination, "Account": "dollars-bank"},
    )
    fay.is_told("Released, it is paid like any other.")
    address, name = fay.page.url, Disbursement.objects.get(kind="winddown").number
    fay.act("Release the next wave")
    expect(fay.page.get_by_role("alert")).to_contain_text("not approved")
    theo.approve(name, "250,000.00 USD")
    fay.page.goto(address)
    fay.act("Release the next wave")
    fay.is_told("each waits for a payment file")


def take_the_file_to_the_bank(fay: Desk, theo: Desk, cass: Desk) -> None:
    """One prepares the file, one approves its bytes, a third takes them away."""
    order = Disbursement.objects.get(kind="winddown")
    fay.table("Batches").get_by_role("link", name=f"{order.number}-0001").click()
    fay.act("Prepare a file", {"Execute on": world_of.today().isoformat()})
    address, file = fay.page.url, PaymentFile.objects.latest("id")
    theo.approve(file.number, "250,000.00 USD")
    fay.page.goto(address)
    fay.act("Hand over", button="Hand over and download")
    expect(fay.page.get_by_role("alert")).to_be_visible()
    cass.page.goto(address)
    taken = cass.download("Hand over", button="Hand over and download")
    assert world_of.sha256(taken) == file.digest
    cass.page.goto(address)
    expect(cass.page.locator(".t-head h1")).to_contain_text("handed over")


def close_the_month(fay: Desk, theo: Desk, world: world_of.World) -> None:
    """The checklist holds; one asks, another approves, the books are closed through the day."""
    fay.go_to("Books", "Closings")
    fay.page.get_by_role("link", name="Propose a closing").click()
    effect = fay.page.locator("dl.t-effect")
    expect(effect).to_contain_text(f"statements of dollars-bank reach {world.month_end}")
    assert "holds" in effect.inner_text()
    assert effect.locator(".t-bad").count() == 0
    fay.page.get_by_label("Reason").fill("Month end")
    fay.page.get_by_role("button", name="Propose a closing").click()
    fay.is_told("Somebody else approves it.")
    theo.approve(f"Books through {world.month_end}", "Month end")
    fay.go_to("Books", "Closings")
    fay.act("Close the books")
    fay.is_told(f"The books are closed through {world.month_end}")


def the_trial_balance_ties_to_the_books(fay: Desk, world: world_of.World) -> None:
    """The report of the closed month, as three kinds of file, says what the books say."""
    fay.page.get_by_role("link", name="Trial balance of the period").click()
    expect(fay.page.get_by_text("Ties to the books")).to_be_visible()
    files = {kind: fay.take(kind) for kind in REPORTS}
    in_csv = list(csv.reader(io.StringIO(files["CSV"].decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(files["XLSX"]))["Report"]
    in_xlsx = list(sheet.iter_rows(values_only=True))
    pages = PdfReader(io.BytesIO(files["PDF"])).pages
    in_pdf = " ".join(page.extract_text() for page in pages)
    balances = trial_balance(None, world.month_end)
    assert {one.code for one in balances} >= {"cash", "expense.charges", "receipts.unallocated"}
    for one in balances:
        closing = one.closing
        row = next(row for row in in_csv if row[0] == one.code)
        assert str(closing.decimal) in row, one.code
        row = next(row for row in in_xlsx if row[0] == one.code)
        assert f"{closing.decimal}" in {
            f"{cell:.2f}" for cell in row if isinstance(cell, float | int)
        }
        assert written(closing, "money") in in_pdf
