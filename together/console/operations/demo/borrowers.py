"""The borrowers of the demo: who they are, what they ask for, and how they pay."""

from dataclasses import dataclass
from typing import Any

from stdnum.iso7064 import mod_97_10


@dataclass(frozen=True, slots=True)
class Borrower:
    """One institution: who it is, what it borrows, and how it pays."""

    base: str
    legal_name: str
    jurisdiction: str
    sector: str
    amount: str
    product: str
    terms: dict[str, Any]
    habit: str
    exposure_is_evidenced: bool = True

    @property
    def lei(self) -> str:
        """Give its LEI: 18 characters of the issuer and the entity, two check digits."""
        return self.base + str(mod_97_10.calc_check_digits(self.base))


COMMON = {"rate": "0.045", "unit": "0.01", "rounding": "half_even", "interest_on": "balance"}
BORROWERS = (
    Borrower(
        "5493TGTHR0NRTHGT01",
        "Northgate Market Making Ltd",
        "KY",
        "market_maker",
        "5000000",
        "level payment, monthly",
        {**COMMON, "method": "level_payment", "day_count": "ACT/360", "instalments": 24},
        "on time",
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
            "period": {"every": 3, "unit": "month"},
            "secured": {"most_ltv": "0.70"},
        },
        "partial",
    ),
    Borrower(
        "5493TGTHR0HALDEN03",
        "Halden Prime Brokerage AS",
        "NO",
        "broker",
        "3000000",
        "bullet, quarterly interest",
        {
            **COMMON,
            "method": "bullet",
            "day_count": "ACT/365F",
            "instalments": 2,
            "period": {"every": 3, "unit": "month"},
        },
        "over-paid",
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
            "period": {"every": 3, "unit": "month"},
        },
        "silent",
    ),
    Borrower(
        "5493TGTHR00RTHGN04",
        "Orthogonal Arbitrage LP",
        "SG",
        "asset_manager",
        "9000000",
        "bullet, single payment",
        {**COMMON, "method": "bullet", "day_count": "ACT/360", "instalments": 1},
        "refused",
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
