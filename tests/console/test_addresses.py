"""Every address declares who may call it; the list is kept, so that a new one is looked at."""

from collections.abc import Iterator
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

LIST = Path(__file__).with_name("addresses.txt")


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = f"{before}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, route)
        else:
            yield route, entry


def _who(pattern: URLPattern) -> str:
    callback = pattern.callback
    return getattr(callback, "who", "") or getattr(getattr(callback, "cls", None), "who", "")


def test_every_address_declares_who_may_call_it():
    undeclared = [route for route, entry in _patterns(get_resolver()) if not _who(entry)]
    assert undeclared == []


def test_the_addresses_are_those_of_the_list():
    assert lines() == LIST.read_text().splitlines(), (
        "an address or who may call it has changed: look at it, then write the list anew with"
        " python -m tests.console.list_addresses"
    )


def lines() -> list[str]:
    return sorted(f"{route}  {_who(entry)}" for route, entry in _patterns(get_resolver()))
