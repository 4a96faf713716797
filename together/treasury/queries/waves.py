"""Where the waves of a disbursement stand, what is not explained, and what may go wrong at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from together.ledger.rules.money import Money, shown
from together.treasury.models import Batch, Disbursement, RailPolicy, Wave
from together.treasury.rules.waves import name_of

STANDING = """
SELECT w.count, w.total, s.number, s.released_at, s.waiting, s.under_way, s.quarantined,
       s.undecided, s.refused, s.returned, s.settled, s.taken, s.untaken, s.stated, s.last_at
  FROM treasury_waves_of(%s) s JOIN treasury_wave w ON w.id = s.wave ORDER BY s.number
"""
# Each batch of a disbursement by itself, as the brake looks at it after workers had it.
OF_BATCH = """
SELECT coalesce(sum(i.amount) FILTER (
           WHERE i.state NOT IN ('settled', 'returned')
             AND CASE WHEN i.state = 'refused' THEN NOT treasury_moved_on(i.id) ELSE true END),
           0)::bigint,
       coalesce((SELECT -balance FROM ledger_account
                  WHERE code = 'allotment' AND subject = %(batch)s), 0)::bigint
  FROM treasury_batch b JOIN treasury_instruction i ON i.batch_id = b.id
 WHERE b.number = %(batch)s AND b.released_at IS NOT NULL
"""
EXPOSED = """
SELECT coalesce(-sum(a.balance), 0)::bigint
  FROM treasury_batch b JOIN ledger_account a ON a.subject = b.number AND a.code = 'allotment'
 WHERE b.disbursement_id = %s AND b.released_at IS NOT NULL
"""
# Lines that are open although their payment was answered since they were matched last.
OVERTAKEN = """
SELECT EXISTS (
    SELECT FROM treasury_openline o
      JOIN treasury_statementline l ON l.id = o.line_id
      JOIN treasury_instruction i ON i.reference = l.reference AND i.amount = -l.amount
     WHERE o.account_id = %s AND l.type = 'payment' AND i.state = 'settled'
       AND l.reason LIKE 'the instruction is %%')
"""


@dataclass(frozen=True, slots=True)
class WaveStanding:
    """
    Where one wave stands: payments by what they wait for, and minor units.

    ``taken`` is what the rail took, ``untaken`` what of the released it did not, ``stated`` what
    of it stands on statements; ``last_at`` is when the last one was taken.
    """

    name: str
    count: int
    total: int
    number: int
    released_at: datetime | None
    waiting: int
    under_way: int
    quarantined: int
    undecided: int
    refused: int
    returned: int
    settled: int
    taken: int
    untaken: int
    stated: int
    last_at: datetime | None

    @property
    def answered(self) -> int:
        """Give how many payments the rail took or will never take."""
        return self.settled + self.returned + self.refused

    @property
    def share(self) -> int:
        """Give the whole percent of payments that are answered, rounded down."""
        return self.answered * 100 // self.count

    @property
    def state(self) -> str:
        """Say in a word where it stands."""
        if self.released_at is None:
            return "planned"
        if self.waiting or self.under_way or self.quarantined:
            return "under way"
        if self.undecided:
            return "to decide"
        return "complete" if self.stated == self.taken else "awaits statement"


@dataclass(frozen=True, slots=True)
class Loss:
    """The most that the release of a wave lets leave wrongly: minor units, and of the pool."""

    wave: str
    money: Money
    promised: Money
    payments: int

    @property
    def of_pool(self) -> str:
        """Give the share of what the pool promised, in percent, rounded up to three decimals."""
        thousandths = -(-self.money.minor_units * 100_000 // self.promised.minor_units)
        return f"{thousandths // 1000}.{thousandths % 1000:03d} %"


def shares_of(disbursement: Disbursement) -> Sequence[int]:
    """Give what waves on a disbursement's rail may hold of the pool, in ten-thousandths."""
    return RailPolicy.objects.get(pk=disbursement.account.kind).wave_shares


def standing(disbursement: Disbursement) -> list[WaveStanding]:
    """Give where each wave stands, in two queries whatever the number of payments."""
    shares = shares_of(disbursement)
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [disbursement.pk])
        rows = cursor.fetchall()
    return [
        WaveStanding(name_of(row[2], is_only=len(rows) == 1, shares=shares), *row) for row in rows
    ]


def next_wave(disbursement: Disbursement) -> Wave | None:
    """Give the first wave that was not released, if there is one."""
    return disbursement.waves.filter(released_at=None).order_by("number").first()


def worst_loss(disbursement: Disbursement) -> Loss | None:
    """
    Give the most that can leave wrongly if the next wave is released now.

    What was released before is complete and explained by then, or the release is refused; so it
    is the wave alone, whose batches hold no more than their allotments, whatever goes wrong.
    """
    wave = next_wave(disbursement)
    if wave is None:
        return None
    asset = disbursement.pool.asset
    is_only = disbursement.waves.count() == 1
    return Loss(
        name_of(wave.number, is_only=is_only, shares=shares_of(disbursement)),
        Money(wave.total, asset),
        Money(disbursement.pool.promised, asset),
        wave.count,
    )


def exposed(disbursement: Disbursement) -> Money:
    """Give what its allotments hold: the most that can still leave wrongly of what is released."""
    with connection.cursor() as cursor:
        cursor.execute(EXPOSED, [disbursement.pk])
        (found,) = cursor.fetchone()
    return Money(found, disbursement.account.asset)


def obstacle(wave: Wave) -> str | None:
    """Say why a wave cannot be released now; nothing if it can. The database asks the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT treasury_wave_obstacle(%s, %s)", [wave.disbursement_id, wave.number])
        (found,) = cursor.fetchone()
    return str(found) if found else None


def lacking(disbursement: Disbursement) -> Money:
    """Give what the source lacks for all that is not released yet: not for the next wave alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT treasury_source_lacks(%s)", [disbursement.pk])
        (found,) = cursor.fetchone()
    return Money(found, disbursement.account.asset)


def unexplained(disbursement: Disbursement) -> list[str]:
    """Say in words where money of a disbursement is not what it should be."""
    asset = disbursement.account.asset
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM treasury_unexplained(%s)", [disbursement.pk])
        return [
            f"{what}: expected {shown(expected, asset)}, found {shown(found, asset)}"
            for what, expected, found in cursor.fetchall()
        ]


def unexplained_of_batch(batch: Batch) -> list[str]:
    """Say where money of one batch is not what it should be: books against instructions."""
    with connection.cursor() as cursor:
        cursor.execute(OF_BATCH, {"batch": batch.number})
        untaken, allotted = cursor.fetchone()
    if untaken == allotted:
        return []
    asset = batch.disbursement.account.asset
    return [
        f"batch {batch.number}: allotment in the books = payments not taken:"
        f" expected {shown(untaken, asset)}, found {shown(allotted, asset)}"
    ]


def has_overtaken_lines(account: str) -> bool:
    """Say whether a line waits only for being matched again."""
    with connection.cursor() as cursor:
        cursor.execute(OVERTAKEN, [account])
        (answer,) = cursor.fetchone()
    return bool(answer)
