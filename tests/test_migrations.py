"""Migrations go back and forward again and leave every guard as it was (RELIABILITY D12)."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections

from loans.models import Institution
from tests.loans.factories import entered, institution
from together.treasury.models import Destination

APPS = ("loans", "retail_claims", "treasury")
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


@pytest.mark.parametrize(
    "back",
    [
        [(app, "zero") for app in APPS],
        [*[(app, "zero") for app in APPS], ("controls", "0001"), ("ledger", "zero")],
    ],
    ids=["programmes and treasury", "down to the books"],
)
def test_back_and_forward_again_leaves_the_same_database(own_database, back):
    before = schema()
    for target in back:
        migrate(*target)
    assert schema()["triggers"] != before["triggers"]
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
