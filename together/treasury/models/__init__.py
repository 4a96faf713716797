"""Tables of the treasury."""

from together.treasury.models.accounts import CashAccount
from together.treasury.models.breaks import Resolution
from together.treasury.models.conversions import Conversion
from together.treasury.models.destinations import ChainPolicy, Destination, RailPolicy
from together.treasury.models.files import ChainTransfer, FileDownload, FiledPayment, PaymentFile
from together.treasury.models.fundings import Funding
from together.treasury.models.matching import Match, MatchingPolicy, Proposal
from together.treasury.models.open_lines import OpenLine
from together.treasury.models.payments import Attempt, Batch, Disbursement, Instruction, Switch
from together.treasury.models.pools import Pool
from together.treasury.models.proofs import ThreeWayProof
from together.treasury.models.remedies import Remedy, RemedyWay
from together.treasury.models.statement_files import ColumnMapping, FileContent, StatementFile
from together.treasury.models.statements import Statement, StatementLine
from together.treasury.models.waves import Brake, Wave

__all__ = [
    "Attempt",
    "Batch",
    "Brake",
    "CashAccount",
    "ChainPolicy",
    "ChainTransfer",
    "ColumnMapping",
    "Conversion",
    "Destination",
    "Disbursement",
    "FileContent",
    "FileDownload",
    "FiledPayment",
    "Funding",
    "Instruction",
    "Match",
    "MatchingPolicy",
    "OpenLine",
    "PaymentFile",
    "Pool",
    "Proposal",
    "RailPolicy",
    "Remedy",
    "RemedyWay",
    "Resolution",
    "Statement",
    "StatementFile",
    "StatementLine",
    "Switch",
    "ThreeWayProof",
    "Wave",
]
