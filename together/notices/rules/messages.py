"""Messages: their identity, what they must be, and how long a new try waits."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

MOST_TRIES = 6
MOST_ADDRESSES = 10
LONGEST_TITLE = 150
LONGEST_BODY = 4_000


def message_id(key: str, domain: str) -> str:
    """
    Give the Message-ID of a notice: made of its business key, the same for every try.

    >>> message_id("invoice:L-0001:3:1", "example.test")
    '<7d00af5cb8e6a2dc57c474eedc7b9c2f@example.test>'
    """
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def wait(tries: int) -> timedelta:
    """
    Give how long the next try waits after so many: a minute, then four times as long each time.

    >>> [str(wait(n)) for n in (1, 2, 5)]
    ['0:01:00', '0:04:00', '4:16:00']
    """
    return timedelta(minutes=4 ** (tries - 1))


def faults(title: str, body: str, addresses: Sequence[str]) -> list[str]:
    """Say what of a message cannot be so: field, value and rule."""
    found = []
    if not title.strip() or not title.isprintable() or len(title) > LONGEST_TITLE:
        found.append(f"title: {title[:40]!r} must be one line of up to {LONGEST_TITLE} letters")
    if not body.strip() or len(body) > LONGEST_BODY:
        found.append(f"body: it must be stated, in up to {LONGEST_BODY:,} letters")
    if len(addresses) > MOST_ADDRESSES:
        found.append(f"addresses: {len(addresses)} are more than {MOST_ADDRESSES}")
    found += [
        f"addresses: {one[:60]!r} is no address"
        for one in addresses
        if "@" not in one or not one.isprintable() or any(sign in one for sign in " ,;<>")
    ]
    return found
