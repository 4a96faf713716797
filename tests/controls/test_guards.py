"""The list of guards is what a migrated database has."""

import pytest
from django.db import connection

from together.controls.operations import startup
from together.controls.queries import database
from together.controls.rules.guards import GUARDS


@pytest.mark.django_db
def test_every_trigger_of_a_migrated_database_is_on_the_list():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgname NOT LIKE 'pgtrigger%'"
        )
        assert sorted(cursor.fetchall()) == sorted(GUARDS)


@pytest.mark.django_db
def test_the_system_starts_on_a_migrated_database():
    startup.demand_safe_database()


def test_a_disabled_guard_stops_the_start(own_database):
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_line DISABLE TRIGGER ledger_line_in_time")
    assert any("ledger_line_in_time of ledger_line" in fault for fault in database.faults())
    with pytest.raises(startup.UnsafeDatabase, match="ledger_line_in_time"):
        startup.demand_safe_database()


def test_the_owner_of_the_tables_is_refused_as_application_role(own_database):
    from django.db import connections

    parts = connections["owner"].settings_dict
    connections["default"].close()
    before = dict(connections["default"].settings_dict)
    connections["default"].settings_dict.update(USER=parts["USER"], PASSWORD=parts["PASSWORD"])
    try:
        with pytest.raises(startup.UnsafeDatabase, match=r"owns tables .* set DATABASE_URL"):
            startup.demand_safe_database()
    finally:
        connections["default"].close()
        connections["default"].settings_dict.update(before)
