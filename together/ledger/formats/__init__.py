"""Formats the books are written in."""
