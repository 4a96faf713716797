"""The people of a loan's life: each at a browser of their own, on days that the journey sets."""

import os
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.console.factories import PASSWORD, signing_in
from tests.journeys.conftest import forget, sign_in
from tests.journeys.finance_people import Desk

DESK, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
# Where pictures of the steps go, for who looks at them; nowhere unless it is named.
PICTURES = os.environ.get("TOGETHER_JOURNEY_PICTURES", "")


@dataclass(frozen=True)
class Seat(Desk):
    """Somebody's browser; ``arrive`` begins a day, as no session lasts for a night."""

    site: str
    username: str

    def arrive(self) -> None:
        """Sign in, as whoever was signed in there is not any more."""
        forget(self.page)
        sign_in(self.page, self.site, self.username, PASSWORD)

    def fact(self, name: str, *values: str) -> None:
        """Read a fact, or a figure, of a page by its name."""
        named = self.page.locator("dl > div").filter(has=self.page.get_by_text(name, exact=True))
        for value in values:
            expect(named.first).to_contain_text(value)

    def waits_for(self, words: str) -> None:
        """Read what the record waits for, under its name."""
        expect(self.page.locator(".t-waits").first).to_contain_text(words)

    def row(self, table: str, *cells: str) -> None:
        """Read a row of a table that has all of these."""
        found = self.table(table).get_by_role("row")
        for cell in cells:
            found = found.filter(has_text=cell)
        expect(found.first).to_be_visible()

    def opens(self, name: str) -> None:
        """Follow a link of the page's content by its words."""
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def picture(self, name: str) -> None:
        """Keep a picture of the page, where somebody asked for pictures."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)

    def is_whole_on_a_telephone(self, name: str) -> None:
        """See that the page fits a telephone once its charts do, and go back to the desk."""
        self.page.set_viewport_size(TELEPHONE)
        self.page.wait_for_function(FITS)
        self.picture(f"{name}-390")
        self.page.set_viewport_size(DESK)


def seat(
    browser: Browser, site: str, complaints: list[str], *roles: str, name: str, scope: str = ""
) -> Seat:
    """Enter somebody with a browser of their own."""
    person = signing_in(*roles, name=name, scope=scope)
    page = browser.new_context(viewport=DESK, accept_downloads=True).new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return Seat(page, site, person.username)
