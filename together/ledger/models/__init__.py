"""Tables of the books; the database keeps their promises (see the migrations)."""

from together.ledger.models.books import Account, ChartLine, Entry, Line

__all__ = ["Account", "ChartLine", "Entry", "Line"]
