"""Tables of the books; the database keeps their promises (see the migrations)."""

from together.ledger.models.books import Account, ChartLine, Entry, Line
from together.ledger.models.closings import Closing

__all__ = ["Account", "ChartLine", "Closing", "Entry", "Line"]
