"""
Payouts: workers take instructions under a lease and speak to the rail about them.

See Note [paid exactly once]: an instruction is claimed and committed before the rail is called;
its lease, in database time, outlasts the longest time in which a call may still take effect; who
claims it after that asks the rail before sending anything. No provider call is ever made inside
a transaction, and no new identity is ever made for a second try.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.ledger.operations import posting
from together.ledger.rules.money import Money
from together.treasury import postings
from together.treasury.models import Instruction, Switch
from together.treasury.operations.rails import Rail, RailRefused, RailTimeout, Receipt

MOST_TRIES = 8
CLAIM = 25
SHORTEST_LEASE = 2.0


class Halted(Refused):
    """Raised when payments are halted by the kill switch."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An instruction this worker alone may work on until its lease ends."""

    id: int
    reference: str
    payee: str
    amount: int
    asset: str
    wallet: str
    batch: str
    is_fresh: bool
    may_send: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rail said about a claimed instruction, or that it said nothing."""

    claimed: Claimed
    acts: tuple[tuple[str, str], ...]
    state: str
    rail_reference: str = ""
    booked_at: datetime | None = None


CLAIM_SQL = """
WITH due AS (
    SELECT i.id, i.state FROM treasury_instruction i
     WHERE i.batch_id = (SELECT b.id FROM treasury_batch b
                           JOIN treasury_disbursement d ON d.id = b.disbursement_id
                           JOIN treasury_cashaccount a ON a.code = d.account_id
                          WHERE b.number = %(batch)s AND b.released_at IS NOT NULL
                            AND a.kind = 'exchange' AND NOT EXISTS (
                                SELECT FROM treasury_brake k
                                 WHERE k.disbursement_id = d.id AND k.resumed_at IS NULL))
       AND ((i.state = 'ready' AND NOT EXISTS (
                SELECT FROM treasury_destination t
                 WHERE t.id = i.destination_id AND t.state <> 'confirmed'))
            OR (i.state IN ('sending', 'unknown') AND i.lease_until < clock_timestamp()))
     ORDER BY i.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
quarantined AS (
    UPDATE treasury_instruction i SET state = 'quarantined', worker = '', lease_until = NULL
      FROM due WHERE i.id = due.id AND i.tries >= %(most)s RETURNING i.id),
claimed AS (
    UPDATE treasury_instruction i
       SET state = 'sending', tries = i.tries + 1, worker = %(worker)s,
           lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
      FROM due WHERE i.id = due.id AND i.tries < %(most)s
    RETURNING i.id, i.reference, i.payee, i.amount, i.asset, due.state = 'ready' AS is_fresh,
              NOT EXISTS (SELECT FROM treasury_destination t
                           WHERE t.id = i.destination_id AND t.state <> 'confirmed') AS may_send)
SELECT c.id, c.reference, c.payee, c.amount, c.asset, a.identifier, %(batch)s, c.is_fresh,
       c.may_send
  FROM claimed c
  JOIN treasury_batch b ON b.number = %(batch)s
  JOIN treasury_disbursement d ON d.id = b.disbursement_id
  JOIN treasury_cashaccount a ON a.code = d.account_id
 ORDER BY c.id
"""


def work(*, batch: str, worker: str, rail: Rail, seconds: float) -> int:
    """
    Work on one batch for some seconds and give how many instructions were answered.

    May be run by any number of workers at once, stopped anywhere and run again.

    :raises Halted: if the kill switch is, or is put, off
    """
    lease = max(SHORTEST_LEASE, 4 * rail.lateness_seconds)
    until, answered = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        demand_open()
        claimed_at = time.monotonic()
        claims = claim(batch=batch, worker=worker, lease=lease)
        if not claims:
            break
        answers = []
        for one in claims:
            # The half of the lease that is left is longer than the rail's worst lateness.
            if time.monotonic() - claimed_at > lease / 2 or _is_halted(batch):
                break
            answers.append(ask_rail(one, rail))
        settle(answers=answers, worker=worker)
        answered += len(answers)
    return answered


@transaction.atomic(durable=True)
def claim(*, batch: str, worker: str, lease: float, limit: int = CLAIM) -> list[Claimed]:
    """
    Take instructions that are due and give them; what was tried too often is set aside.

    ``lease`` is seconds of database time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM_SQL,
            {"batch": batch, "worker": worker, "lease": lease, "limit": limit, "most": MOST_TRIES},
        )
        return [Claimed(*row) for row in cursor.fetchall()]


