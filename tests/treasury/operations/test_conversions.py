"""Conversions and winding down: two legs at a recorded rate, and money back to the funder."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.factories import NOW, funded_pool, person, usdc
from tests.treasury.operations.test_statements import AT, balance
from together.controls.models import Approval
from together.controls.operations.approvals import NotApproved
from together.ledger.models import Account
from together.ledger.operations.posting import Overdrawn
from together.ledger.rules.money import LARGEST, Money
from together.treasury.formats.statement_csv import COLUMNS
from together.treasury.models import Conversion, Disbursement, Funding, StatementLine
from together.treasury.operations import accounts, conversions, statements, winddown
from together.treasury.operations.conversions import NotConvertible
from together.treasury.queries.checks import checks
from together.treasury.queries.positions import positions
from together.treasury.rules.conversions import BadRate, bought

DAY = date(2025, 10, 14)


@pytest.fixture
def pool(own_database):
    return funded_pool(amount="1000")


@pytest.fixture
def officer(pool):
    return person("treasury_officer")


@pytest.fixture
def dollars(pool, officer):
    return accounts.open_account(
        pool=pool,
        code="retail-usd",
        kind="exchange",
        asset="USD",
        identifier="usd-wallet",
        servicer="",
        holder="",
        by=officer,
        at=NOW,
    )


def proposed(pool, dollars, officer, sold="100", rate="0.9998"):
    asked = conversions.propose(
        sold_from=pool.main_account,
        bought_on=dollars,
        sold=usdc(sold),
        rate=rate,
        source="quote 77 of the exchange",
        on=DAY,
        by=officer,
        at=NOW,
    )
    return Conversion.objects.get(number=asked.subject)


def statement(account, *lines):
    total = sum(Decimal(row[2]) for row in lines)
    rows = [
        ",".join(COLUMNS),
        f"opening,1,{AT},,0,{account.asset},{account.identifier},",
        *(f"entry,{e},{AT},{t},{a},{account.asset},{r}," for e, t, a, r in lines),
        f"closing,1,{AT},,{total},{account.asset},{account.identifier},",
    ]
    statements.import_file(account=account, data="\n".join(rows).encode(), by=None, at=NOW)


def booked(pool, dollars, officer):
    conversion = proposed(pool, dollars, officer)
    factories.approve(Approval.objects.get(kind="pool.conversion"))
    conversions.book(conversion=conversion, by=officer, at=NOW)
    return conversion


def test_a_conversion_is_two_legs_that_wait_for_their_statements(pool, dollars, officer):
    conversion = booked(pool, dollars, officer)
    now = positions()[0]
    assert now.of("fund.available") == usdc("900")
    assert now.of("fund.available", asset="USD") == Money(99_98, "USD")
    legs = Account.objects.filter(chart_id="clearing.conversion")
    assert dict(legs.values_list("subject", "balance")) == {
        "retail": -100_000_000,
        "retail-usd": 99_98,
    }
    statement(
        pool.main_account,
        ("e1", "receipt", "1000", Funding.objects.get().reference),
        ("e2", "payment", "-100", conversion.number),
    )
    statement(dollars, ("u1", "receipt", "99.98", conversion.number.lower()))
    assert set(StatementLine.objects.values_list("state", flat=True)) == {"matched"}
    assert balance("clearing.conversion") == 0
    assert [check.name for check in checks() if not check.holds] == []


def test_nothing_is_converted_without_somebody_else_or_beyond_what_is_available(
    pool, dollars, officer
):
    conversion = proposed(pool, dollars, officer, sold="1000.000001", rate="1")
    with pytest.raises(NotApproved):
        conversions.book(conversion=conversion, by=officer, at=NOW)
    factories.approve(Approval.objects.get(kind="pool.conversion"))
    with pytest.raises(Overdrawn):
        conversions.book(conversion=conversion, by=officer, at=NOW)
    conversion.refresh_from_db()
    assert conversion.state == "proposed"
    conversions.withdraw(conversion=conversion, by=officer, at=NOW)
    with pytest.raises(Exception, match="withdrawn"):
        conversions.book(conversion=conversion, by=officer, at=NOW)


@pytest.mark.parametrize("rate", ["0", "-1", "1e5", "NaN", "", "1/3", "0.0000000000001"])
def test_a_rate_that_is_none_is_refused_with_its_value(pool, dollars, officer, rate):
    with pytest.raises(BadRate, match="rate: "):
        proposed(pool, dollars, officer, rate=rate)
    assert not Conversion.objects.exists()


def test_only_two_assets_of_one_pool_convert(pool, dollars, officer):
    with pytest.raises(NotConvertible, match="not two assets of one pool"):
        proposed(pool, factories.pool("other").main_account, officer)
    with pytest.raises(NotConvertible, match="buys nothing"):
        proposed(pool, dollars, officer, sold="0.000001")


@given(st.integers(1, 10**18), st.integers(1, 10**9 - 1), st.integers(0, 12))
def test_what_is_bought_is_within_half_a_minor_unit_of_the_rate(sold, digits, places):
    rate = f"{Decimal(digits).scaleb(-places):f}"
    exact = Decimal(sold) / 10**6 * Decimal(rate) * 100
    if round(exact) > LARGEST:
        with pytest.raises(BadRate, match=f"rate: '{rate}' buys {round(exact)} minor units"):
            bought(Money(sold, "USDC"), rate, "USD")
        return
    found = bought(Money(sold, "USDC"), rate, "USD")
    assert abs(found.minor_units - exact) <= Decimal("0.5")


# Winding down.


def test_what_is_available_goes_back_to_the_funder_and_to_nobody_else(pool, officer):
    funder = factories.destination("retail", kind="funder")
    stranger = factories.destination("other", kind="funder")
    with pytest.raises(winddown.NotTheFunder, match=stranger.number):
        winddown.propose(pool=pool, money=usdc("1"), destination=stranger, by=officer, at=NOW)
    with pytest.raises(winddown.NotAvailable, match=r"1,000\.01 USDC would go back"):
        winddown.propose(pool=pool, money=usdc("1000.01"), destination=funder, by=officer, at=NOW)
    asked = winddown.propose(pool=pool, money=usdc("400"), destination=funder, by=officer, at=NOW)
    assert Disbursement.objects.get() == asked
    assert (asked.kind, asked.approval_kind, asked.total) == (
        "winddown",
        "pool.winddown",
        400_000_000,
    )
