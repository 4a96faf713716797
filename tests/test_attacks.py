"""The database refuses what neither a bug nor direct SQL may do (RELIABILITY D1)."""

from collections.abc import Sequence

import pytest
from django.db import DatabaseError, connections, transaction

from tests import conftest, world
from tests.attacks import ATTACKS, Attack

LAYERED = [
    (attack, kept)
    for attack in ATTACKS
    if len(attack.guards) > 1
    for kept in range(len(attack.guards))
]


@pytest.fixture(scope="module")
def attacked_world(template_database, django_db_blocker):
    """Give the name of a database with a record of each kind, to be copied."""
    with conftest.copy_of(template_database) as name:
        with django_db_blocker.unblock(), conftest.pointed_at(name):
            world.build()
        yield name


@pytest.fixture
def in_the_world(attacked_world, django_db_blocker):
    """Point Django at the world; nobody here commits anything."""
    with django_db_blocker.unblock(), conftest.pointed_at(attacked_world):
        yield


def succeeds(attack: Attack, *, without: Sequence[str] = ()) -> bool:
    """
    Attack as the application role, and say whether it worked; nothing is kept.

    Guards to be attacked ``without`` are taken away by the owner in the same transaction, which then
    becomes the application role.
    """
    alias = "owner" if without else "default"
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        for guard in without:
            cursor.execute(guard)
        if without:
            cursor.execute("SET LOCAL ROLE together_app")
        worked = _works(cursor, attack)
        transaction.set_rollback(True, using=alias)
    return worked


def _works(cursor, attack: Attack) -> bool:
    try:
        cursor.execute(attack.sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(attack.proof)
        return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False


def test_the_list_is_long_enough():
    assert len(ATTACKS) >= 30
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_every_attack_is_refused(in_the_world):
    assert [attack.name for attack in ATTACKS if succeeds(attack)] == []


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_succeeds_when_its_guards_are_taken_away(attack, in_the_world):
    assert succeeds(attack, without=attack.guards)


@pytest.mark.parametrize(
    ("attack", "kept"), LAYERED, ids=lambda value: getattr(value, "name", f"layer {value}")
)
def test_each_layer_of_guards_is_enough_alone(attack, kept, in_the_world):
    others = [guard for n, guard in enumerate(attack.guards) if n != kept]
    assert not succeeds(attack, without=others)
