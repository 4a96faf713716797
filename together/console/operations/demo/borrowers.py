"""The twelve institutions of the demo: who they are, what they ask for, and how each pays."""

from dataclasses import dataclass, field
from typing import Any

from stdnum.iso7064 import mod_97_10


@dataclass(frozen=True, slots=True)
class Borrower:
    """
    One institution: who it is, what it borrows, and how it pays.

    It applies so many days after the story begins as ``joins`` says. ``pledged`` names what
    secures its loan and how much of it; ``shares`` are accounts unlike those of the others.
    """

    base: str
    legal_name: str
    jurisdiction: str
    sector: str
    amount: str
    product: str
    terms: dict[str, Any]
    habit: str
    joins: int = 0
    exposure_is_evidenced: bool = True
    pledged: tuple[str, str] | None = None
    group: str = ""
    exchange: str = ""
    shares: dict[str, int] = field(default_factory=dict)

    @property
    def lei(self) -> str:
        """Give its LEI: 18 characters of the issuer and the entity, two check digits."""
        return self.base + str(mod_97_10.calc_check_digits(self.base))


# How each pays, or what becomes of its application; no two institutions are alike.
ON_TIME, EARLY, LATE, PARTIAL, OVER_PAID = "on time", "early", "late", "partial", "over-paid"
MISNAMED, MARGIN_CALLED, RESTRUCTURED = "mis-referenced", "margin-called", "restructured"
PREPAID, SILENT, DECLINED, REFERRED = "prepaid", "silent", "declined", "referred"

