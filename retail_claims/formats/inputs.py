"""Inputs of a run: a file, a folder or a pattern of parts, and their SHA-256."""

import glob
import hashlib
from dataclasses import dataclass
from pathlib import Path

EXTENSIONS = (".csv", ".csv.gz", ".parquet")


class NoSuchInput(ValueError):
    """Raised when a named input is not there or of no known kind; says which and why."""


class FileFault(Exception):
    """Raised when a part cannot be read on; ``code`` names the fault, ``column`` where known."""

    def __init__(self, code: str, column: str = "") -> None:
        super().__init__(f"{code} {column}".strip())
        self.code, self.column = code, column


@dataclass(frozen=True, slots=True)
class Input:
    """One table of the evidence in one or more parts, ordered by name."""

    parts: tuple[Path, ...]
    is_single: bool


def find(text: str) -> Input:
    """
    Find the parts of an input: the file itself, or what a folder or a ``*`` pattern holds.

    Names beginning with ``.`` or ``_`` are left out.

    :raises NoSuchInput: if there is no part, or one is not CSV, gzipped CSV or Parquet
    """
    path = Path(text)
    if path.is_dir():
        found, is_single = list(path.iterdir()), False
    elif path.exists() or "*" not in text:
        found, is_single = [path], True
    else:
        found, is_single = [Path(one) for one in glob.glob(text)], False  # noqa: PTH207 - absolute
    if not is_single:
        found = [part for part in found if part.name[0] not in "._"]
    if not found:
        raise NoSuchInput(f"{text} holds no part")
    for part in found:
        if not part.is_file():
            raise NoSuchInput(f"{part} is no file")
        if not part.name.endswith(EXTENSIONS):
            raise NoSuchInput(f"{part} is none of {', '.join(EXTENSIONS)}")
    return Input(tuple(sorted(found, key=lambda part: (part.name, str(part)))), is_single)


def sha256(given: Input) -> str:
    """Give the SHA-256 of a single file's bytes, or of the lines ``<sha256>  <name>`` of parts."""
    if given.is_single:
        return _file_sha256(given.parts[0])
    lines = [f"{_file_sha256(part)}  {part.name}\n" for part in given.parts]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
