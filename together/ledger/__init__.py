"""The books: money, chart of accounts, entries and their proofs."""
