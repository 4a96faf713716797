"""Direct SQL that the application role must not get away with, by what it attacks."""

from tests.attacks.amendments import AMENDMENTS
from tests.attacks.books import BOOKS
from tests.attacks.collateral import CALLS, COLLATERAL
from tests.attacks.commitments import COMMITMENTS
from tests.attacks.confidential import CONFIDENTIAL
from tests.attacks.controls import CONTROLS
from tests.attacks.covenants import COVENANTS
from tests.attacks.files import FILES
from tests.attacks.findings import FINDINGS
from tests.attacks.impairments import IMPAIRMENTS
from tests.attacks.making import Attack
from tests.attacks.market import MARKET
from tests.attacks.matching import MATCHING
from tests.attacks.notices import NOTICES
from tests.attacks.papers import PAPERS
from tests.attacks.parties import PARTIES
from tests.attacks.payments import PAYMENTS
from tests.attacks.portal import PORTAL
from tests.attacks.programmes import PROGRAMMES
from tests.attacks.proofs import PROOFS
from tests.attacks.screening import SCREENING
from tests.attacks.statements import STATEMENTS
from tests.attacks.term_sheets import TERM_SHEETS
from tests.attacks.underwriting import UNDERWRITING
from tests.attacks.waves import WAVES

ATTACKS = (
    *(*BOOKS, *CONTROLS, *SCREENING, *PAYMENTS, *FILES, *STATEMENTS, *MATCHING, *PROOFS),
    *(*PROGRAMMES, *PARTIES, *UNDERWRITING, *MARKET, *COLLATERAL, *CALLS, *TERM_SHEETS),
    *WAVES,
    *IMPAIRMENTS,
    *COVENANTS,
    *NOTICES,
    *CONFIDENTIAL,
    *PORTAL,
    *PAPERS,
    *FINDINGS,
    *AMENDMENTS,
    *COMMITMENTS,
)

__all__ = ["ATTACKS", "Attack"]
