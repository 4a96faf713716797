"""Schedules: the plan of a loan, row by row, and how it is set anew."""
