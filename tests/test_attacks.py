"""The database refuses what neither a bug nor direct SQL may do (RELIABILITY D1)."""

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
def world_copy(attacked_world, django_db_blocker):
    """Point Django at a copy of the world, for one attack."""
    with (
        conftest.copy_of(attacked_world) as name,
        django_db_blocker.unblock(),
        conftest.pointed_at(name),
    ):
        yield


def succeeds(attack: Attack) -> bool:
    """Attack as the application role, and say whether it worked; nothing is kept."""
    try:
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute(attack.sql)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(attack.proof)
            worked = cursor.fetchone()[0]
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return bool(worked)


def take_away(*guards: str) -> None:
    """Remove guards as the owner of the tables."""
    with connections["owner"].cursor() as cursor:
        for guard in guards:
            cursor.execute(guard)


def test_the_list_is_long_enough():
    assert len(ATTACKS) >= 30
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_every_attack_is_refused(attacked_world, django_db_blocker):
    with django_db_blocker.unblock(), conftest.pointed_at(attacked_world):
        assert [attack.name for attack in ATTACKS if succeeds(attack)] == []


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_succeeds_when_its_guards_are_taken_away(attack, world_copy):
    take_away(*attack.guards)
    assert succeeds(attack)


@pytest.mark.parametrize(
    ("attack", "kept"), LAYERED, ids=lambda value: getattr(value, "name", f"layer {value}")
)
def test_each_layer_of_guards_is_enough_alone(attack, kept, world_copy):
    take_away(*(guard for n, guard in enumerate(attack.guards) if n != kept))
    assert not succeeds(attack)
