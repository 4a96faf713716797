"""Wiring of the project and what both programmes share."""
