"""Formats of the loans: calculation requests as JSON, read with field paths, and their answers."""
