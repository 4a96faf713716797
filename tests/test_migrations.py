"""Migrations go back and forward again and leave every guard as it was (RELIABILITY D12)."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader

from loans.models import Institution
from tests.loans.parties import entered, institution
from together.treasury.models import Destination

# Django keeps the models of every migration that one call undoes: all at once took 11 GB.
STEP = 8
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


def back(app: str, first: str) -> None:
    """Migrate an app back, some migrations at a time: each call keeps the models of all of them."""
    applied = MigrationLoader(connections["owner"]).applied_migrations
    names = sorted(name for label, name in applied if label == app)
    for name in names[-STEP::-STEP]:
        if first == "zero" or name > first:
            migrate(app, name)
    migrate(app, first)


def test_back_to_the_books_and_forward_again_leaves_the_same_database(own_database):
    before = schema()
    for app in APPS:
        back(app, "zero")
    without = schema()["triggers"]
    assert not any("loans_loan" in one or "treasury_match" in one for one in without)
    back("controls", "0001_initial")
    migrate("ledger", "zero")
    assert schema()["triggers"] != without
    migrate()
    after = schema()
    for name in SCHEMA:
        assert after[name] == before[name], name


def test_the_wallets_of_institutions_are_there_again_on_the_way_back(own_database):
    entered = institution(wallet="wallet-of-theirs")
    migrate("loans", "0012")
    with connections["owner"].cursor() as cursor:
        for table in ("loans_institution", "loans_institutionevent"):
            cursor.execute(f"SELECT lei, wallet FROM {table}")
            assert cursor.fetchall() == [(entered.lei, "wallet-of-theirs")], table
    migrate()
    [kept] = Destination.objects.filter(owner=entered.lei)
    assert (kept.kind, kept.identifier) == ("exchange", "wallet-of-theirs")


def test_a_wallet_that_is_no_destination_is_not_forgotten(own_database):
    entered = institution()
    migrate("loans", "0012")
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE loans_institution SET wallet = 'another-wallet'")
    with pytest.raises(DatabaseError, match=f"register them first: {entered.lei} another-wallet"):
        migrate()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT wallet FROM loans_institution")
        assert cursor.fetchall() == [("another-wallet",)]


def test_an_affiliation_in_words_counts_as_common_control_until_it_is_said(own_database):
    entered(affiliation="shareholder", exchange="Example Exchange")
    entered()
    migrate("loans", "0016")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT exchange_affiliation FROM loans_institution ORDER BY id")
        assert cursor.fetchall() == [("Example Exchange",), ("",)]
    migrate()
    rows = Institution.objects.order_by("id").values_list("affiliation", "exchange")
    assert list(rows) == [("common_control", "Example Exchange"), ("none", "")]
