"""Tasks about who borrows and what is known: identities, documents, hits, prices, breaks."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from loans.models import Institution, MarketEntry
from loans.queries import confidential
from loans.queries.verifications import to_look_at_anew, with_expiry
from loans.rules.market_data import written
from loans.rules.verifications import REMIND_DAYS
from together.console.queries.tasks.found import For, Task
from together.console.rules.tasks import due, morning
from together.controls.models import Approval, Document, Hit
from together.controls.queries import documents, held
from together.controls.rules.screening import HitState
from together.ledger.rules.money import Money
from together.treasury.models import StatementLine

AREAS = ("loans", "claims")


def of_verifications(asked: For) -> Iterator[Task]:
    """Give the institutions that are verified for not much longer, or not; one query."""
    if "verification.expiring" not in asked.kinds:
        return
    found = with_expiry(Institution.objects.all())
    for one in to_look_at_anew(found, asked.now.date()):
        until: date | None = getattr(one, "verified_until", None)
        due_at = morning(until, asked.now) if until else one.entered_at
        yield Task(
            kind="verification.expiring",
            name=f"{one.number}: " + (f"verified until {until}" if until else "never verified"),
            whose=one.legal_name,
            since=due_at - timedelta(days=REMIND_DAYS) if until else one.entered_at,
            due_at=due_at,
            to="loans_institution",
            key=str(one.pk),
        )


def of_documents(asked: For) -> Iterator[Task]:
    """Give the documents of lending that expire and that no later one replaces; two queries."""
    if "document.expiring" not in asked.kinds:
        return
    later = Document.objects.filter(
        Q(expires_on=None) | Q(expires_on__gt=OuterRef("expires_on")),
        subject=OuterRef("subject"),
        kind=OuterRef("kind"),
        withdrawn_at=None,
    ).exclude(pk=OuterRef("pk"))
    found = documents.expiring(asked.now.date(), days=REMIND_DAYS).filter(area="loans")
    rows = list(confidential.visible_documents(found.filter(~Exists(later)), asked.person))
    names = dict(
        Institution.objects.filter(number__in={one.subject for one in rows}).values_list(
            "number", "legal_name"
        )
    )
    for one in rows:
        if one.expires_on is not None:
            due_at = morning(one.expires_on, asked.now)
            yield Task(
                kind="document.expiring",
                name=f"{one.number}: {one.title}",
                whose=names.get(one.subject, one.subject),
                since=due_at - timedelta(days=REMIND_DAYS),
                due_at=due_at,
                to="controls_document",
                key=str(one.pk),
            )


def of_hits(asked: For) -> Iterator[Task]:
    """Give the open hits that nobody proposed to clear, or in vain; one query."""
    if "hit.open" not in asked.kinds:
        return
    waits = Approval.objects.filter(
        kind="screening.clearing",
        subject=OuterRef("number"),
        effect_digest=OuterRef("effect_digest"),
    ).filter(~Q(decisions__verdict="declined"))
    areas = [area for area in AREAS if held.may(asked.person, f"{area}.read")]
    found = Hit.objects.filter(~Exists(waits), state=HitState.OPEN, area__in=areas)
    for one in found.order_by("opened_at", "id"):
        yield Task(
            kind="hit.open",
            name=f"{one.number}: {one.said} is like {one.listed}",
            whose=one.title,
            since=one.opened_at,
            due_at=due("hit.open", one.opened_at),
            to="controls_hit",
            key=str(one.pk),
        )


def of_held_prices(asked: For) -> Iterator[Task]:
    """Give the market data that is held and that nobody proposed or withdrew; one query."""
    if "market.held" not in asked.kinds:
        return
    for one in MarketEntry.objects.filter(state="held").select_related("instrument"):
        yield Task(
            kind="market.held",
            name=f"{one.number}: {one.instrument_id} {written(one.value, one.instrument.scale)}",
            whose=one.source,
            since=one.entered_at,
            due_at=due("market.held", one.entered_at),
            to="loans_marketentry",
            key=str(one.pk),
        )


def of_breaks(asked: For) -> Iterator[Task]:
    """Give the breaks of somebody, or of nobody yet; one query."""
    if "break.open" not in asked.kinds:
        return
    found = StatementLine.objects.filter(waiting__isnull=False, is_receipt=False)
    mine = found.filter(Q(owner=None) | Q(owner=asked.person)).select_related("account")
    for one in mine:
        yield Task(
            kind="break.open",
            name=f"{one.entry_id}: {Money(one.amount, one.account.asset)}",
            whose=one.counterparty or one.reference or "nobody named",
            since=one.booked_at,
            due_at=due("break.open", one.booked_at),
            to="treasury_statementline",
            key=str(one.pk),
        )
