"""What is wrong with the database the system stands on, if anything."""

import pgtrigger
from django.db import connection

from together.controls.rules.guards import GUARDS


def faults() -> list[str]:
    """Give every reason not to run on this database, each with what to do; none is best."""
    return [*_role_faults(), *_guard_faults(), *_server_faults()]


def _role_faults() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, r.rolsuper, r.rolbypassrls, r.rolcreaterole,"
            " (SELECT string_agg(c.relname, ', ') FROM (SELECT relname FROM pg_class"
            "   WHERE relnamespace = 'public'::regnamespace"
            "     AND pg_has_role(current_user, relowner, 'USAGE') LIMIT 3) AS c)"
            " FROM pg_roles r WHERE r.rolname = current_user"
        )
        role, is_super, bypasses, creates, owns = cursor.fetchone()
    advice = "set DATABASE_URL to a role that is a member of together_app and nothing else"
    powers = {"is a superuser": is_super, "bypasses row security": bypasses}
    powers |= {"makes roles": creates, f"owns tables ({owns})": owns}
    return [f"role {role} {power}: {advice}" for power, has in powers.items() if has]


def _guard_faults() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
        )
        present = set(cursor.fetchall())
    tracked = [
        (model._meta.db_table, trigger.get_pgid(model)) for model, trigger in pgtrigger.registered()
    ]
    return [
        f"guard {trigger} of {table} is missing or disabled: run manage.py bootstrap as the owner"
        for table, trigger in (*GUARDS, *tracked)
        if (table, trigger) not in present
    ]


def _server_faults() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings"
            " WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
        )
        return [
            f"the server runs with {name} = off: it may lose what it confirmed; switch it on"
            for name, setting in cursor.fetchall()
            if setting == "off"
        ]
