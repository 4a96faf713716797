"""Tables of the treasury."""

from together.treasury.models.payments import Attempt, Batch, Disbursement, Instruction, Switch
from together.treasury.models.pools import Funding, Pool
from together.treasury.models.statements import Statement, StatementLine

__all__ = [
    "Attempt",
    "Batch",
    "Disbursement",
    "Funding",
    "Instruction",
    "Pool",
    "Statement",
    "StatementLine",
    "Switch",
]
