"""Agreed terms as a loan keeps them: the contract's fields, and what goes beyond the contract."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from loans.formats.fields import Fields
from loans.formats.floating import floating_of
from loans.formats.terms import read_terms
from loans.rules.exact import Fraction
from loans.rules.faults import bad_value
from loans.rules.notices import CURE_DAYS, INVOICE_DAYS, MOST_DAYS, Timing
from loans.rules.terms import PREPAYMENTS, Availability, Terms

# A commitment may wait for its drawdown up to a year.
MOST_AVAILABLE = 366
BEYOND = ("default_interest", "prepayment", "floating", "availability", "secured", "notices")


def read_agreed(document: Mapping[str, Any]) -> Terms:
    """
    Read the terms of a loan from its JSON; ``product`` is left aside.

    Beyond the calculation contract, and refused by ``calc``: ``default_interest`` as
    ``{"rate": "0.18", "on_interest": true}`` (a fraction per year), ``prepayment``:
    ``instalments`` (the default), ``shorten`` or ``lower``, ``floating`` (see :func:`floating_of`),
    ``availability`` (see :func:`availability_of`), and what the engine does not need:
    ``secured`` (see :func:`secured_of`) and ``notices`` (see :func:`timing_of`).

    :raises Fault: with the path of the field that is wrong
    """
    engine = {name: value for name, value in document.items() if name not in ("product", *BEYOND)}
    terms = read_terms(Fields(engine, "terms"), for_replay=True)
    terms = replace(terms, floating=floating_of(document), availability=availability_of(document))
    secured_of(document)
    timing_of(document)
    further = Fields({name: document.get(name) for name in BEYOND}, "terms")
    prepayment = further.choice("prepayment", PREPAYMENTS, PREPAYMENTS[0])
    if not further.has("default_interest"):
        return replace(terms, prepayment=prepayment)
    said = further.object("default_interest")
    rate, on_interest = said.decimal("rate"), said.flag("on_interest")
    said.done()
    return replace(terms, prepayment=prepayment, default_rate=rate, default_on_interest=on_interest)


def availability_of(document: Mapping[str, Any]) -> Availability | None:
    """
    Give until when a commitment may be drawn and what it costs; None if nothing is agreed.

    Terms say ``"availability": {"days": 90, "fee_rate": "0.005"}``: days after the acceptance of
    the term sheet, and the commitment fee a year on what is not drawn.

    :raises Fault: with the path of the field that is wrong
    """
    whole = Fields({"availability": document.get("availability")}, "terms")
    if not whole.has("availability"):
        return None
    said = whole.object("availability")
    found = Availability(
        days=said.whole("days", 1, MOST_AVAILABLE),
        fee_rate=said.amount_or("fee_rate", Fraction(0)),
    )
    said.done()
    if found.fee_rate > 1:
        raise bad_value("terms.availability.fee_rate", "must be a fraction a year, at most 1")
    return found


def secured_of(document: Mapping[str, Any]) -> Fraction | None:
    """
    Give the highest loan to value at which a secured loan is lent, None if it is unsecured.

    Terms say ``"secured": {"most_ltv": "0.70"}``: at least that much collateral is agreed; the
    collateral policy may ask for more.

    :raises Fault: with the path of the field that is wrong
    """
    whole = Fields({"secured": document.get("secured")}, "terms")
    if not whole.has("secured"):
        return None
    said = whole.object("secured")
    most = said.decimal("most_ltv")
    said.done()
    if not 0 < most <= 1:
        raise bad_value("terms.secured.most_ltv", "must be above 0 and at most 1")
    return most


def timing_of(document: Mapping[str, Any]) -> Timing:
    """
    Give how many days before a due date an invoice goes out, and how long arrears may be cured.

    Terms say ``"notices": {"invoice_days": 10, "cure_days": 30}``; what they leave out is usual.

    :raises Fault: with the path of the field that is wrong
    """
    whole = Fields({"notices": document.get("notices")}, "terms")
    if not whole.has("notices"):
        return Timing()
    said = whole.object("notices")
    found = Timing(
        invoice_days=said.whole_or("invoice_days", INVOICE_DAYS, 1, MOST_DAYS),
        cure_days=said.whole_or("cure_days", CURE_DAYS, 1, MOST_DAYS),
    )
    said.done()
    return found
