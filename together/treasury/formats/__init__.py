"""Formats the treasury reads: statements."""
