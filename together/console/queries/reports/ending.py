"""Working lists of what ends: loans that mature, identities that expire, offers that lapse."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from loans.models import Institution
from loans.queries import stages
from loans.queries.lent import Lent, lent
from loans.queries.stages import UnderWay
from loans.queries.verifications import with_expiry
from loans.rules.stages import NAMES
from loans.rules.states import LoanState
from together.console.queries.reports.asked import Asked
from together.console.queries.reports.portfolio import bucket, lead
from together.console.queries.reports.shared import by_asset, counted
from together.controls.formats.reports import Column, Lead, Report, Row
from together.ledger.rules.money import Money

MATURITIES = ("through", "pool", "within")
VERIFICATIONS = ("through", "within")
OFFERS = ("through", "pool", "within")


def maturities(asked: Asked) -> Report:
    """Give the loans whose plan ends within some days, and those that should have ended."""
    found = [
        one
        for one in lent(asked.through, asked.pool)
        if one.state == LoanState.ACTIVE and one.expected and _is_soon(asked, _ends(one))
    ]
    found.sort(key=lambda one: (_ends(one), one.loan.number))
    return Report(
        name="maturities",
        title="Maturities",
        question="Which loans end soon, and how much comes due at the end?",
        through=asked.through,
        parameters=asked.words(MATURITIES),
        columns=(
            *(Column("Loan"), Column("Institution"), Column("Matures on", "date")),
            *(Column("Days", "number"), Column("Asset"), Column("Principal", "money")),
            *(Column("Due at the end", "money"), Column("Interest at the end", "money")),
            Column("Bucket"),
        ),
        rows=[_maturity(one) for one in found],
        totals=_maturity_sums(found),
        notes=(
            "Due at the end is the principal of the last instalment: a balloon where it is all.",
        ),
        source="Instalments by the replay of each loan as of the day.",
        empty="No loan ends in this time.",
    )


def _ends(one: Lent) -> date:
    return one.expected.matures_on if one.expected else one.as_of


def _is_soon(asked: Asked, day: date) -> bool:
    return asked.days is None or day <= asked.through + timedelta(days=asked.days)


def _at_the_end(one: Lent) -> tuple[Money, Money]:
    last = (
        [part for part in one.expected.instalments if part.due_on >= _ends(one)]
        if one.expected
        else []
    )
    return (
        Money(sum(part.principal.minor_units for part in last), one.asset),
        Money(sum(part.interest.minor_units for part in last), one.asset),
    )


def _maturity(one: Lent) -> Row:
    ends = _ends(one)
    cells = (
        *(one.loan.number, one.loan.institution.legal_name, ends, (ends - one.as_of).days),
        *(one.asset, one.money(one.owed.principal), *_at_the_end(one), bucket(one)),
    )
    return Row(cells, leads={0: lead(one)})


def _maturity_sums(found: Sequence[Lent]) -> list[Row]:
    rows = []
    for asset in by_asset(one.money(0) for one in found):
        mine = [one for one in found if one.asset == asset]
        ends = [_total(column, asset) for column in zip(*map(_at_the_end, mine), strict=True)]
        principal = Money(sum(one.owed.principal for one in mine), asset)
        rows.append(
            Row(("Sum", counted(len(mine), "loan"), None, None, asset, principal, *ends, ""))
        )
    return rows


def verifications(asked: Asked) -> Report:
    """Give the institutions that are verified for not much longer, or not at all."""
    rows = []
    known = with_expiry(Institution.objects.select_related("group"))
    listed = sorted(known, key=lambda one: (_until(one) or date.min, one.number))
    counts = dict.fromkeys(("never", "expired", "within 30 days", "within 60 days", "later"), 0)
    for one in listed:
        until = _until(one)
        if until is not None and not _is_soon(asked, until):
            continue
        band = _band(asked.through, until)
        counts[band] += 1
        days = None if until is None else (until - asked.through).days
        cells = (
            *(one.number, one.legal_name, one.lei, one.jurisdiction, one.get_sector_display()),
            *(until, days, band),
        )
        rows.append(Row(cells, leads={0: Lead("loans_institution", (("pk", str(one.pk)),))}))
    said = ", ".join(f"{count} {band}" for band, count in counts.items() if count)
    return Report(
        name="verifications-expiring",
        title="KYB expiring",
        question="Whose identity is to be verified anew, and until when?",
        through=asked.through,
        parameters=asked.words(VERIFICATIONS),
        columns=(
            *(Column("Institution"), Column("Legal name"), Column("LEI"), Column("Jurisdiction")),
            *(Column("Sector"), Column("Verified until", "date"), Column("Days", "number")),
            Column("Standing"),
        ),
        rows=rows,
        totals=[Row(("Sum", counted(len(rows), "institution"), "", "", "", None, None, said))]
        if rows
        else (),
        notes=(
            "By the verifications that are in force now; the days count from the day asked for.",
        ),
        source="Verifications of institutions, by the last day that one in force holds up to.",
        empty="Every institution is verified for longer.",
    )


def _until(one: Institution) -> date | None:
    until: date | None = getattr(one, "verified_until", None)
    return until


def _band(on: date, until: date | None) -> str:
    if until is None:
        return "never"
    if until <= on:
        return "expired"
    days = (until - on).days
    return "within 30 days" if days <= 30 else "within 60 days" if days <= 60 else "later"


def offers(asked: Asked) -> Report:
    """Give the commitments that are not drawn yet, each with the offer that it stands on."""
    found = [
        one
        for one in stages.under_way(asked.through, asked.pool)
        if one.loan is not None and _is_in_time(asked, one.stage.lapses_on)
    ]
    found.sort(key=lambda one: (one.stage.lapses_on or date.max, str(one.loan)))
    return Report(
        name="offers-lapsing",
        title="Term sheets and commitments",
        question="Which offers lapse, and which commitments are not drawn yet?",
        through=asked.through,
        parameters=asked.words(OFFERS),
        columns=(
            *(
                Column("Loan"),
                Column("Institution"),
                Column("Asset"),
                Column("Commitment", "money"),
            ),
            *(Column("Committed on", "date"), Column("Days since", "number"), Column("Stage")),
            *(Column("Lapses on", "date"), Column("Days left", "number")),
        ),
        rows=[_offer(asked.through, one) for one in found],
        totals=_offer_sums(found),
        notes=(
            "What is committed stands as it is known now; the days count from the day asked for.",
        ),
        source="Loans that are committed and not drawn, with the newest term sheet of each.",
        empty="Every commitment is drawn, or lapses later.",
    )


def _is_in_time(asked: Asked, lapses_on: date | None) -> bool:
    if asked.days is None:
        return True
    return lapses_on is not None and _is_soon(asked, lapses_on)


def _offer(on: date, one: UnderWay) -> Row:
    loan, lapses_on = one.loan, one.stage.lapses_on
    assert loan is not None, "offers are of loans"
    committed_on = loan.approved_at.date()
    cells = (
        *(loan.number, one.application.institution.legal_name, one.amount.asset, one.amount),
        *(committed_on, (on - committed_on).days, NAMES[one.stage.code]),
        *(lapses_on, None if lapses_on is None else (lapses_on - on).days),
    )
    return Row(cells, leads={0: Lead("loans_loan", (("pk", str(loan.pk)),))})


def _offer_sums(found: Sequence[UnderWay]) -> list[Row]:
    return [
        Row(("Sum", "", asset, amount, None, None, "", None, None))
        for asset, amount in by_asset(one.amount for one in found).items()
    ]


def _total(amounts: Iterable[Money], asset: str) -> Money:
    return Money(sum(amount.minor_units for amount in amounts), asset)
