"""Preparing a database: rights of the application's role, then every migration, as the owner."""

from django.core.management import call_command
from django.db import OperationalError, connections

from together import Refused

OWNER = "owner"
APPLICATION_ROLE = "together_app"
DEMO_MARK = "together: demo"


class NoOwner(Refused):
    """Raised when no address of the owner's is set, or a role is missing; says what to do."""


class NotReached(Refused):
    """Raised when a database cannot be reached at the address that was given."""


class NotADemo(Refused):
    """Raised when demo data is about to be written into a database not marked as a demo."""


def prepare(*, verbosity: int = 0) -> None:
    """
    Give the application's role its rights and run every migration, as the owner of the tables.

    May be run at any time and again.

    :raises NoOwner: if ``DATABASE_ADMIN_URL`` is not set, or the application's role is missing
    :raises NotReached: if one of the two addresses does not answer
    """
    if OWNER not in connections:
        raise NoOwner("set DATABASE_ADMIN_URL to the role that owns the tables")
    for alias, name in ((OWNER, "DATABASE_ADMIN_URL"), ("default", "DATABASE_URL")):
        try:
            connections[alias].ensure_connection()
        except OperationalError as error:
            raise NotReached(f"{name}: {str(error).strip()}") from error
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE])
        if cursor.fetchone() is None:
            raise NoOwner(
                f"the role {APPLICATION_ROLE} is missing: CREATE ROLE {APPLICATION_ROLE}, and let"
                " DATABASE_URL sign in as it or as a member of it"
            )
        # Tables made from here on; each migration takes back what the application must not do.
        cursor.execute(
            f"GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE};"
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE"
            f" ON TABLES TO {APPLICATION_ROLE};"
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES"
            f" TO {APPLICATION_ROLE}"
        )
    call_command("migrate", database=OWNER, verbosity=verbosity, interactive=False)
    connections[OWNER].close()


def demand_demo() -> None:
    """
    Let demo data pass only into a database marked as a demo.

    :raises NotADemo: otherwise
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_database(), shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = current_database()"
        )
        name, mark = cursor.fetchone()
    if mark != DEMO_MARK:
        raise NotADemo(
            f"database {name} is not marked as a demo, so no demo data is written; if it is one:"
            f" COMMENT ON DATABASE \"{name}\" IS '{DEMO_MARK}'"
        )
