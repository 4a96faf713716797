"""Migrations go back and forward again and leave every guard as it was (RELIABILITY D12)."""

from django.core.management import call_command
from django.db import connections

APPS = ("loans", "retail_claims", "treasury", "notices")
# What makes the promises: triggers, functions, constraints, columns, rights.
SCHEMA = {
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal",
    "functions": "SELECT p.oid::regprocedure::text, prosrc, prosecdef, proconfig::text,"
    " proacl::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
    "columns": "SELECT table_name, column_name, data_type, is_nullable FROM"
    " information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "policies": "SELECT tablename, policyname, cmd, qual FROM pg_policies",
    "rights": "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
    " WHERE grantee = 'together_app'",
}


def schema():
    found = {}
    with connections["owner"].cursor() as cursor:
        for name, query in SCHEMA.items():
            cursor.execute(query)
            found[name] = sorted(map(str, cursor.fetchall()))
    return found


def migrate(*target):
    call_command("migrate", *target, database="owner", verbosity=0, interactive=False)


def test_back_to_the_books_and_forward_again_leaves_the_same_database(own_database):
    before = schema()
    for app in APPS:
        migrate(app, "zero")
    without = schema()["triggers"]
    assert not any("loans_loan" in one or "treasury_match" in one for one in without)
    migrate("controls", "0001")
    migrate("ledger", "zero")
    assert schema()["triggers"] != without
    migrate()
    after = schema()
    for name in SCHEMA:
        assert after[name] == before[name], name
