"""The programme's clock: 24 hours to begin paying, 96 to be complete, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from retail_claims.models import Programme, Run
from retail_claims.rules.states import RunState
from together.ledger.rules.money import Money
from together.treasury.models import Disbursement, Instruction, Remedy
from together.treasury.queries import waves
from together.treasury.queries.pace import Pace, pace

BEGIN = timedelta(hours=24)
COMPLETE = timedelta(hours=96)


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far the payments of a published run have come; amounts in the pool's asset.

    Who was paid again is among those paid. ``persons_answered`` are all whose payment was taken,
    or refused with a decision: nothing is to be waited for.
    """

    run: Run
    awarded: Money
    escrowed: Money
    paid: Money
    persons_paid: int
    persons_returned: int
    persons_to_pay: int
    persons_answered: int
    began_at: datetime | None
    ended_at: datetime | None

    @property
    def share(self) -> int:
        """Give the whole percent of the payments that are answered, rounded down."""
        return self.persons_answered * 100 // self.persons_to_pay if self.persons_to_pay else 0

    @property
    def is_complete(self) -> bool:
        """Say whether every payment was taken, or refused with a decision about it."""
        return bool(self.persons_to_pay) and self.persons_answered == self.persons_to_pay


def published_run(programme: Programme) -> Run | None:
    """Give the published run of a programme, if there is one."""
    found = Run.objects.filter(programme=programme, state=RunState.PUBLISHED)
    return found.select_related("policy", "programme__pool").first()


def progress(run: Run) -> Progress:
    """Count what the rail took of a run's awards, in three queries."""
    asset = run.programme.pool.asset
    remedies = Remedy.objects.filter(
        origin__kind="award", origin__subject=run.number, state="booked"
    )
    again = Instruction.objects.filter(
        kind="payment.again",
        state="settled",
        batch__disbursement__subject__in=remedies.values("number"),
    ).aggregate(paid=Sum("amount"), persons=Count("id"))
    decided = remedies.filter(instruction__state="refused", instruction__kind="award").count()
    found = Instruction.objects.filter(
        batch__disbursement__kind="award",
        batch__disbursement__subject=run.number,
        batch__disbursement__state="released",
    ).aggregate(
        paid=Sum("amount", filter=Q(state="settled")),
        persons=Count("id", filter=Q(state="settled")),
        returned=Count("id", filter=Q(state="returned")),
        began=Min("settled_at"),
        ended=Max("settled_at"),
    )
    return Progress(
        run=run,
        awarded=Money(run.award_total, asset),
        escrowed=Money(run.escrow_total, asset),
        paid=Money(int(found["paid"] or 0) + int(again["paid"] or 0), asset),
        persons_paid=found["persons"] + again["persons"],
        persons_returned=found["returned"],
        persons_to_pay=run.awards,
        persons_answered=found["persons"] + found["returned"] + decided,
        began_at=found["began"],
        ended_at=found["ended"],
    )


def hands(programme: Programme, now: datetime) -> dict[str, Any]:
    """Give the two hands of the clock, and the progress of the payments, as pages show them."""
    run = published_run(programme)
    done = progress(run) if run else None
    began = done.began_at if done else None
    ended = done.ended_at if done and done.is_complete else None
    order = order_of(run) if run else None
    measured = pace(order.pk) if order and not ended else None
    return {
        "waits": "" if ended else _waits(run, order),
        "order": order,
        "name": programme.name,
        "announced_at": programme.announced_at,
        "run": run,
        "progress": done,
        "hands": [
            _hand("First payment within 24 hours", programme.announced_at, BEGIN, began, now),
            _forecast(
                _hand("Complete within 96 hours", programme.announced_at, COMPLETE, ended, now),
                measured,
                programme.announced_at + COMPLETE,
                now,
            ),
        ],
    }


def order_of(run: Run) -> Disbursement | None:
    """Give the disbursement that pays a run's awards, if it is prepared."""
    found = Disbursement.objects.filter(kind="award", subject=run.number)
    return found.exclude(state="withdrawn").select_related("account", "pool").first()


def _waits(run: Run | None, order: Disbursement | None) -> str:
    """Say what the payments wait for, and what may be done."""
    if run is None:
        return "a run to be decided, approved and published"
    if order is None:
        return "the treasury to prepare the payments"
    brake = order.brakes.filter(resumed_at=None).first()
    if brake:
        return f"what stopped {order.number} to be explained: {brake.reason}"
    wave = waves.next_wave(order)
    if wave is None:
        return "the rail's answers"
    loss = waves.worst_loss(order)
    name = loss.wave if loss else ""
    return f"release of {name}: {waves.obstacle(wave) or 'nothing stands in its way'}"


def _forecast(
    hand: dict[str, Any], measured: Pace | None, due: datetime, now: datetime
) -> dict[str, Any]:
    """Add to a hand when it will be complete at the measured pace; late is told as bad."""
    ends_at = measured.ends_at(now) if measured else None
    if measured is None or ends_at is None:
        return hand
    words = f"At {measured.a_minute:,} payments a minute complete about {_moment(ends_at)}"
    words += "." if measured.is_moving else ", if the next wave went on now."
    tone = "bad" if ends_at > due else hand["tone"]
    return {**hand, "note": f"{hand['note']} {words}", "tone": tone}


def _moment(at: datetime) -> str:
    return f"{at:%-d %b %Y, %H:%M} UTC"


def _hand(
    label: str, start: datetime, span: timedelta, done_at: datetime | None, now: datetime
) -> dict[str, Any]:
    end = start + span
    if done_at:
        tone = "good" if done_at <= end else "bad"
        value = f"after {_span(done_at - start)}"
        note = f"Reached {_moment(done_at)}."
        return {"label": label, "value": value, "note": note, "share": 100, "tone": tone}
    share = min(100, max(0, int((now - start) / span * 100)))
    note = f"Due {_moment(end)}."
    if now > end:
        value = f"{_span(now - end)} late"
        return {"label": label, "value": value, "note": note, "share": 100, "tone": "bad"}
    value = f"{_span(end - now)} left"
    return {"label": label, "value": value, "note": note, "share": share, "tone": "plain"}


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    days, rest = divmod(seconds, 24 * 3600)
    hours, minutes = rest // 3600, rest % 3600 // 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
