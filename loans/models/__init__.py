"""Tables of the institutional programme."""

from loans.models.adjustments import Adjustment
from loans.models.amendment_letters import AmendmentLetter
from loans.models.applications import Application
from loans.models.cancellations import Cancellation
from loans.models.collateral import CollateralPolicy, Pledge
from loans.models.collateral_requests import CollateralRequest, CollateralRequestKind
from loans.models.conditions import Condition
from loans.models.confidentialities import AccessGrant, Confidentiality
from loans.models.contacts import Contact
from loans.models.covenant_tests import Certificate, CovenantTest, Examination
from loans.models.covenants import Covenant
from loans.models.credit_policies import CreditPolicy
from loans.models.drafts import Draft, DraftFile
from loans.models.drawdown_tests import DrawdownTest
from loans.models.groups import Group
from loans.models.guarantees import Guarantee
from loans.models.impairments import Impairment, LoanImpairment, Watch
from loans.models.information_requests import InformationRequest
from loans.models.institutions import Institution, ProfileChange
from loans.models.invoices import Agenda, Invoice
from loans.models.loans import Event, Loan
from loans.models.margin_calls import MarginCall
from loans.models.market_data import (
    Instrument,
    InstrumentPolicy,
    MarketEntry,
    MarketFile,
    Observation,
)
from loans.models.paper_acceptances import PaperAcceptance
from loans.models.projections import Projection
from loans.models.spreads import Spread
from loans.models.term_sheets import TermSheet
from loans.models.verifications import Verification
from loans.models.worksheets import Worksheet

__all__ = [
    "AccessGrant",
    "Adjustment",
    "Agenda",
    "AmendmentLetter",
    "Application",
    "Cancellation",
    "Certificate",
    "CollateralPolicy",
    "CollateralRequest",
    "CollateralRequestKind",
    "Condition",
    "Confidentiality",
    "Contact",
    "Covenant",
    "CovenantTest",
    "CreditPolicy",
    "Draft",
    "DraftFile",
    "DrawdownTest",
    "Event",
    "Examination",
    "Group",
    "Guarantee",
    "Impairment",
    "InformationRequest",
    "Institution",
    "Instrument",
    "InstrumentPolicy",
    "Invoice",
    "Loan",
    "LoanImpairment",
    "MarginCall",
    "MarketEntry",
    "MarketFile",
    "Observation",
    "PaperAcceptance",
    "Pledge",
    "ProfileChange",
    "Projection",
    "Spread",
    "TermSheet",
    "Verification",
    "Watch",
    "Worksheet",
]
