"""
Direct SQL that the application role must not get away with, and the guards that stop it.

Each attack is one statement or several. Its ``guards`` are the layers that stop it, each as the
SQL by which the owner of the tables takes that layer away. With all of them taken away the attack
succeeds: ``proof`` then gives true.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """One attack; see the module."""

    name: str
    sql: str
    guards: tuple[str, ...]
    proof: str = "SELECT true"


def may(rights: str, table: str) -> str:
    """Take the guard of missing rights away."""
    text = f"GRANT {rights} ON {table} TO together_app;"
    if "INSERT" in rights:
        text += f"GRANT USAGE, SELECT ON SEQUENCE {table}_id_seq TO together_app;"
    return text


def no_trigger(name: str, table: str) -> str:
    """Take a trigger away."""
    return f"DROP TRIGGER {name} ON {table};"


def no_constraint(name: str, table: str) -> str:
    """Take a constraint away."""
    return f"ALTER TABLE {table} DROP CONSTRAINT {name};"


def no_append_only(table: str) -> str:
    """Take the append-only trigger of a table away."""
    return no_trigger(f"{table}_append_only", table)


def may_draw() -> tuple[str, ...]:
    """Take away what keeps the committed loan of the world from being drawn."""
    names = ("screened", "conditions", "accepted", "covenants")
    return tuple(no_trigger(f"loans_loan_{name}", "loans_loan") for name in names)


def who(username: str) -> str:
    """Write the id of a person."""
    return f"(SELECT id FROM controls_person WHERE username = '{username}')"


def entry(values: str, booked: str = "2025-10-14") -> str:
    """Write an entry and its lines past the posting function, in one statement."""
    return (
        "WITH e AS (INSERT INTO ledger_entry (key, kind, happened_on, booked_on, written_at,"
        f" narrative, digest) VALUES ('forged', 'X', '2025-10-14', '{booked}', now(), '', '')"
        " RETURNING id)"
        " INSERT INTO ledger_line (entry_id, account_id, asset, amount)"
        f" SELECT e.id, a.id, 'USDC', v.amount FROM e, (VALUES {values}) AS v(code, amount)"
        " JOIN ledger_account a ON a.code = v.code AND a.subject = 'retail';"
    )


def posting(amounts: str, codes: str = "'cash','fund.available'") -> str:
    """Call the posting function with two lines of the retail pool."""
    return (
        "SELECT ledger_post('attack', 'X', '2025-10-14', '', '', "
        f"ARRAY[{codes}], ARRAY['retail','retail'], ARRAY['USDC','USDC'],"
        f" ARRAY[{amounts}]::bigint[]);"
    )


# What looks at whoever is lent to.
SCREENED = no_trigger("loans_loan_screened", "loans_loan")
