"""Attacks on market data."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger

OBSERVED = no_trigger("loans_observation_guard", "loans_observation")
POLICY = no_trigger("loans_instrumentpolicy_guard", "loans_instrumentpolicy")
ENTRY = no_trigger("loans_marketentry_guard", "loans_marketentry")


def observed(value: str, source: str = "composite", way: str = "feed", **more: str) -> str:
    """Insert an observation of now."""
    names = "".join(f", {name}" for name in more)
    values = "".join(f", {value}" for value in more.values())
    return (
        "INSERT INTO loans_observation (instrument_id, observed_at, value, source, way,"
        f" recorded_at{names}) VALUES ('BTC', '2025-10-14T12:30:00Z', {value}, '{source}',"
        f" '{way}', now(){values});"
    )


def entered(number: str, value: str = "value") -> str:
    """Insert the observation of an entry, or one that differs from it."""
    return (
        "INSERT INTO loans_observation (instrument_id, observed_at, value, source, way, entry_id,"
        f" recorded_at) SELECT instrument_id, observed_at, {value}, source, way, id, now()"
        f" FROM loans_marketentry WHERE number = '{number}';"
    )


MARKET = (
    Attack(
        "change a price",
        "UPDATE loans_observation SET value = value * 2;",
        (may("UPDATE", "loans_observation"), no_append_only("loans_observation")),
        "SELECT EXISTS (SELECT FROM loans_observation WHERE value = 1300000000)",
    ),
    Attack(
        "delete a price",
        "DELETE FROM loans_observation;",
        (may("DELETE", "loans_observation"), no_append_only("loans_observation")),
    ),
    Attack(
        "observe from a source that nobody accepted", observed("650000000", "rumour"), (OBSERVED,)
    ),
    Attack("observe a price that moved too far", observed("1300000000"), (OBSERVED,)),
    Attack("observe a price out of bounds", observed("-1"), (OBSERVED,)),
    Attack(
        "observe by hand without an entry", observed("650000000", "Screen", "hand"), (OBSERVED,)
    ),
    Attack(
        "correct a price without an entry",
        observed("640000000", supersedes_id="(SELECT min(id) FROM loans_observation)"),
        (OBSERVED,),
    ),
    Attack("let an entry count that nobody approved", entered("ME-0002"), (OBSERVED,)),
    Attack("let another value count than was approved", entered("ME-0001", "1"), (OBSERVED,)),
    Attack(
        "observe the same moment twice",
        "INSERT INTO loans_observation (instrument_id, observed_at, value, source, way,"
        " recorded_at) SELECT instrument_id, observed_at, value + 1, source, way, recorded_at"
        " FROM loans_observation WHERE way = 'feed';",
        ("DROP INDEX loans_observed_once;",),
    ),
    Attack(
        "call an entry booked that is not observed",
        "UPDATE loans_marketentry SET state = 'booked' WHERE number = 'ME-0001';",
        (ENTRY,),
    ),
    Attack(
        "change an entry after it was approved",
        "UPDATE loans_marketentry SET value = value + 1 WHERE number = 'ME-0001';",
        (ENTRY,),
    ),
    Attack(
        "delete an entry",
        "DELETE FROM loans_marketentry;",
        (
            may("DELETE", "loans_marketentry"),
            no_trigger("loans_marketentry_stays", "loans_marketentry"),
        ),
    ),
    Attack(
        "let prices be older than was approved",
        "INSERT INTO loans_instrumentpolicy (instrument_id, version, sources, most_age, most_move,"
        " least, most, effect_digest, set_by_id, set_at) SELECT instrument_id, version + 1,"
        " sources, 700, most_move, least, most, effect_digest, set_by_id, now()"
        " FROM loans_instrumentpolicy;",
        (POLICY,),
    ),
    Attack(
        "change a policy of an instrument",
        "UPDATE loans_instrumentpolicy SET most_age = 700;",
        (may("UPDATE", "loans_instrumentpolicy"), no_append_only("loans_instrumentpolicy")),
    ),
    Attack(
        "count an asset in other decimals",
        "UPDATE loans_instrument SET quantity_scale = 6;",
        (may("UPDATE", "loans_instrument"), no_append_only("loans_instrument")),
    ),
    Attack(
        "keep other bytes than a file of prices had",
        "INSERT INTO loans_marketfile (sha256, data, name, size, stored, known, held, brought_at)"
        " VALUES (repeat('a', 64), 'x', '', 1, 0, 0, 0, now());",
        (no_constraint("loans_marketfile_is_its_digest", "loans_marketfile"),),
    ),
    Attack(
        "delete a file of prices",
        "UPDATE loans_observation SET file_id = NULL; DELETE FROM loans_marketfile;",
        (
            may("DELETE", "loans_marketfile")
            + may("UPDATE", "loans_observation")
            + no_append_only("loans_observation"),
            no_append_only("loans_marketfile"),
        ),
    ),
)
