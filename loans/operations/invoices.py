"""Invoices: one for each instalment before it is due, corrected as long as it is not."""

from datetime import date, datetime

from loans.models import Invoice
from loans.operations import letter_papers
from loans.operations.letter_mail import keep
from loans.queries.sayings import Known
from loans.queries.standing import Row
from loans.rules.notices import is_to_invoice
from loans.rules.states import INVOICE_MOVES, InvoiceState
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.notices.models import Notice
from together.notices.operations import outbox


def issue(known: Known, at: datetime) -> list[Notice]:
    """Invoice each instalment that is due soon and was not invoiced for its day."""
    soon = [
        row
        for row in known.open_rows
        if is_to_invoice(known.timing, row.due_on, known.day) and known.is_known(row)
    ]
    if not soon:
        return []
    issued = Invoice.objects.filter(loan=known.loan, state=InvoiceState.ISSUED)
    done = set(issued.values_list("instalment", "due_on"))
    return [_issue(known, row, at) for row in soon if (row.number, row.due_on) not in done]


def put_right(known: Known, at: datetime) -> list[Notice]:
    """
    Correct or cancel invoices that are not due yet and were overtaken by an event.

    Overtaken is what was due of the instalment, or its day. That something was paid of it changes
    no invoice: the receipt advice says so. What is due already is never corrected.
    """
    waiting = Invoice.objects.filter(
        loan=known.loan,
        state=InvoiceState.ISSUED,
        due_on__gt=known.day,
        events__lt=known.events,
    )
    rows = {row.number: row for row in known.standing.instalments}
    made = []
    for invoice in waiting.select_related("notice").order_by("id"):
        row = rows.get(invoice.instalment)
        if row is not None and _facts(row) == _asked(invoice):
            continue
        why = f"overtaken by an event of loan {known.loan.number}"
        outbox.overtake([invoice.notice], reason=why, at=at)
        soon = row is not None and is_to_invoice(known.timing, row.due_on, known.day)
        if row is not None and soon and row.outstanding.minor_units > 0:
            _end(invoice, InvoiceState.SUPERSEDED, known, at)
            made.append(_issue(known, row, at, replaces=invoice))
        else:
            _end(invoice, InvoiceState.CANCELLED, known, at)
            made.append(_cancel(known, invoice, at))
    return made


def _facts(row: Row) -> tuple[date, int, int, int]:
    """Give what an instalment asks for, whatever was paid of it."""
    charges = row.fees.minor_units + row.penalties.minor_units
    return (row.due_on, row.principal.minor_units, row.interest.minor_units, charges)


def _asked(invoice: Invoice) -> tuple[date, int, int, int]:
    return (invoice.due_on, invoice.principal, invoice.interest, invoice.charges)


def _end(invoice: Invoice, to: InvoiceState, known: Known, at: datetime) -> None:
    what = f"invoice {invoice.number}"
    invoice.state = lifecycle.move(INVOICE_MOVES, InvoiceState(invoice.state), to, what=what)
    invoice.save(update_fields=["state"])
    said = {"loan": known.loan.number, "on": known.day.isoformat(), "events": known.events}
    record(what=f"invoice.{to}", subject=invoice.number, by=None, at=at, details=said)


def _issue(known: Known, row: Row, at: datetime, *, replaces: Invoice | None = None) -> Notice:
    due_on, principal, interest, charges = _facts(row)
    version = 1 + Invoice.objects.filter(loan=known.loan, instalment=row.number).count()
    arrears = known.standing.due_now.minor_units
    made = Invoice(
        number=next_number(Invoice, "INV"),
        loan=known.loan,
        instalment=row.number,
        version=version,
        on=known.day,
        due_on=due_on,
        principal=principal,
        interest=interest,
        charges=charges,
        settled=row.due.minor_units - row.outstanding.minor_units,
        arrears=arrears,
        total=row.outstanding.minor_units + arrears,
        events=known.events,
        replaces=replaces,
    )
    made.notice = keep(
        known,
        kind="invoice_corrected" if replaces else "invoice",
        key=f"invoice:{known.loan.number}:{row.number}:{version}",
        title=f"{'Corrected invoice' if replaces else 'Invoice'} {made.number} of loan"
        f" {known.loan.number}: {known.money(made.total)} due on {row.due_on:%d %b %Y}",
        paper=letter_papers.invoice(known, made, row),
        at=at,
    )
    made.save(force_insert=True)
    said = {"loan": known.loan.number, "notice": made.notice.number, "total": made.total}
    record(what="invoice.issued", subject=made.number, by=None, at=at, details=said)
    return made.notice


def _cancel(known: Known, gone: Invoice, at: datetime) -> Notice:
    return keep(
        known,
        kind="invoice_cancelled",
        key=f"invoice:{known.loan.number}:{gone.instalment}:{gone.version}:cancelled",
        title=f"Invoice {gone.number} of loan {known.loan.number} is cancelled",
        paper=letter_papers.cancelled(known, gone),
        at=at,
    )
