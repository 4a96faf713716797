"""A real browser, and the site served from a database of the test's own."""

from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import browser as finder

# A loaded machine answers late; a page that never answers still fails.
expect.set_options(timeout=20_000)


@pytest.fixture
def site(own_database, settings, monkeypatch) -> Iterator[str]:
    """Serve the site in a thread, and give its address."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    # The driver of the browser keeps an event loop in this thread; the test itself is no coroutine.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={}, port=0)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def chromium(site) -> Iterator[Browser]:
    """
    Give an installed Chromium, else Playwright's own; after the site, so that it ends before it.

    One for each test: its driver's event loop must be gone when the database is.
    """
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=finder.installed(), args=finder.ARGUMENTS
        )
        yield running
        # Under the driver's loop Django keeps connections of its own; they end with it.
        connections.close_all()
        running.close()


@pytest.fixture
def complaints() -> list[str]:
    """Give what the browser complained of: blocked scripts, errors, missing files."""
    return []


@pytest.fixture
def page(chromium, complaints) -> Iterator[Page]:
    """Give an empty page of 1440 pixels width."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" else None
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()


def overflow(page: Page) -> int:
    """Give by how many pixels the page is wider than the window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


def forget(page: Page) -> None:
    """Leave the page and forget who is signed in; what it still fetches would tell who it was."""
    page.goto("about:blank")
    page.context.clear_cookies()


def sign_in(page: Page, site: str, username: str, password: str) -> None:
    """Sign in as a person would."""
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/accounts/login/" not in address)
