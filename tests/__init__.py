"""Tests of the project; paths mirror the code."""
