"""Both private services for one command, unless the environment names others."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from together.local import places, postgres, valkey
from together.local.places import NoPrivateService

DATABASE = "together"


@contextmanager
def environment(folder: Path, given: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """
    Give the addresses a command needs: those that were given, else of private services.

    Private services live in ``folder`` and end with the block; one process at a time holds it.

    :raises NoPrivateService: if only one of the two database addresses is given, another process
        holds the folder, or a service cannot be started
    """
    addresses = [bool(given.get(name)) for name in ("DATABASE_URL", "DATABASE_ADMIN_URL")]
    if any(addresses) and not all(addresses):
        raise NoPrivateService(
            "set both DATABASE_URL (the application's role) and DATABASE_ADMIN_URL (the owner of"
            " the tables), or neither for a private PostgreSQL"
        )
    with ExitStack() as stack:
        found = dict(given)
        if not all(addresses) or not given.get("CELERY_BROKER_URL"):
            # Others may pass through to what is theirs, and see nothing.
            folder.mkdir(mode=0o711, parents=True, exist_ok=True)
            stack.enter_context(places.held(folder))
        if not all(addresses):
            server = stack.enter_context(postgres.running(folder / "postgresql"))
            postgres.make_roles(server)
            postgres.make_database(server, DATABASE)
            found["DATABASE_URL"] = server.url(postgres.APPLICATION, DATABASE)
            found["DATABASE_ADMIN_URL"] = server.url(postgres.OWNER, DATABASE)
        if not given.get("CELERY_BROKER_URL"):
            broker = stack.enter_context(valkey.running(folder / "valkey"))
            found["CELERY_BROKER_URL"] = broker.url
        yield found
