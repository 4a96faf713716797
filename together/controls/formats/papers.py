"""Papers: what is written for one reader - memos, term sheets, notices - as sections and tables."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of texts; the columns whose numbers are in ``right`` are aligned to the right."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()
    empty: str = "Nothing."


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its heading, then paragraphs, pairs of name and value, and tables."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """
    One paper, ready to be printed.

    ``kind`` is what it is (Credit memo), ``title`` what it is about, ``pairs`` stand at its head.
    ``mark`` says how it may be used, on every page.
    """

    kind: str
    title: str
    pairs: tuple[tuple[str, str], ...]
    sections: Sequence[Section] = field(default=())
    mark: str = ""

    @property
    def digest(self) -> str:
        """Give the SHA-256 of all that it says, in canonical JSON, in hexadecimal."""
        text = json.dumps(
            asdict(self),
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
            default=sorted,
        )
        return hashlib.sha256(text.encode()).hexdigest()
