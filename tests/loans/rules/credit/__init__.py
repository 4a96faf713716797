"""Tests of credit rules."""
