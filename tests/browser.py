"""Finds a Chromium for the browser tests, or gets one; ``python -m tests.browser``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What a test needs of a browser that must not speak to anybody else.
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADVICE = "apt-get install -y chromium   (as root; or: .venv/bin/playwright install chromium)"


def installed() -> str | None:
    """Give the path of a browser that is there: of the system, else Playwright's own."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


def get() -> str:
    """
    Give the path of a browser, getting one where there is none.

    :raises SystemExit: if none can be had, with the one command to type
    """
    found = installed()
    if found:
        return found
    print("No Chromium is installed: getting Playwright's own ...", flush=True)
    _try([sys.executable, "-m", "playwright", "install", "chromium"])
    if not installed() and os.geteuid() == 0 and shutil.which("apt-get"):
        print("That did not work: installing the system's ...", flush=True)
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-y", "-qq", "chromium"])
    found = installed()
    if found is None:
        raise SystemExit(f"The browser tests need a Chromium. Type:\n  {ADVICE}")
    return found


def _try(command: list[str]) -> None:
    """Run a command that may fail; what it printed goes to a person only if nothing helps."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print((done.stderr or done.stdout).strip()[-300:], flush=True)


if __name__ == "__main__":
    print(get())
