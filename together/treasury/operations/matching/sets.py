"""Statements over all lines of an account at once: how they are joined, how arrays are sent."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# Below this many lines an index finds each; above it a hash finds all.
MANY = 1_000
BY_HASH = (
    "SET LOCAL enable_nestloop = off; SET LOCAL enable_sort = off; SET LOCAL work_mem = '64MB'"
)
AS_BEFORE = (
    "SET LOCAL enable_nestloop = on; SET LOCAL enable_sort = on; SET LOCAL work_mem TO DEFAULT"
)


@contextmanager
def by_hash(*, is_many: bool) -> Iterator[None]:
    """
    Join by hash what is run inside, if it is over many lines.

    Lines that were just copied have no statistics yet: the planner takes eighty thousand for two
    and would compare each with each, or sort them. By hash it does not matter how many there are.
    """
    with connection.cursor() as cursor:
        if is_many:
            cursor.execute(BY_HASH)
        yield
        if is_many:
            cursor.execute(AS_BEFORE)


def run(statement: str, wanted: dict[str, Any], *, is_many: bool) -> list[tuple[Any, ...]]:
    """Run a statement over many lines of an account and give the rows it returns."""
    with by_hash(is_many=is_many), connection.cursor() as cursor:
        cursor.execute(statement, wanted)
        return list(cursor.fetchall()) if cursor.description else []


def numbers(values: Iterable[int]) -> str:
    """Write an array of numbers as PostgreSQL reads it: a driver adapts it one by one."""
    return "{" + ",".join(map(str, values)) + "}"


def words(values: Iterable[str]) -> str:
    """Write an array of plain references likewise; they are letters and digits, or left out."""
    return "{" + ",".join(f'"{value}"' for value in values if value.isalnum()) + "}"
