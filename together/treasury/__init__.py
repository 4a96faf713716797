"""Pools, payment instructions, rails, statements and matching."""