def ask_rail(claimed: Claimed, rail: Rail) -> Answer:
    """Send a fresh instruction; of any other ask first, and send only what the rail never saw."""
    acts: list[tuple[str, str]] = []
    act = "query"
    try:
        if not claimed.is_fresh:
            receipt = rail.query(wallet=claimed.wallet, reference=claimed.reference)
            acts.append((act, receipt.rail_reference if receipt else "not known"))
            if receipt:
                return _settled(claimed, tuple(acts), receipt)
        act = "send"
        if not claimed.may_send:
            acts.append((act, "not sent: the destination is revoked"))
            return Answer(claimed, tuple(acts), "unknown")
        sent: Receipt = rail.send(
            wallet=claimed.wallet,
            reference=claimed.reference,
            payee=claimed.payee,
            amount=claimed.amount,
            asset=claimed.asset,
        )
    except RailTimeout:
        return Answer(claimed, (*acts, (act, "no answer")), "unknown")
    except RailRefused as refusal:
        return Answer(claimed, (*acts, (act, f"refused: {refusal}")), "refused")
    return _settled(claimed, (*acts, (act, sent.rail_reference)), sent)


def _settled(claimed: Claimed, acts: tuple[tuple[str, str], ...], receipt: Receipt) -> Answer:
    """Give the answer that the rail took a payment, on the day the rail says."""
    return Answer(claimed, acts, "settled", receipt.rail_reference, receipt.booked_at)


@transaction.atomic(durable=True)
def settle(*, answers: list[Answer], worker: str) -> None:
    """
    Write the rail's answers down and book what it took, all in one transaction.

    An answer to an instruction that this worker no longer holds is left out: who holds it now
    asks the rail itself.
    """
    if not answers:
        return
    by_id = {answer.claimed.id: answer for answer in answers}
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT id FROM treasury_instruction WHERE id = ANY(%(ids)s)"
            "   AND worker = %(worker)s AND state = 'sending' ORDER BY id FOR UPDATE)"
            " UPDATE treasury_instruction i SET state = a.state, rail_reference = a.rail,"
            "   settled_at = a.booked_at"
            " FROM held, unnest(%(ids)s::bigint[], %(states)s::text[], %(rails)s::text[],"
            "   %(booked)s::timestamptz[]) AS a(id, state, rail, booked_at)"
            " WHERE i.id = held.id AND i.id = a.id"
            " RETURNING i.id, clock_timestamp()",
            {
                "ids": list(by_id),
                "worker": worker,
                "states": [answer.state for answer in by_id.values()],
                "rails": [answer.rail_reference for answer in by_id.values()],
                "booked": [answer.booked_at for answer in by_id.values()],
            },
        )
        written = cursor.fetchall()
        cursor.executemany(
            "INSERT INTO treasury_attempt (instruction_id, at, act, outcome)"
            " VALUES (%s, %s, %s, %s)",
            [(id_, at, act, how[:120]) for id_, at in written for act, how in by_id[id_].acts],
        )
    posting.post_all(
        [
            postings.instruction_settled(
                reference=by_id[id_].claimed.reference,
                batch=by_id[id_].claimed.batch,
                money=Money(by_id[id_].claimed.amount, by_id[id_].claimed.asset),
                on=booked_at.date(),
            )
            for id_, _ in written
            if (booked_at := by_id[id_].booked_at) is not None
        ]
    )


def demand_open() -> None:
    """
    Let a payment pass only while the kill switch allows it.

    :raises Halted: otherwise, with the reason that was given
    """
    switch = Switch.objects.filter(code="payments", is_halted=True).first()
    if switch:
        raise Halted(f"payments are halted: {switch.reason}")


@transaction.atomic(durable=True)
def halt(*, reason: str, by: Person, at: datetime) -> None:
    """Stop every payment before its next call to a rail; nothing is lost by it."""
    people.demand(by, "treasury.halt")
    Switch.objects.update_or_create(
        code="payments",
        defaults={"is_halted": True, "reason": reason, "changed_by": by, "changed_at": at},
    )
    record(what="payments.halted", subject="payments", by=by, at=at, details={"reason": reason})


@transaction.atomic(durable=True)
def resume(*, reason: str, by: Person, at: datetime) -> None:
    """Let payments go on; workers find by themselves what is due."""
    people.demand(by, "treasury.approve")
    Switch.objects.update_or_create(
        code="payments",
        defaults={"is_halted": False, "reason": reason, "changed_by": by, "changed_at": at},
    )
    record(what="payments.resumed", subject="payments", by=by, at=at, details={"reason": reason})


@transaction.atomic(durable=True)
def release_from_quarantine(*, instruction: Instruction, by: Person, at: datetime) -> None:
    """Let an instruction that was set aside be tried again; the rail is asked first."""
    people.demand(by, "treasury.approve")
    Instruction.objects.filter(pk=instruction.pk, state="quarantined").update(
        state="unknown", tries=1, lease_until=at
    )
    record(what="instruction.tried_again", subject=instruction.reference, by=by, at=at)


def _is_halted(batch: str) -> bool:
    """Say whether payments are halted, or the disbursement of a batch is stopped; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM treasury_switch WHERE code = 'payments' AND is_halted)"
            " OR EXISTS (SELECT FROM treasury_batch b JOIN treasury_brake k"
            "   ON k.disbursement_id = b.disbursement_id AND k.resumed_at IS NULL"
            "  WHERE b.number = %s)",
            [batch],
        )
        (answer,) = cursor.fetchone()
    return bool(answer)
