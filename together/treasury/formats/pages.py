"""Pages of statements: what a bank splits over several messages is joined, or refused by rule."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from together.treasury.formats import values
from together.treasury.formats.identity import identified
from together.treasury.formats.parsed import Faults, LeftOut, ParsedLine, ParsedStatement


@dataclass(frozen=True, slots=True)
class Page:
    """
    A whole statement, or a page of one.

    ``begins`` and ``ends`` say whether its balances are the statement's own or between two pages;
    ``page`` is 0 where pages are not counted.
    """

    row: int
    account: str
    servicer: str
    number: int | None
    asset: str
    opening: str
    closing: str
    from_on: date
    to_on: date
    page: int
    begins: bool
    ends: bool
    lines: tuple[ParsedLine, ...]
    left_out: tuple[LeftOut, ...] = ()


def joined(pages: Iterable[Page], faults: Faults) -> Iterator[ParsedStatement]:
    """Join the pages of each statement in the order in which they stand; note what is missing."""
    before: Page | None = None
    for page in pages:
        broken = _broken(before, page)
        if broken:
            faults.add(page.row, "page", str(page.page or ""), broken)
        whole = page if before is None else _with(before, page)
        before = None if page.ends else whole
        if page.ends:
            yield _statement(whole)
    if before:
        faults.add(before.row, "page", str(before.page or ""), "the last page is missing")


def _broken(before: Page | None, page: Page) -> str:
    """Say how a page does not follow the one before; nothing if it does."""
    if before is None:
        return "" if page.begins else "the pages before it are missing"
    if page.begins or (before.account, before.number) != (page.account, page.number):
        return "the page before it goes on, but on no page of its statement"
    if page.page and page.page != before.page + 1:
        return f"follows page {before.page}"
    if (page.opening, page.asset) != (before.closing, before.asset):
        return f"opens with {page.opening}; the page before it ends with {before.closing}"
    return ""


def _with(first: Page, next_: Page) -> Page:
    """Add a page to those before."""
    return replace(
        first,
        page=next_.page,
        closing=next_.closing,
        to_on=next_.to_on,
        lines=first.lines + next_.lines,
        left_out=first.left_out + next_.left_out,
    )


def _statement(page: Page) -> ParsedStatement:
    """Give the statement of all its pages; lines without a bank's reference get their ids."""
    return ParsedStatement(
        number=page.number,
        account=page.account,
        servicer=page.servicer,
        asset=page.asset,
        opening=page.opening,
        closing=page.closing,
        from_at=values.start_of(page.from_on),
        to_at=values.end_of(page.to_on),
        lines=identified(page.lines),
        left_out=page.left_out,
    )
