"""Formats that concern both programmes."""
