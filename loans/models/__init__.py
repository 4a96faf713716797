"""Tables of the institutional programme."""

from loans.models.adjustments import Adjustment
from loans.models.applications import Application
from loans.models.collateral import CollateralPolicy, Pledge
from loans.models.institutions import Institution
from loans.models.loans import Event, Loan
from loans.models.margin_calls import MarginCall
from loans.models.market_data import (
    Instrument,
    InstrumentPolicy,
    MarketEntry,
    MarketFile,
    Observation,
)
from loans.models.projections import Projection
from loans.models.verifications import Verification

__all__ = [
    "Adjustment",
    "Application",
    "CollateralPolicy",
    "Event",
    "Institution",
    "Instrument",
    "InstrumentPolicy",
    "Loan",
    "MarginCall",
    "MarketEntry",
    "MarketFile",
    "Observation",
    "Pledge",
    "Projection",
    "Verification",
]
