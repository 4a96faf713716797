"""How fast a disbursement is being paid, measured, and when it will be complete at that pace."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

# Of each released wave: payments answered, when it was released and when the last one was taken.
ANSWERED = """
SELECT w.released_at, max(i.settled_at),
       count(*) FILTER (WHERE i.state IN ('settled', 'returned', 'refused')), count(*)
  FROM treasury_wave w
  JOIN treasury_batch b ON b.wave_id = w.id
  JOIN treasury_instruction i ON i.batch_id = b.id
 WHERE w.disbursement_id = %s GROUP BY w.id, w.number, w.released_at ORDER BY w.number
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """
    Payments answered and left, and how long the last wave that moved took for how many.

    ``is_moving`` says whether a released wave has payments left: else what is left waits for a
    release.
    """

    answered: int
    left: int
    measured: int
    took: timedelta
    is_moving: bool

    @property
    def a_minute(self) -> int:
        """Give how many payments were answered a minute, as measured; nothing without a measure."""
        seconds = max(1, int(self.took.total_seconds()))
        return self.measured * 60 // seconds if self.measured else 0

    @property
    def needs(self) -> timedelta | None:
        """Give how long what is left takes at the measured pace."""
        return self.took * self.left / self.measured if self.measured else None

    def ends_at(self, now: datetime) -> datetime | None:
        """Give when it is complete at this pace; if it waits, from when it goes on now."""
        return now + self.needs if self.needs is not None and self.left else None


def pace(disbursement: int) -> Pace | None:
    """Measure a disbursement by its key, in one query; nothing before a wave is released."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERED, [disbursement])
        rows = cursor.fetchall()
    released = [row for row in rows if row[0]]
    if not released:
        return None
    answered = sum(row[2] for row in rows)
    measured, took = 0, timedelta()
    for since, last, done, _ in released:
        if last and last > since:
            measured, took = done, last - since
    return Pace(
        answered=answered,
        left=sum(row[3] for row in rows) - answered,
        measured=measured,
        took=took,
        is_moving=any(done < count for _, _, done, count in released),
    )
