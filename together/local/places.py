"""Where private services keep their files, and the user they run as."""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# A Unix socket's path may hold 107 bytes; PostgreSQL adds "/.s.PGSQL.5432" to the folder's.
LONGEST_SOCKET_FOLDER = 80


class NoPrivateService(RuntimeError):
    """Raised when a private service cannot be started; says what to install or set instead."""


class FolderInUse(NoPrivateService):
    """Raised when another process runs private services in a folder; says which."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the machine."""

    uid: int
    gid: int


def service_account() -> Account | None:
    """
    Give the unprivileged user that services run as when we are root; None for a normal user.

    PostgreSQL refuses to run as root.

    :raises NoPrivateService: if the machine has no such user
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(found.pw_uid, found.pw_gid)
    raise NoPrivateService(
        "PostgreSQL does not run as root and this machine has neither a user postgres nor nobody:"
        " add one, or set DATABASE_URL and DATABASE_ADMIN_URL"
    )


def is_reachable(path: Path, account: Account | None) -> bool:
    """Say whether a user may walk down to a path: every folder above must let them through."""
    if account is None:
        return True
    for folder in [*path.resolve().parents]:
        if not folder.exists():
            continue
        found = folder.stat()
        bit = (
            stat.S_IXUSR
            if found.st_uid == account.uid
            else stat.S_IXGRP
            if found.st_gid == account.gid
            else stat.S_IXOTH
        )
        if not found.st_mode & bit:
            return False
    return True


def data_folder(wanted: Path) -> Path:
    """
    Give the folder for a service's data, made and owned by who the service runs as.

    ``wanted`` is used where that user can reach it. A checkout below a closed home (``/root``)
    is out of reach: then a folder under ``/var/lib/together`` is used, named by the wanted path.
    """
    account = service_account()
    folder = wanted.resolve()
    if not is_reachable(folder, account):
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        folder = Path("/var/lib/together") / name
        folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    own(folder, account)
    return folder


def reachable_copy(tree: Path, name: str) -> Path:
    """Give a folder of programs that the service user can reach: itself, or a copy of it."""
    account = service_account()
    if is_reachable(tree / "x", account):
        return tree
    mark = hashlib.sha256(f"{tree}:{tree.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = Path("/var/lib/together/programs") / f"{name}-{mark}"
    if not copy.exists():
        copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=copy.parent))
        shutil.copytree(tree, fresh / name, symlinks=True)
        fresh.chmod(0o755)
        (fresh / name).chmod(0o755)
        try:
            (fresh / name).rename(copy)
        except OSError:  # somebody else made the same copy meanwhile
            if not copy.exists():
                raise
        shutil.rmtree(fresh, ignore_errors=True)
    return copy


def socket_folder(data: Path, account: Account | None) -> Path:
    """Give a folder for a service's socket, closed to everybody else, its path short enough."""
    folder = data / "socket"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        folder = Path(tempfile.mkdtemp(prefix="together-"))
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    own(folder, account)
    return folder


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """
    Hold a folder for this process; the lock goes with the process, however it ends.

    :raises FolderInUse: if another process holds it
    """
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise FolderInUse(
                f"process {lock.read().strip() or '?'} runs the private services of {folder}:"
                " end it first, or set TOGETHER_LOCAL_DIR to another folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def own(path: Path, account: Account | None) -> None:
    """Give a path to the service user; nothing to do for a normal user."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
