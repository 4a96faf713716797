"""Formats of evidence: CSV and Parquet parts, read in bounded memory."""
