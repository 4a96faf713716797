"""Rules of the books: money, the chart of accounts, movements."""
