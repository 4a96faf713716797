"""Taking evidence in: what is uploaded, or lies in the server's inbox, is registered."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from retail_claims.formats import inputs
from retail_claims.formats.inputs import EXTENSIONS
from retail_claims.models import Evidence, Programme
from retail_claims.operations import evidence
from retail_claims.operations.evidence import NoSuchFile
from retail_claims.rules.columns import FILES
from together import Refused
from together.controls.models import Person
from together.controls.operations import people

MEGABYTE = 2**20


class NotOfItsKind(Refused):
    """Raised when a file is neither CSV, gzipped CSV nor Parquet by its name."""


class TooLargeToUpload(Refused):
    """Raised when a file is larger than uploads may be; it can be put into the inbox."""


class OutsideTheInbox(Refused):
    """Raised when a path leads out of the folder that files are taken from."""


@dataclass(frozen=True, slots=True)
class Given:
    """A file as somebody gave it: its name, and its bytes piece by piece."""

    name: str
    pieces: Iterable[bytes]


def upload(
    *, programme: Programme, files: Mapping[str, Given], by: Person, at: datetime
) -> Evidence:
    """
    Keep uploaded files under their digests and register them; the same bytes are kept once.

    A file that is refused keeps all of them out, and nothing of them stays.

    :raises NotOfItsKind: if a name ends in none of the known ways
    :raises TooLargeToUpload: if a file is too large
    :raises NoSuchFile: if a role is unknown, or fills or snapshot are missing
    """
    people.demand(by, "claims.write")
    root = Path(settings.CLAIMS_EVIDENCE_DIR)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".taking-in-", dir=root) as place:
        written = {role: _written(role, given, Path(place) / role) for role, given in files.items()}
        for role in ("fills", "snapshot"):
            if role not in written:
                raise NoSuchFile(f"evidence needs a file of {role}")
        kept = {
            role: _kept(role, digest, ending, path)
            for role, (digest, ending, path) in written.items()
        }
    return evidence.register(programme=programme, files=kept, by=by, at=at)


def keep(role: str, path: Path) -> Path:
    """Move a file that was written here, as CSV, to where files of evidence are kept."""
    return _kept(role, inputs.sha256(inputs.find(str(path))), ".csv", path)


def _kept(role: str, digest: str, ending: str, path: Path) -> Path:
    """Move a file under its digest, unless it is there already, and give the place."""
    place = Path(settings.CLAIMS_EVIDENCE_DIR) / digest / f"{role}{ending}"
    if not place.exists():
        place.parent.mkdir(exist_ok=True, mode=0o700)
        shutil.move(path, place)
    return place


def from_inbox(*, programme: Programme, folder: str, by: Person, at: datetime) -> Evidence:
    """
    Register what a folder of the server's inbox holds: a file, or a folder of parts, by role.

    They are named by their roles (``fills.parquet``, ``snapshot/``) and stay where they are.

    :raises OutsideTheInbox: if the folder is not in the inbox
    :raises NoSuchFile: if fills or snapshot are missing, or a role is there twice
    """
    people.demand(by, "claims.write")
    root = Path(settings.CLAIMS_INBOX_DIR).resolve()
    place = (root / folder).resolve()
    if root not in place.parents or not place.is_dir():
        raise OutsideTheInbox(f"{folder!r} is no folder of the inbox")
    found: dict[str, Path] = {}
    for path in sorted(place.iterdir()):
        role = path.name.split(".")[0]
        if role not in FILES:
            continue
        if role in found:
            raise NoSuchFile(f"{role} is there twice: {found[role].name} and {path.name}")
        found[role] = path
    return evidence.register(programme=programme, files=found, by=by, at=at)


def _written(role: str, given: Given, path: Path) -> tuple[str, str, Path]:
    """Write a file down and give its digest, how its name ends, and where it is."""
    if role not in FILES:
        raise NoSuchFile(f"{role!r} is none of {', '.join(FILES)}")
    ending = next((one for one in EXTENSIONS if given.name.lower().endswith(one)), None)
    if ending is None:
        raise NotOfItsKind(f"{role}: {given.name!r} ends in none of {', '.join(EXTENSIONS)}")
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for piece in given.pieces:
            size += len(piece)
            if size > settings.CLAIMS_UPLOAD_BYTES:
                most = settings.CLAIMS_UPLOAD_BYTES // MEGABYTE
                raise TooLargeToUpload(
                    f"{role}: {given.name!r} is larger than {most} MB: put it into the inbox"
                )
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest(), ending, path