COMMON = {"rate": "0.045", "unit": "0.01", "rounding": "half_even", "interest_on": "balance"}
QUARTERLY = {"every": 3, "unit": "month"}
# The one whose rate floats: each quarter it pays what SOFR was two days before, and 0.75 % more.
FLOATING = {
    "index": "SOFR",
    "convention": "in_advance",
    "calendar": "us_sofr",
    "spread": "0.0075",
    "floor": "0",
    "lookback_days": 2,
    "fallback_days": 3,
}
# Hardly any equity and cash, and a profit that does not cover its interest.
THIN = {
    "cash": 30,
    "own_custody": 700,
    "equity": 60,
    "other_liabilities": 530,
    "operating_costs": 480,
    "opening_cash": 30,
    "operating_cash_flow": 110,
}
BORROWERS = (
    Borrower(
        "5493TGTHR0NRTHGT01",
        "Northgate Market Making Ltd",
        "KY",
        "market_maker",
        "5000000",
        "level payment, monthly",
        {**COMMON, "method": "level_payment", "day_count": "ACT/360", "instalments": 24},
        ON_TIME,
    ),
    Borrower(
        "5493TGTHR0LAGOON02",
        "Lagoon Digital Liquidity AG",
        "CH",
        "proprietary_trading",
        "8000000",
        "equal principal, quarterly",
        {
            **COMMON,
            "method": "equal_principal",
            "day_count": "30/360",
            "instalments": 8,
            "period": QUARTERLY,
            "secured": {"most_ltv": "0.70"},
        },
        PARTIAL,
        pledged=("BTC", "150"),
    ),
    Borrower(
        "5493TGTHR0HALDEN03",
        "Halden Prime Brokerage AS",
        "NO",
        "broker",
        "3000000",
        "bullet, quarterly interest at a floating rate",
        {
            **COMMON,
            "method": "bullet",
            "day_count": "ACT/360",
            "instalments": 4,
            "period": QUARTERLY,
            "floating": FLOATING,
        },
        OVER_PAID,
    ),
    Borrower(
        "5493TGTHR0PERIHL05",
        "Perihel Trading Ltd",
        "VG",
        "proprietary_trading",
        "1000000",
        "bullet, quarterly interest",
        {
            **COMMON,
            "method": "bullet",
            "day_count": "ACT/360",
            "instalments": 1,
            "period": QUARTERLY,
        },
        SILENT,
    ),
    Borrower(
        "5493TGTHR0CRMRNT06",
        "Cormorant Asset Management Pte Ltd",
        "SG",
        "asset_manager",
        "4000000",
        "bullet, quarterly interest",
        {
            **COMMON,
            "method": "bullet",
            "day_count": "ACT/360",
            "instalments": 8,
            "period": QUARTERLY,
            "secured": {"most_ltv": "0.70"},
        },
        MARGIN_CALLED,
        pledged=("ETH", "1900"),
    ),
    Borrower(
        "5493TGTHR0ZEPHYR07",
        "Zephyr Quantitative Ltd",
        "BM",
        "proprietary_trading",
        "2000000",
        "bullet, quarterly interest",
        {
            **COMMON,
            "method": "bullet",
            "day_count": "ACT/365F",
            "instalments": 6,
            "period": QUARTERLY,
        },
        PREPAID,
    ),
    Borrower(
        "5493TGTHR0ALDGTE08",
        "Aldgate Lending plc",
        "GB",
        "lender",
        "3000000",
        "level payment, monthly",
        {**COMMON, "method": "level_payment", "day_count": "ACT/365F", "instalments": 24},
        MISNAMED,
    ),
    Borrower(
        "5493TGTHR0TESSER09",
        "Tessera Payments UAB",
        "LT",
        "payment_firm",
        "2500000",
        "level payment, monthly",
        {**COMMON, "method": "level_payment", "day_count": "ACT/360", "instalments": 18},
        EARLY,
        joins=60,
        group="Ferrovia Holding",
    ),
    Borrower(
        "5493TGTHR0BRGHTW10",
        "Brightwater Custody AG",
        "LI",
        "custodian",
        "2000000",
        "equal principal, quarterly",
        {
            **COMMON,
            "method": "equal_principal",
            "day_count": "30/360",
            "instalments": 8,
            "period": QUARTERLY,
        },
        LATE,
        joins=60,
        exchange="Example Exchange",
    ),
    Borrower(
        "5493TGTHR0FRRVIA11",
        "Ferrovia Market Making SpA",
        "IT",
        "market_maker",
        "4000000",
        "equal principal, quarterly",
        {
            **COMMON,
            "method": "equal_principal",
            "day_count": "ACT/360",
            "instalments": 6,
            "period": QUARTERLY,
        },
        RESTRUCTURED,
        joins=60,
        group="Ferrovia Holding",
    ),
    Borrower(
        "5493TGTHR0QUILLN12",
        "Quillon Yield Fund LP",
        "US",
        "other",
        "6000000",
        "bullet, quarterly interest",
        {
            **COMMON,
            "method": "bullet",
            "day_count": "ACT/360",
            "instalments": 4,
            "period": QUARTERLY,
        },
        DECLINED,
        joins=60,
        shares=THIN,
    ),
    Borrower(
        "5493TGTHR00RTHGN04",
        "Orthogonal Arbitrage LP",
        "SG",
        "asset_manager",
        "9000000",
        "bullet, single payment",
        {**COMMON, "method": "bullet", "day_count": "ACT/360", "instalments": 1},
        REFERRED,
        joins=395,
        exposure_is_evidenced=False,
    ),
)


def slug_of(legal_name: str) -> str:
    """Give the first word of a borrower's name, by which its people and its wallet are named."""
    return legal_name.split(maxsplit=1)[0].lower()


def wallet_of(legal_name: str) -> str:
    """Give a borrower's account at the exchange."""
    return f"{slug_of(legal_name)}-wallet"


def figures(borrower: Borrower) -> dict[str, Any]:
    """Give the figures an applicant states; what it hides stays without evidence."""
    stated = {
        "equity_ratio": "0.41",
        "interest_cover": "4.2",
        "cash_runway_months": "14",
        "exchange_exposure_ratio": "0.09",
    }
    return {
        name: {
            "value": value,
            "evidenced": borrower.exposure_is_evidenced or name != "exchange_exposure_ratio",
        }
        for name, value in stated.items()
    }


def of(lei: str) -> Borrower:
    """Give the borrower with an LEI."""
    return next(one for one in BORROWERS if one.lei == lei)
