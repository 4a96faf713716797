"""The files of a run: columns, what stands in them, and keys (ADJUDICATE.md section 2)."""

from typing import Literal, NamedTuple

Kind = Literal[
    "id",
    "instrument or *",
    "event",
    "product",
    "subject kind",
    "money",
    "amount",
    "fee",
    "paid",
    "time",
    "past time",
    "time or empty",
    "class",
    "exclusion code",
    "hold code",
]
MONEY: frozenset[Kind] = frozenset({"money", "amount", "fee", "paid"})
TIMES: frozenset[Kind] = frozenset({"time", "past time", "time or empty"})
OPTIONAL: frozenset[Kind] = frozenset({"fee"})


class Column(NamedTuple):
    """A column by its name and the kind of what stands in it."""

    name: str
    kind: Kind


_FLAGS: tuple[Column, ...] = (Column("subject_kind", "subject kind"), Column("subject", "id"))
FILES: dict[str, tuple[Column, ...]] = {
    "fills": (
        Column("fill_id", "id"),
        Column("account_id", "id"),
        Column("event", "event"),
        Column("product", "product"),
        Column("instrument", "id"),
        Column("liquidated_at", "past time"),
        Column("loss", "amount"),
        Column("fee", "fee"),
    ),
    "snapshot": (
        Column("account_id", "id"),
        Column("wallet", "id"),
        Column("asset", "id"),
        Column("as_of", "past time"),
        Column("value", "money"),
    ),
    "accounts": (Column("account_id", "id"), Column("person_id", "id")),
    "incidents": (
        Column("incident_id", "id"),
        Column("instrument", "instrument or *"),
        Column("starts_at", "time"),
        Column("ends_at", "time"),
        Column("class", "class"),
    ),
    "exclusions": (
        *_FLAGS,
        Column("code", "exclusion code"),
        Column("expires_at", "time or empty"),
    ),
    "holds": (*_FLAGS, Column("code", "hold code"), Column("expires_at", "time or empty")),
    "prior": (Column("ref", "id"), *_FLAGS, Column("amount", "amount")),
    "paid": (Column("ref", "id"), *_FLAGS, Column("amount", "paid")),
}
# How many of the first columns make the key of a file.
KEYS: dict[str, int] = {
    "fills": 1,
    "snapshot": 4,
    "accounts": 1,
    "incidents": 1,
    "exclusions": 3,
    "holds": 3,
    "prior": 1,
    "paid": 1,
}
# Rejected rows of these two are tolerated up to the policy's limit; of the others none is.
BULK = ("fills", "snapshot")
