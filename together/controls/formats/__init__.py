"""Formats of files that leave the system."""
