"""The people of a finance officer's day: each at a browser of their own, signed in with a code."""

import time
from dataclasses import dataclass
from pathlib import Path

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from playwright.sync_api import Browser, Locator, Page, expect

from tests.console.factories import PASSWORD, signing_in
from tests.journeys.conftest import sign_in

PERIOD = 30


@dataclass(frozen=True)
class Desk:
    """A browser with somebody's session, and what people do with pages of the console."""

    page: Page

    def go_to(self, group: str, name: str) -> None:
        """Follow a link of the navigation."""
        found = self.page.locator("#nav-sidebar-inner div")
        if group:
            heading = self.page.get_by_role("heading", name=group, exact=True)
            found = found.filter(has=heading).last
        found.locator("a").filter(has=self.page.get_by_text(name, exact=True)).first.click()

    def is_told(self, words: str) -> None:
        """See a message at the head of the page."""
        expect(self.page.get_by_text(words).first).to_be_visible()

    def table(self, title: str) -> Locator:
        """Give the table with a title."""
        return self.page.get_by_role("region", name=title)

    def open_break(self, entry: str) -> None:
        """Open a line from the queue of breaks."""
        self.go_to("", "Dashboard")
        self.page.get_by_role("link", name="all breaks").click()
        self.page.get_by_role("link", name=entry).click()

    def act(self, label: str, form: dict[str, str] | None = None, button: str = "") -> None:
        """Press the button of an act, fill its form in, and do it."""
        self._begin(label, form or {})
        self.page.get_by_role("button", name=button or label, exact=True).click()

    def download(self, label: str, button: str) -> bytes:
        """Do an act that gives a file."""
        self._begin(label, {})
        with self.page.expect_download() as given:
            self.page.get_by_role("button", name=button, exact=True).click()
        return Path(given.value.path()).read_bytes()

    def take(self, label: str) -> bytes:
        """Take what a link gives as a file."""
        with self.page.expect_download() as given:
            self.page.get_by_role("link", name=label, exact=True).click()
        return Path(given.value.path()).read_bytes()

    def approve(self, about: str, *figures: str) -> None:
        """Find a request on the dashboard, read its figures, and approve it."""
        self.go_to("", "Dashboard")
        self.page.get_by_role("link", name=about).click()
        self.page.get_by_role("link", name="Approve", exact=True).click()
        for figure in figures:
            expect(self.page.locator("dl.t-effect")).to_contain_text(figure)
        self.page.get_by_role("button", name="Approve", exact=True).click()
        self.is_told("stage 1 is approved")

    def _begin(self, label: str, form: dict[str, str]) -> None:
        self.page.get_by_role("link", name=label, exact=True).click()
        for name, value in form.items():
            field = self.page.get_by_label(name)
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)


def desk(browser: Browser, site: str, complaints: list[str], *roles: str, name: str) -> Desk:
    """Enter somebody, and sign in with password and code in a browser of their own."""
    person, secret = signing_in(*roles, name=name), generate_totp_secret()
    TOTP.activate(person, secret)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, site, person.username, PASSWORD)
    page.get_by_label("Code").fill(_code(secret))
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.wait_for_url(f"{site}/console/")
    return Desk(page)


def _code(secret: str) -> str:
    """Give the code of now; near the end of its time wait for the next one."""
    left = PERIOD - time.time() % PERIOD
    if left < 5:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD))
