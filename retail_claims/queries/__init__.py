"""Queries of the retail programme."""
